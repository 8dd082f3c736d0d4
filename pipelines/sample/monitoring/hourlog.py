"""Logs of HJ 212 telegrams: hours of many loggers as a receiver wrote them down, and what happened to some on the line.

Here: data segments (HJ 212-2017 and -2025), the order of a log, broken and repeated frames. Not here: checksum and
frame (`telegram`), slips in the values (`mishaps`).
"""

import gzip
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from pipelines.sample import feed, noise
from pipelines.sample.monitoring import mishaps, telegram
from pipelines.sample.monitoring.broken import BREAKS
from pipelines.sample.monitoring.loggers import FAMILIES, Family, active
from pipelines.sample.monitoring.mishaps import LETTERS, Batch, Mishap, Spots
from pipelines.sample.monitoring.stack import Signals
from pipelines.sample.world import World

CODES = {"SO2": "a21026", "NOx": "a21002", "PM": "a34013"}
NITRIC_OXIDE, NO_SHARE = "a21003", 30 / 46
STATES = {1: "启动", 2: "停运"}  # normal running is not sent
STATIC_KPA = -0.12
WHOLE = ("hj212_flow_wet", "hj212_flow_working", "hj212_flow_m3_h")  # one file for all months
CHINESE_BYTES = {"hj212_flow_wet": "gb18030"}  # else UTF-8, as the standard says


@dataclass(frozen=True)
class Habits:
    """How each logger (by rank) writes its telegrams."""

    full: np.ndarray  # with minimum, maximum, folded values, temperature and moisture
    dialect: np.ndarray
    nitric_oxide: np.ndarray


def habits(spots: Spots, planned: list[Mishap], rng: np.random.Generator) -> Habits:
    """Draw them; at least one logger each has the odd checksums where the sample is large enough."""
    family, count = spots.family, len(spots.family)
    dialect = np.zeros(count, int)
    own = rng.permutation(spots.of("hj212_2017"))[1:]
    wanted = ((telegram.LOWER_CASE, noise.LOWER_CASE_LOGGERS), (telegram.MODBUS_SWAPPED, noise.MODBUS_LOGGERS))
    for kind, share in wanted:
        number = max(1, round(share * len(own)))
        dialect[own[:number]], own = kind, own[number:]
    full = rng.random(count) < noise.LOGGERS_FULL
    full |= np.isin(family, [i for i, f in enumerate(FAMILIES) if f.name in WHOLE[:2]])
    no = np.isin(np.arange(count), [m.rank for m in planned if m.kind == "no_as_nox"])
    full |= np.isin(np.arange(count), [m.rank for m in planned if m.kind == "folded_only"])
    return Habits(full, dialect, no)


def _measure(code: str, value: str, digits: int) -> str:
    return f"'{code}-Avg=' || {value}::decimal(14, {digits}) || ','"


def _gas(species: str, code: str) -> str:
    """Fields of a gas; a value that is empty is left out, its flag is not."""
    low = species.lower()
    values = [
        _measure(code, f"{low}_mg", 2),
        f"if(is_full, '{code}-Min=' || ({low}_mg * 0.9)::decimal(14, 2) || ',', null)",
        f"if(is_full, '{code}-Max=' || ({low}_mg * 1.1)::decimal(14, 2) || ',', null)",
        f"if(is_full, '{code}-ZsAvg=' || {low}_folded::decimal(14, 2) || ',', null)",
        f"'{code}-Cou=' || {low}_kg::decimal(14, 4) || ','",
    ]
    return f"if({low}_flag is null, '', concat(';', {', '.join(values)}, '{code}-Flag=' || {low}_flag))"


def _segment() -> str:
    gases = [
        f"if(is_no, {_gas(s, NITRIC_OXIDE)}, {_gas(s, code)})" if s == "NOx" else _gas(s, code)
        for s, code in CODES.items()
    ]
    side = {"oxygen": ("a19001", 2), "temperature": ("a01012", 1), "moisture": ("a01014", 2), "pressure": ("a01013", 3)}
    others = [f"';' || {_measure(code, name, digits)} || '{code}-Flag=N'" for name, (code, digits) in side.items()]
    return f"""concat('QN=', sent, ';ST=31;CN=2061;PW=123456;MN=', mn, ';Flag=', flag, ';CP=&&DataTime=', stamp,
        ';' || {_measure("a00000", "flow", 2)} || 'a00000-Flag=N', {", ".join(gases + others)}, '&&')"""


SEGMENT = _segment()


@dataclass
class Logs:
    """Writer of the logs of all families."""

    folder: Path
    world: World
    signals: Signals
    points: pd.DataFrame
    planned: list[Mishap]
    habits: Habits
    defects: feed.Defects
    rng: np.random.Generator

    def __post_init__(self) -> None:
        self.con = duckdb.connect()
        start = (self.world.start + np.arange(self.world.hours + 1)).astype("datetime64[s]")
        self.stamps = np.array([s.translate(_DIGITS) for s in start.astype(str)])

    def write(self, family: Family) -> dict[str, int]:
        """The files of one family: frames per file (none where no logger belongs to it)."""
        written: dict[str, int] = {}
        packed: list[Future[None]] = []
        log = _Log()
        with ThreadPoolExecutor(1) as packer:  # zlib works beside the making of the next month
            for month in range(self.world.reported):
                now = active(self.points, month)
                now = now[now["family"] == FAMILIES.index(family)]
                if len(now):
                    self._add_month(family, month, now, log)
                if log.frames and (family.name not in WHOLE or month == self.world.reported - 1):
                    period = "" if family.name in WHOLE else f"_{self.world.year}-{month + 1:02d}"
                    name = f"monitoring/synthetic_{family.name}{period}.log.gz"
                    for mishap, place, number in log.met:
                        mishaps.plant(self.defects, self.world, mishap, name, place, number, header_lines=0)
                    written[name] = log.frames
                    packed.append(packer.submit(_pack, self.folder / name, log.parts))
                    log = _Log()
        for one in packed:
            one.result()
        return written

    def _add_month(self, family: Family, month: int, now: pd.DataFrame, log: "_Log") -> None:
        begin, end = (int(x) for x in self.world.month_starts[month : month + 2])
        ranks = now["rank"].to_numpy(int)
        numbers = dict(zip(ranks.tolist(), now["MN"], strict=True))
        sent = mishaps.batch(self.world, self.signals, ranks, slice(begin, end), by_hour=True)
        met = mishaps.spoil(sent, self.planned)
        values, pieces, offset = self._values(family, sent, numbers), np.ones(len(sent.rank), int), {}
        for mishap, rows in met:
            if mishap.kind in BREAKS:
                parts, offset[mishap] = BREAKS[mishap.kind].breaks(values[rows[0]], self.rng)
                values[rows[0]], pieces[rows[0]] = b"".join(parts), len(parts)
        states, before = self._states(family, sent, numbers)
        order = np.argsort(np.concatenate([2 * before, 2 * np.arange(len(values)) + 1]), kind="stable")
        count = np.concatenate([np.ones(len(states), int), pieces])[order]
        place = np.empty(len(order), int)
        place[order] = log.frames + np.cumsum(count) - count
        for mishap, rows in met:
            if mishap.expected and mishap.begin >= begin:
                at = int(place[len(states) + rows[0]]) + offset.get(mishap, 0)
                log.met.append((mishap, at, numbers[mishap.rank]))
        log.parts.append(b"".join(np.concatenate([states, values])[order]))
        log.frames += int(count.sum())

    def _values(self, family: Family, sent: Batch, numbers: dict[int, str]) -> np.ndarray:
        """One telegram per row."""
        names = pa.array([numbers.get(r, "") for r in range(len(self.signals.rows))])
        flow = sent.flow if family.name == "hj212_flow_m3_h" else sent.flow / 3600
        wet, has_mass = 1 - sent.moisture / 100, family.name not in WHOLE[:2]
        if family.name in WHOLE[:2]:
            flow = flow / wet
        pressure = np.full(len(flow), np.nan)
        if family.name == "hj212_flow_working":
            pressure[:] = STATIC_KPA
            flow = flow * (273 + sent.temperature) / 273 * 101.325 / (101.325 + STATIC_KPA)
        full, no = self.habits.full[sent.rank], self.habits.nitric_oxide[sent.rank]
        columns = {
            "mn": names.take(pa.array(sent.rank)), "flag": pa.repeat(str(family.version << 2 | 1), len(flow)),
            "stamp": self.stamps[sent.hour],
            "sent": np.char.add(self.stamps[sent.hour + 1], np.char.zfill((sent.rank % 1000).astype(str), 3)),
            "flow": flow, "is_full": full, "is_no": no,
            "oxygen": sent.oxygen, "temperature": np.where(full, sent.temperature, np.nan),
            "moisture": np.where(full, sent.moisture, np.nan), "pressure": pressure,
        }  # fmt: skip
        letters = pa.array(LETTERS)
        for species in CODES:
            low, factor = species.lower(), np.where(no & (species == "NOx"), NO_SHARE, 1.0)
            columns[f"{low}_mg"], columns[f"{low}_kg"] = sent.mg[species] * factor, sent.kg[species] * factor
            columns[f"{low}_folded"] = sent.folded[species] * factor
            if not has_mass:
                columns[f"{low}_kg"] = np.full(len(flow), np.nan)
            flags = sent.flag[species].astype(np.int64)
            columns[f"{low}_flag"] = letters.take(pa.array(flags, mask=flags < 0))
        table = pa.table(
            {n: pa.array(v, from_pandas=True) if isinstance(v, np.ndarray) else v for n, v in columns.items()}
        )
        self.con.register("sent", table)
        segments = (
            self.con.execute(f"select {SEGMENT} as segment from sent").to_arrow_table()["segment"].combine_chunks()
        )
        made = np.empty(len(sent.rank), object)
        dialect = self.habits.dialect[sent.rank]
        for kind in np.unique(dialect):
            at = np.flatnonzero(dialect == kind)
            made[at] = telegram.frames(segments.take(pa.array(at)), int(kind)).to_pylist()
        return made

    def _states(self, family: Family, sent: Batch, numbers: dict[int, str]) -> tuple[np.ndarray, np.ndarray]:
        """Telegrams of production states (ST 45 of HJ 212-2025), and the row each stands before."""
        rows = np.flatnonzero((sent.tag == 1) | (sent.tag == 2))
        encoding = CHINESE_BYTES.get(family.name, "utf-8")
        mn = np.array([numbers[r] for r in sent.rank[rows]], "S24")
        made = np.empty(len(rows), object)
        for tag, word in STATES.items():
            at = np.flatnonzero(sent.tag[rows] == tag)
            if not len(at):
                continue
            hour = sent.hour[rows[at]]
            late = np.char.add(self.stamps[hour + 1], "000").astype("S17")
            template = STATE + word.encode(encoding) + b"&&"
            matrix = np.tile(np.frombuffer(template, np.uint8), (len(at), 1))
            for mark, text in ((b"Q", late), (b"M", mn[at]), (b"D", self.stamps[hour].astype("S14"))):
                wide = text.dtype.itemsize
                place = template.index(mark * wide)
                matrix[:, place : place + wide] = text.view(np.uint8).reshape(len(at), wide)
            segments = pa.array(matrix.view(f"S{matrix.shape[1]}").ravel().tolist(), pa.binary())
            made[at] = telegram.frames(segments).to_pylist()
        return made, rows


STATE = (
    b"QN="
    + 17 * b"Q"
    + b";ST=45;CN=2061;PW=123456;MN="
    + 24 * b"M"
    + b";Flag=9;CP=&&DataTime="
    + 14 * b"D"
    + b";p99101-Rtd="
)


@dataclass
class _Log:
    """A file under way: its bytes, how many frames, and the mishaps with the place of their frame (from 0)."""

    parts: list[bytes] = field(default_factory=list)
    frames: int = 0
    met: list[tuple[Mishap, int, str]] = field(default_factory=list)


def _pack(path: Path, parts: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed:
        for part in parts:
            packed.write(part)


_DIGITS = str.maketrans("", "", "-T:")
