"""The files of the online monitoring feed: list of loggers, and one wide file of hours per month.

Here: column layout, identifiers of loggers, defects planted in the rows. Not here: the signals themselves
(`stack`).
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipelines.sample import codes, feed, noise
from pipelines.sample.stack import FLAGS, MEASURED, Signals
from pipelines.sample.world import Streams, World

NAMES = {"SO2": "二氧化硫", "NOx": "氮氧化物", "PM": "颗粒物"}
TAGS = pa.array(["正常运行", "启动", "停运"])
SLIP_DAYS = 6


def loggers(
    world: World, signals: Signals, streams: Streams, defects: feed.Defects, file: str
) -> pd.DataFrame:
    """One row per logger and validity, with the outlet it watches as the platform knows it.

    Columns beside the file's own: `rank` (row of the signals), `first_month`, `last_month` (from 0).
    """
    rng = streams.of("loggers")
    rows = []
    outlets = world.outlets.iloc[signals.rows]
    heads = world.sites.iloc[outlets["site"]]
    replaced = rng.random(len(outlets)) < noise.LOGGER_REPLACED
    for rank, (outlet, head) in enumerate(zip(outlets.itertuples(), heads.itertuples(), strict=True)):
        change = int(rng.integers(1, world.months)) if replaced[rank] and world.months > 1 else world.months
        day = world.day(world.month_starts[change] - 1)
        parts = [(0, change, "", day if change < world.months else "")]
        if change < world.months:
            parts.append((change, world.months, world.day(world.month_starts[change]), ""))
        for a, b, begin, end in parts:
            rows.append((codes.logger_number(rng), head, outlet, begin, end, rank, a, b - 1))
    table = pd.DataFrame(
        {
            "MN": [r[0] for r in rows],
            "监测点名称": [r[2].name for r in rows],
            "企业名称": [r[1].name for r in rows],
            "统一社会信用代码": ["" if r[1].uscc.startswith("H9") else r[1].uscc for r in rows],
            "排污许可证编号": [r[1].permit for r in rows],
            "排放口编号": [r[2].code for r in rows],
            "行政区划代码": [r[1].county for r in rows],
            "经度": [r[1].lon for r in rows],
            "纬度": [r[1].lat for r in rows],
            "启用日期": [r[3] for r in rows],
            "停用日期": [r[4] for r in rows],
            "rank": [r[5] for r in rows],
            "first_month": [r[6] for r in rows],
            "last_month": [r[7] for r in rows],
            "site_uid": [r[1].site_uid for r in rows],
            "outlet": [r[2].code for r in rows],
        }
    )
    _spoil_links(table, rng, defects, file)
    return table


def _spoil_links(table: pd.DataFrame, rng: np.random.Generator, defects: feed.Defects, file: str) -> None:
    draw = rng.random((2, len(table)))
    for i, mn in enumerate(table["MN"]):
        if draw[0, i] < noise.NO_OUTLET_CODE:
            table.loc[i, "排放口编号"] = ""
            defects.plant(
                file, i, mn, "outlet_code_missing", "排放口编号", "identity", "linked by the other keys"
            )
        elif draw[0, i] < noise.NO_OUTLET_CODE + noise.WRONG_OUTLET_CODE:
            table.loc[i, "排放口编号"] = "DA099"
            defects.plant(
                file, i, mn, "outlet_code_wrong", "排放口编号", "identity", "no such outlet in the permit"
            )
        if draw[1, i] < noise.NO_PERMIT_CODE:
            table.loc[i, "排污许可证编号"] = ""
            defects.plant(
                file, i, mn, "permit_number_missing", "排污许可证编号", "identity", "linked by credit code"
            )
        if table.at[i, "first_month"] > 0:
            defects.plant(
                file,
                i,
                mn,
                "logger_replaced",
                "MN",
                "identity",
                "both loggers on one outlet, one after the other",
            )


def write_hours(
    folder: Path,
    world: World,
    signals: Signals,
    points: pd.DataFrame,
    streams: Streams,
    defects: feed.Defects,
) -> int:
    """Write `synthetic_cems_hour_YYYY-MM.csv` for every month; return the number of rows."""
    rng, total = streams.of("hour files"), 0
    slips = _choose_slips(world, signals, rng)
    for month in range(world.months):
        a, b = world.month_starts[month : month + 2]
        name = f"synthetic_cems_hour_{world.year}-{month + 1:02d}.csv"
        rank, hour = np.nonzero(signals.arrived[:, a:b])
        again, changed = _resend(rng, len(rank))
        order = np.concatenate([np.arange(len(rank)), again])
        rank, hour = rank[order], hour[order] + a
        active = points[(points["first_month"] <= month) & (points["last_month"] >= month)].sort_values(
            "rank"
        )
        numbers = pa.array(active["MN"].to_list())
        columns = _columns(world, signals, rank, hour, numbers)
        _apply_slips(columns, slips, rank, hour, month, numbers, defects, f"monitoring/{name}")
        _mark_resent(columns, len(order) - len(again), changed, defects, f"monitoring/{name}")
        total += feed.write(folder / name, columns, quoting="none")
    return total


def _columns(
    world: World, signals: Signals, rank: np.ndarray, hour: np.ndarray, numbers: pa.Array
) -> dict[str, Any]:
    start = (world.start + np.arange(world.hours)).astype("datetime64[s]")
    stamps = pa.array(
        [f"{d} {t[:8]}" for d, t in (str(s).split("T") for s in start[hour.min() : hour.max() + 1])]
    )
    columns: dict[str, Any] = {
        "MN": numbers.take(pa.array(rank)),
        "数据时间": stamps.take(pa.array(hour - hour.min())),
        "流量(m3/h)": signals.flow[rank, hour],
        "氧含量(%)": signals.oxygen[rank, hour],
        "烟温(℃)": signals.temperature[rank, hour],
        "含湿量(%)": signals.moisture[rank, hour],
    }
    reference = world.outlets["ref_o2"].to_numpy()[signals.rows][rank]
    fold = np.where(reference > 0, (21 - reference) / np.maximum(21 - signals.oxygen[rank, hour], 0.05), 1.0)
    for species, name in NAMES.items():
        measured = signals.concentration[species][rank, hour]
        flag = signals.flag[species][rank, hour]
        columns[f"{name}实测浓度(mg/m3)"] = measured
        columns[f"{name}折算浓度(mg/m3)"] = np.round(measured * fold, 2)
        columns[f"{name}排放量(kg)"] = signals.mass[species][rank, hour]
        columns[f"{name}数据标记"] = pa.array(FLAGS).take(pa.array(flag.astype(np.int64), mask=flag < 0))
    tag = signals.tag[rank, hour].astype(np.int64)
    columns["工况标记"] = TAGS.take(pa.array(tag, mask=tag == 3))
    return columns


def _resend(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows sent a second time, and which of them (as counted from the first) came with another value."""
    again = (
        np.sort(rng.choice(rows, max(1, int(rows * noise.RESENT_ROWS)), replace=False))
        if rows
        else np.array([], int)
    )
    return again, rng.random(len(again)) < 0.1


def _mark_resent(
    columns: dict[str, Any], first: int, changed: np.ndarray, defects: feed.Defects, file: str
) -> None:
    masses = {s: columns[f"{NAMES[s]}排放量(kg)"] for s in MEASURED}
    for i, differs in enumerate(changed):
        row = first + i
        record = f"{columns['MN'][row]} {columns['数据时间'][row]}"
        if differs and any(m[row] > 0 for m in masses.values()):
            for mass in masses.values():
                mass[row] = np.round(mass[row] * 1.02 + 0.001, 4)
            defects.plant(file, row, record, "resent_changed", "排放量", "raw", "duplicate_key")
        else:
            defects.plant(file, row, record, "resent", "", "raw", "duplicate")


def _choose_slips(
    world: World, signals: Signals, rng: np.random.Generator
) -> list[tuple[str, int, int, int]]:
    """Slips (kind, outlet, first hour, last hour): flow in m3/s for a month, mass in g for some days."""
    count = len(signals.rows)
    if not count:
        return []
    month = int(rng.integers(world.months))
    a, b = world.month_starts[month : month + 2]
    begin = int(rng.integers(0, max(1, world.hours - 24 * SLIP_DAYS)))
    first, second = rng.permutation(count)[:2] if count > 1 else (0, 0)
    slips = [
        ("flow_in_m3_s", int(first), int(a), int(b)),
        ("mass_in_g", int(second), begin, begin + 24 * SLIP_DAYS),
    ]
    hours = np.sort(rng.choice(world.hours, min(5, world.hours), replace=False))
    return slips + [("negative_mass", int(rng.integers(count)), int(h), int(h) + 1) for h in hours]


def _apply_slips(
    columns: dict[str, Any],
    slips: list[tuple[str, int, int, int]],
    rank: np.ndarray,
    hour: np.ndarray,
    month: int,
    numbers: pa.Array,
    defects: feed.Defects,
    file: str,
) -> None:
    for kind, outlet, begin, end in slips:
        rows = np.flatnonzero((rank == outlet) & (hour >= begin) & (hour < end))
        if not len(rows):
            continue
        if kind == "flow_in_m3_s":
            flow = columns["流量(m3/h)"]
            flow[rows] = np.round(flow[rows] / 3600, 4)
            defects.plant(
                file,
                int(rows[0]),
                str(numbers[outlet]),
                kind,
                "流量(m3/h)",
                "monitoring",
                f"{len(rows)} rows: flow too small by 3600, mass right",
            )
            continue
        for species in MEASURED:
            mass = columns[f"{NAMES[species]}排放量(kg)"]
            mass[rows] = mass[rows] * 1000 if kind == "mass_in_g" else -np.abs(mass[rows]) - 0.001
        expected = (
            f"{len(rows)} rows: mass too large by 1000 against flow × concentration"
            if kind == "mass_in_g"
            else "out_of_band"
        )
        stage = "monitoring" if kind == "mass_in_g" else "raw"
        for row in rows[:1] if kind == "mass_in_g" else rows:
            defects.plant(file, int(row), str(numbers[outlet]), kind, "排放量(kg)", stage, expected)
