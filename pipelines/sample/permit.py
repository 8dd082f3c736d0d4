"""The permit feed: heads of permits and registrations, outlets, permitted amounts, fuel.

Here: what the permits say and what firms burn. Not here: the emission that firms declare (`reports`), the
truth (`hours`), instruments (`stack`).
"""

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.hours import Hours
from pipelines.sample.stack import MEASURED
from pipelines.sample.world import Streams, World

REPORTED = (*MEASURED, "VOCs")
POLLUTANT = {
    "SO2": ["二氧化硫", "SO2"],
    "NOx": ["氮氧化物", "NOx", "氮氧化物（以NO2计）"],
    "PM": ["颗粒物", "烟尘", "粉尘"],
    "VOCs": ["挥发性有机物", "非甲烷总烃", "VOCs"],
}
CLASS = {"key": "重点管理", "simplified": "简化管理", "registration": "登记管理"}
def heads(world: World, validity: pd.DataFrame) -> pd.DataFrame:
    """许可证基本信息: one row per version of a permit or registration."""
    sites = world.sites.iloc[validity["site"]].reset_index(drop=True)
    known = world.registrations
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "许可证编号": sites["permit"],
                    "单位名称": sites["name"].str.replace(r"（.*厂区）$", "", regex=True),
                    "生产经营场所名称": sites["name"],
                    "统一社会信用代码": sites["uscc"].where(~sites["uscc"].str.startswith("H9"), ""),
                    "行政区划代码": sites["county"],
                    "行政区名称": sites["county_name"],
                    "行业类别代码": sites["industry"],
                    "管理类别": sites["management"].map(CLASS),
                    "经度": sites["lon"],
                    "纬度": sites["lat"],
                    "有效期起": validity["from"],
                    "有效期止": validity["to"],
                }
            ),
            pd.DataFrame(
                {
                    "许可证编号": known["permit"],
                    "单位名称": known["name"],
                    "生产经营场所名称": known["name"],
                    "统一社会信用代码": known["uscc"],
                    "行政区划代码": known["county"],
                    "行政区名称": known["county_name"],
                    "行业类别代码": known["industry"],
                    "管理类别": CLASS["registration"],
                    "经度": known["lon"],
                    "纬度": known["lat"],
                    "有效期起": known["permit_from"].dt.strftime("%Y-%m-%d"),
                    "有效期止": _five_years(known["permit_from"]),
                }
            ),
        ],
        ignore_index=True,
    )


def versions(world: World) -> pd.DataFrame:
    """Validity of every permit: five years, and a renewal where they end within the simulated time."""
    sites = world.sites
    rows = []
    for i, begin in enumerate(sites["permit_from"]):
        end = begin + pd.DateOffset(years=5) - pd.Timedelta(days=1)
        rows.append((i, str(begin.date()), str(end.date())))
        if str(end.date()) < world.period[1]:
            start = end + pd.Timedelta(days=1)
            rows.append(
                (i, str(start.date()), str((start + pd.DateOffset(years=5) - pd.Timedelta(days=1)).date()))
            )
    return pd.DataFrame(rows, columns=["site", "from", "to"])


def _five_years(begin: pd.Series) -> list[str]:
    return list((begin + pd.DateOffset(years=5) - pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d"))


def permitted(world: World) -> pd.DataFrame:
    """Outlets of key and simplified permits with a stack."""
    outlets = world.outlets.assign(
        management=world.sites["management"].to_numpy()[world.outlets["site"]],
        permit=world.sites["permit"].to_numpy()[world.outlets["site"]],
    )
    return outlets[(outlets["code"] != "") & (outlets["management"] != "registration")]


def outlets(world: World, streams: Streams) -> pd.DataFrame:
    """排放口."""
    rng, table = streams.of("permit outlets"), permitted(world)
    sites = world.sites.iloc[table["site"]]
    height = np.where(table["rate"] * table["flue_gas"] > 5e5, 150, np.where(table["fuel"] != "", 45, 20))
    return pd.DataFrame(
        {
            "许可证编号": table["permit"],
            "排放口编号": table["code"],
            "排放口名称": table["name"],
            "排放口类型": table["kind"].map({"main": "主要排放口", "general": "一般排放口"}),
            "燃料": table["fuel"].map(world.territory["fuels"].set_index("fuel_code")["name_zh"]).fillna(""),
            "排气筒高度(m)": np.round(height * np.exp(0.15 * rng.standard_normal(len(table)))),
            "经度": np.round(sites["lon"].to_numpy() + 0.0005 * rng.standard_normal(len(table)), 6),
            "纬度": np.round(sites["lat"].to_numpy() + 0.0005 * rng.standard_normal(len(table)), 6),
        }
    )


def limits(world: World) -> pd.DataFrame:
    """许可排放量, t/a: main outlets of key permits, and the plant's total."""
    templates = world.territory["outlets"]
    table = permitted(world).reset_index(drop=True)
    main = table[table["kind"] == "main"]
    rows = []
    for species in REPORTED:
        typical = templates[f"ef_{species}"].to_numpy()[
            main["template"]
        ]  # from the design, not from the truth
        typical = np.where(is_reported(main, species), typical, 0.0)
        amount = main["rate"] * noise.PERMIT_HOURS * typical * noise.PERMIT_ROOM[species] / 1000
        rows.append(
            pd.DataFrame(
                {
                    "许可证编号": main["permit"],
                    "排放口编号": main["code"],
                    "污染物": POLLUTANT[species][0],
                    "年份": world.year,
                    "许可排放量(t/a)": feed.significant(amount, 3),
                }
            )
        )
    table = pd.concat(rows)
    table = table[table["许可排放量(t/a)"] > 0]
    total = table.groupby(["许可证编号", "污染物", "年份"], sort=False, as_index=False)[
        "许可排放量(t/a)"
    ].sum()
    total["许可排放量(t/a)"] = total["许可排放量(t/a)"].round(4)
    table = pd.concat([table, total.assign(排放口编号="")])
    return table.sort_values(["许可证编号", "排放口编号", "污染物"], kind="stable").reset_index(drop=True)


def is_reported(outlets: pd.DataFrame, species: str) -> np.ndarray:
    """Species that an outlet emits; VOCs only where no fuel burns, as permits ask."""
    emits = outlets[f"ef_{species}"].to_numpy() > 0
    return emits & (outlets["fuel"].to_numpy() == "") if species == "VOCs" else emits


def fuel(world: World, hours: Hours, streams: Streams) -> pd.DataFrame:
    """燃料消耗 of the yearly report: by outlet for key permits, whole plant for simplified ones."""
    rng, listed = streams.of("permit fuel"), permitted(world)
    burnt = pd.Series(hours.fuel(), world.outlets.index)
    table = listed[(listed["fuel"] != "") & (burnt.reindex(listed.index) > 0)].copy()
    count = len(table)
    table["amount"] = burnt.reindex(table.index) * np.exp(
        noise.FUEL_REPORT_SIGMA * rng.standard_normal(count)
    )
    tested = (rng.random(len(world.sites)) < noise.NCV_TESTED_KEY)[table["site"]] & (
        table["management"] == "key"
    )
    test = noise.QUALITY_TEST_SIGMA
    table["ncv"] = (table["ncv"] * (1 + test * rng.standard_normal(count))).where(
        tested & (table["fuel"] != "msw")
    )
    for column in ("sulphur", "ash"):
        table[column] = (table[column] * (1 + 5 * test * rng.standard_normal(count))).where(tested)
    table["code"] = table["code"].where(table["management"] == "key", "")
    table = table.groupby(["permit", "code", "fuel"], sort=True, as_index=False).agg(
        amount=("amount", "sum"), ncv=("ncv", "first"), sulphur=("sulphur", "first"), ash=("ash", "first")
    )
    names = world.territory["fuels"].set_index("fuel_code")["name_zh"]
    return pd.DataFrame(
        {
            "许可证编号": table["permit"],
            "排放口编号": table["code"],
            "燃料": table["fuel"].map(names),
            "报告期起": world.period[0],
            "报告期止": world.period[1],
            "消耗量(吨或万立方米)": feed.significant(table["amount"], 6),
            "低位发热量(GJ/吨或GJ/万立方米)": table["ncv"].round(3),
            "硫分(%)": table["sulphur"].round(2),
            "灰分(%)": table["ash"].round(1),
        }
    )
