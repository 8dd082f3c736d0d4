"""Hours as platforms export them: the province's wide tables (CSV, workbook), the nation's long records.

Here: columns, units and headers of the exports, re-sent rows, marks and revised values. Not here: telegrams
(`hourlog`), slips in the values (`mishaps`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import xlsxwriter

from pipelines.sample import feed, files, noise
from pipelines.sample.monitoring import mishaps
from pipelines.sample.monitoring.loggers import FAMILIES, Family, active
from pipelines.sample.monitoring.mishaps import LETTERS, NO_MASS, Batch, Mishap, Spots
from pipelines.sample.monitoring.stack import MEASURED, N, Signals
from pipelines.sample.world import World

TAGS = pa.array(["正常运行", "启动", "停运"])
STOPPED = 2  # place in TAGS
NAMES = {"SO2": "SO2", "NOx": "NOx", "PM": "烟尘"}
CODES = {"SO2": "a21026", "NOx": "a21002", "PM": "a34013"}
PPM = {"SO2": 22.4 / 64, "NOx": 22.4 / 46}  # ppm per mg/m3 at 0 °C, NOx as NO2 (HJ 212-2017 appendix D)
REVISER = "企业管理员"
FLOW = "a00000"
RECORDED = [FLOW, *(CODES[s] for s in MEASURED)]  # codes of the national platform's records, in this order
RESENT_CHANGED = 0.1  # share of re-sent rows that come with another value
BOOK = "monitoring/synthetic_province_ppm.xlsx"


@dataclass
class Exports:
    """Writer of the exports of all families."""

    folder: Path
    world: World
    signals: Signals
    points: pd.DataFrame
    planned: list[Mishap]
    defects: feed.Defects
    rng: np.random.Generator

    def write(self, family: Family) -> dict[str, int]:
        """The files of one family, one a month (a workbook: one for all months): rows per file."""
        written: dict[str, int] = {}
        book: list[pa.Table] = []
        for month in range(self.world.reported):
            now = active(self.points, month)
            now = now[now["family"] == FAMILIES.index(family)]
            if not len(now):
                continue
            name = f"monitoring/synthetic_{family.name}_{self.world.year}-{month + 1:02d}.csv"
            sent, met = self._batch(now, month)
            if family.form == "platform":
                written[name] = self._long(name, sent, now, met)
            elif family.name == "province_ppm":
                book.append(self._workbook_rows(sent, now, met, sum(t.num_rows for t in book)))
            else:
                written[name] = self._wide(name, sent, now, met)
        if book:
            written[BOOK] = _workbook(self.folder / BOOK, pa.concat_tables(book))
        return written

    def _batch(self, now: pd.DataFrame, month: int) -> tuple[Batch, list[tuple[Mishap, np.ndarray]]]:
        begin, end = (int(x) for x in self.world.month_starts[month : month + 2])
        sent = mishaps.batch(self.world, self.signals, now["rank"].to_numpy(int), slice(begin, end), by_hour=False)
        met = [(m, rows) for m, rows in mishaps.spoil(sent, self.planned) if m.begin >= begin and m.expected]
        return sent, met

    def _texts(self, sent: Batch, now: pd.DataFrame) -> tuple[pa.Array, pa.Array]:
        """Numbers of the loggers, and hours as platforms print them."""
        numbers = np.full(len(self.signals.rows), "", object)
        numbers[now["rank"].to_numpy(int)] = now["MN"]
        first = int(sent.hour.min())
        stamps = np.char.replace(
            (self.world.start + np.arange(first, sent.hour.max() + 1)).astype("M8[m]").astype(str), "T", " "
        )
        return pa.array(numbers).take(pa.array(sent.rank)), pa.array(stamps).take(pa.array(sent.hour - first))

    def _note(self, name: str, met: list[tuple[Mishap, np.ndarray]], numbers: pa.Array, line: np.ndarray) -> None:
        """Note what met these rows; `line` is where each stands in the file."""
        for mishap, rows in met:
            row = int(rows[0])
            mishaps.plant(self.defects, self.world, mishap, name, int(line[row]), numbers[row].as_py())

    def _wide(self, name: str, sent: Batch, now: pd.DataFrame, met: list[tuple[Mishap, np.ndarray]]) -> int:
        """The province's table: flow in 10^4 m3/h; at the end some rows once more, a few of them with other masses."""
        numbers, stamps = self._texts(sent, now)
        again = np.sort(self.rng.choice(len(sent.rank), max(1, int(len(sent.rank) * noise.RESENT_ROWS)), replace=False))
        changed = self.rng.random(len(again)) < RESENT_CHANGED
        order = np.concatenate([np.arange(len(sent.rank)), again])
        columns = {"MN号": numbers, "监测时间": stamps, **_columns(sent, 1e-4, 1.0)}
        columns = {k: v.take(pa.array(order)) if isinstance(v, pa.Array) else v[order] for k, v in columns.items()}
        self._note(name, met, numbers, np.arange(len(sent.rank)))
        for place, differs in enumerate(changed, start=len(sent.rank)):
            row = order[place]
            hour = int(sent.hour[row])
            really = differs and sent.kg["NOx"][row] > 0
            if really:
                for species in MEASURED:
                    columns[f"{NAMES[species]}排放量(kg)"][place] *= 1.02
            sound = sent.flag["NOx"][row] == N and sent.tag[row] != STOPPED
            right = f"; {mishaps.right(self.signals, int(sent.rank[row]), hour)}" if sound else ""
            kind = ("resent_changed", "duplicate_key") if really else ("resent", f"duplicate{right}")
            mishap = Mishap(kind[0], int(sent.rank[row]), hour, hour + 1, 10, kind[1])
            mishaps.plant(self.defects, self.world, mishap, name, place, numbers[int(row)].as_py())
        return files.write_csv_gb18030(self.folder / name, columns)

    def _workbook_rows(
        self, sent: Batch, now: pd.DataFrame, met: list[tuple[Mishap, np.ndarray]], before: int
    ) -> pa.Table:
        """One plant's own table: concentrations in ppm, masses in g, flow in m3/h."""
        numbers, stamps = self._texts(sent, now)
        self._note(BOOK, met, numbers, np.arange(len(sent.rank)) + before)
        columns = {"MN": numbers, "数据时间": stamps, **_columns(sent, 1.0, 1000.0)}
        for species, factor in PPM.items():
            old = f"{NAMES[species]}浓度(mg/m³)"
            names = [f"{NAMES[species]}浓度(ppm)" if name == old else name for name in columns]
            columns = dict(zip(names, columns.values(), strict=True))
            columns[f"{NAMES[species]}浓度(ppm)"] = np.round(sent.mg[species] * factor, 3)
        rename = {"流量(万m3/h)": "流量(m³/h)", **{f"{n}排放量(kg)": f"{n}排放量(g)" for n in NAMES.values()}}
        return feed.as_table({rename.get(name, name): value for name, value in columns.items()})

    def _long(self, name: str, sent: Batch, now: pd.DataFrame, met: list[tuple[Mishap, np.ndarray]]) -> int:
        """The national platform's records: a row per hour and code, raw and revised values side by side."""
        numbers, stamps = self._texts(sent, now)
        records = _records(sent)
        for mishap, rows in met:
            if mishap.kind in MARKS:
                records.mark(int(rows[0]), MARKS[mishap.kind])
        held = records.flag.ravel() >= 0  # a point has no records of what it does not measure
        line = (np.cumsum(held) - 1).reshape(records.flag.shape)
        self._note(name, met, numbers, line[:, 1 + MEASURED.index("NOx")])
        at = np.flatnonzero(held)
        row = pa.array(at // len(RECORDED))
        columns = {
            "监测点编号": numbers.take(row),
            "监测时间": stamps.take(row),
            "污染物编码": pa.array(RECORDED).take(pa.array(at % len(RECORDED))),
            "排放量": records.cou.ravel()[at],
            "实测平均值": records.avg.ravel()[at],
            "数据标记": pa.array(LETTERS).take(pa.array(records.flag.ravel()[at])),
            "数据来源": pa.array(records.origin.ravel()[at]),
            "停运标记": pa.array(np.where(sent.tag == 2, "1", "0")).take(row),
            "企业标记": _filled(records.mark_text, at),
            "修订排放量": records.cou_revised.ravel()[at],
            "修订平均值": records.avg_revised.ravel()[at],
            "修订状态": _filled(records.status, at),
            "修订时间": _filled(np.where(records.status == "", "", f"{self.world.year + 1}-01-10 09:00"), at),
            "修订人": _filled(np.where(records.status == "", "", REVISER), at),
        }
        return files.write_csv_gb18030(self.folder / name, columns)


@dataclass(frozen=True)
class Mark:
    """What the platform holds of an hour beside the raw value; `raw` and `revised` multiply the right value."""

    raw: float
    revised: float
    flag: str
    mark: str
    status: str
    origin: str = "0"


MARKS = {
    "revised": Mark(3.0, 1.0, "N", "N", "2"),
    "fill_failed": Mark(0.3, np.nan, "D", "D", "3"),
    "substituted": Mark(0.3, 1.2, "D", "D", "4"),
    "typed_by_hand": Mark(0.5, np.nan, "N", "", "", origin="6"),
}


@dataclass
class _Records:
    """Values of a batch, hours × RECORDED."""

    cou: np.ndarray
    avg: np.ndarray
    flag: np.ndarray
    cou_revised: np.ndarray
    avg_revised: np.ndarray
    mark_text: np.ndarray
    status: np.ndarray
    origin: np.ndarray

    def mark(self, row: int, mark: Mark) -> None:
        held = np.flatnonzero(self.flag[row, 1:] >= 0) + 1
        for raw, revised in ((self.cou, self.cou_revised), (self.avg, self.avg_revised)):
            revised[row, held] = np.round(raw[row, held] * mark.revised, 4)
            raw[row, held] = np.round(raw[row, held] * mark.raw, 4)
        self.flag[row, held] = LETTERS.tolist().index(mark.flag)
        self.mark_text[row, held], self.status[row, held] = mark.mark, mark.status
        self.origin[row, held] = mark.origin


def _records(sent: Batch) -> _Records:
    shape = (len(sent.rank), len(RECORDED))
    nothing, flow = np.full(shape[0], np.nan), np.round(sent.flow / 3600, 3)
    flags = [np.zeros(shape[0], np.int8), *(sent.flag[s] for s in MEASURED)]
    return _Records(
        np.stack([nothing, *(sent.kg[s] for s in MEASURED)], axis=1),
        np.stack([flow, *(sent.mg[s] for s in MEASURED)], axis=1),
        np.stack(flags, axis=1).astype(np.int64),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, "", object),
        np.full(shape, "", object),
        np.full(shape, "0", object),
    )


def marks(spots: Spots) -> list[Mishap]:
    """Hours of the national platform that its enterprises revised, in vain, by rule, or by hand."""
    found = []
    for kind, mark in MARKS.items():
        for rank, hour in spots.hours(spots.of("platform")):
            kept = f"NOx {spots.signals.mass['NOx'][rank, hour] * mark.revised:.4f} kg"
            expected = {"revised": kept, "substituted": f"{kept} or {NO_MASS}"}.get(kind, NO_MASS)
            found.append(Mishap(kind, rank, hour, hour + 1, 2, expected))
    return found


def _columns(sent: Batch, flow: float, mass: float) -> dict[str, Any]:
    """Values of a wide table; flow and mass are multiplied for their unit."""
    columns: dict[str, Any] = {
        "工况标记": TAGS.take(pa.array(sent.tag.astype(np.int64), mask=sent.tag == 3)),
        "流量(万m3/h)": np.round(sent.flow * flow, 4),
        "氧含量(%)": sent.oxygen,
        "烟温(℃)": sent.temperature,
        "含湿量(%)": sent.moisture,
    }
    for species, name in NAMES.items():
        flag = sent.flag[species].astype(np.int64)
        columns[f"{name}浓度(mg/m³)"] = sent.mg[species]
        columns[f"{name}折算浓度(mg/m³)"] = sent.folded[species]
        columns[f"{name}排放量(kg)"] = np.round(sent.kg[species] * mass, 4)
        columns[f"{name}标记"] = pa.array(LETTERS).take(pa.array(flag, mask=flag < 0))
    return columns


def _filled(texts: np.ndarray, at: np.ndarray) -> pa.Array:
    return pa.array([text or None for text in texts.ravel()[at]], pa.string())


def _workbook(path: Path, table: pa.Table) -> int:
    """A plain table: one line of headers, then the rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"constant_memory": False}) as book:
        book.set_properties({"created": files.CREATED})
        page = book.add_worksheet("小时数据")
        for place, name in enumerate(table.column_names):
            page.write_column(0, place, [name, *table[name].to_pylist()])
    return int(table.num_rows)
