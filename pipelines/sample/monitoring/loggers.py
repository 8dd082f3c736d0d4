"""Loggers of the online monitoring feed: who watches which stack, how the hours arrive, and who says so wrongly.

Here: families of loggers (one way of sending, one kind of file each), numbers, the list of points. Not here: hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.sample import codes, feed, noise
from pipelines.sample.monitoring.stack import Signals
from pipelines.sample.world import Streams, World

POINT_FILE = "monitoring/synthetic_cems_point.csv"
PLATFORM_POINT_FILE = "monitoring/synthetic_point_platform.csv"


@dataclass(frozen=True)
class Family:
    """Loggers that send alike. `share` of all loggers, or exactly one (share 0, special wiring)."""

    name: str
    form: str  # telegram, platform, province
    share: float
    version: int = 1  # of the telegrams: bits 7 to 2 of Flag
    profile: str = "cn-hj212"


FAMILIES = (
    Family("hj212_2017", "telegram", 1.0),  # what the others leave
    Family("hj212_2025", "telegram", noise.LOGGERS_2025, version=2),
    Family("platform", "platform", noise.LOGGERS_PLATFORM, profile="cn-platform-hour"),
    Family("province", "province", noise.LOGGERS_PROVINCE, profile="cn-cems-hour"),
    Family("province_ppm", "province", 0.0, profile="cn-cems-hour"),
    Family("hj212_flow_wet", "telegram", 0.0, profile="synthetic-hj212-flow-wet"),
    Family("hj212_flow_working", "telegram", 0.0, profile="synthetic-hj212-flow-working"),
    Family("hj212_flow_m3_h", "telegram", 0.0, profile="synthetic-hj212-flow-m3-h"),
)
LISTED = [
    *("MN", "监测点名称", "企业名称", "统一社会信用代码", "排污许可证编号", "排放口编号"),
    *("行政区划代码", "经度", "纬度", "启用日期", "停用日期"),
]
COLUMNS = [*LISTED, "rank", "first_month", "last_month", "site_uid", "outlet"]
BUSY = 0.6  # of the hours a logger must have something to send to be picked for a rare family
SPECIAL = [i for i, family in enumerate(FAMILIES) if family.share == 0]


def families(signals: Signals, rng: np.random.Generator) -> np.ndarray:
    """Family (place in FAMILIES) of every outlet with a monitor. Small samples get the common families first."""
    count = len(signals.rows)
    order, family = rng.permutation(count), np.zeros(count, int)
    busy = (signals.running & (signals.mass["NOx"] > 0)).mean(axis=1) > BUSY
    order = np.concatenate([order[busy[order]], order[~busy[order]]])  # what is rare shall have something to show
    taken = min(3, count)  # the first family keeps at least so many
    for i in SPECIAL:
        family[order[taken : taken + 1]] = i
        taken += 1
    for i, one in enumerate(FAMILIES[1:], start=1):
        number = max(1, round(one.share * count)) if one.share else 0
        family[order[taken : taken + number]] = i
        taken += number
    return family


def loggers(world: World, signals: Signals, streams: Streams, defects: feed.Defects) -> pd.DataFrame:
    """One row per logger and validity, with the outlet it watches as the platform knows it.

    Columns beside the file's own: `rank` (row of the signals), `family`, `first_month`, `last_month` (from 0).
    """
    rng, outlets = streams.of("loggers"), world.outlets.iloc[signals.rows]
    family = families(signals, streams.of("families"))
    replaced = (rng.random(len(outlets)) < noise.LOGGER_REPLACED) & (family == 0)
    if world.months > 1 and len(outlets) and not replaced.any():
        replaced[np.flatnonzero(family == 0)[0]] = True
    changes = rng.integers(1, max(2, world.months), len(outlets))
    change = np.where(replaced, changes, world.months)
    table = pd.DataFrame(list(_rows(world, outlets, change, rng)), columns=COLUMNS)
    table["family"] = family[table["rank"].to_numpy(int)]
    by_platform = np.isin(table["family"], [i for i, f in enumerate(FAMILIES) if f.form == "platform"])
    table.loc[by_platform, "MN"] = [f"MP{n:010d}" for n in rng.choice(10**10, by_platform.sum(), replace=False)]
    table["file"] = np.where(by_platform, PLATFORM_POINT_FILE, POINT_FILE)
    table["line"] = table.groupby("file").cumcount()
    _spoil_links(table, rng, defects)
    return table


def following(points: pd.DataFrame, months: int) -> pd.DataFrame:
    """Loggers that go on in the next year: the last one of each outlet, from the first month on."""
    last = points.sort_values(["rank", "first_month"], kind="stable").drop_duplicates("rank", keep="last")
    return last.sort_index().assign(first_month=0, last_month=months - 1).reset_index(drop=True)


def point_files(points: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The lists of points: loggers by their number, and the points of the national platform by its own."""
    own = points.loc[points["file"] == POINT_FILE, LISTED]
    platform = points.loc[points["file"] == PLATFORM_POINT_FILE, LISTED].rename(columns={"MN": "监测点编号"})
    return {POINT_FILE: own, PLATFORM_POINT_FILE: platform}


def _rows(
    world: World, outlets: pd.DataFrame, change: np.ndarray, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    """A replaced logger leaves at the end of a month; the next has another number."""
    heads = world.sites.iloc[outlets["site"]]
    for rank, (outlet, head) in enumerate(zip(outlets.itertuples(), heads.itertuples(), strict=True)):
        cut = int(change[rank])
        for first, last in [(0, cut - 1), (cut, world.months - 1)] if cut < world.months else [(0, cut - 1)]:
            yield {
                "MN": codes.logger_number(rng),
                "监测点名称": outlet.name,
                "企业名称": head.name,
                "统一社会信用代码": "" if head.uscc.startswith("H9") else head.uscc,
                "排污许可证编号": head.permit,
                "排放口编号": outlet.code,
                "行政区划代码": head.county,
                "经度": head.lon,
                "纬度": head.lat,
                "启用日期": world.day(world.month_starts[first]) if first else "",
                "停用日期": world.day(world.month_starts[last + 1] - 1) if last + 1 < world.months else "",
                "rank": rank,
                "first_month": first,
                "last_month": last,
                "site_uid": head.site_uid,
                "outlet": outlet.code,
            }


def _spoil_links(table: pd.DataFrame, rng: np.random.Generator, defects: feed.Defects) -> None:
    draw = rng.random((2, len(table)))
    wrong = noise.NO_OUTLET_CODE + noise.WRONG_OUTLET_CODE

    def plant(i: int, kind: str, column: str, expected: str) -> None:
        row = table.loc[i]
        defects.plant(row["file"], int(row["line"]), row["MN"], kind, column, "identity", expected, part_d=9)

    for i in range(len(table)):
        if draw[0, i] < noise.NO_OUTLET_CODE:
            table.loc[i, "排放口编号"] = ""
            plant(i, "outlet_code_missing", "排放口编号", "linked by the other keys")
        elif draw[0, i] < wrong:
            table.loc[i, "排放口编号"] = "DA099"
            plant(i, "outlet_code_wrong", "排放口编号", "no such outlet in the permit")
        if draw[1, i] < noise.NO_PERMIT_CODE:
            table.loc[i, "排污许可证编号"] = ""
            plant(i, "permit_number_missing", "排污许可证编号", "linked by credit code")
        if table.at[i, "first_month"] > 0:
            plant(i, "logger_replaced", "MN", "both loggers on one outlet, one after the other")


def active(points: pd.DataFrame, month: int) -> pd.DataFrame:
    """Loggers that send in this month, by rank."""
    now = (points["first_month"] <= month) & (points["last_month"] >= month)
    return points[now].sort_values("rank")
