"""The permit feed: versions and heads of permits and registrations, outlets, limits, fuel.

Here: what the permits say and what firms burn. Not here: the emission that firms declare (`reports`), how the forms
look (`permitfiles`), the truth (`hours`), instruments (`stack`).
"""

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.hours import Hours
from pipelines.sample.monitoring.stack import MEASURED
from pipelines.sample.world import Streams, World

REPORTED = (*MEASURED, "VOCs")
POLLUTANT = {
    "SO2": ["二氧化硫", "SO2"],
    "NOx": ["氮氧化物", "NOx", "氮氧化物（以NO2计）"],
    "PM": ["颗粒物", "烟尘", "粉尘"],
    "VOCs": ["挥发性有机物", "非甲烷总烃", "VOCs"],
}
CLASS = {"key": "重点管理", "simplified": "简化管理", "registration": "登记管理"}
OF_REGISTRATION = {"首次申请": "首次登记", "延续": "登记延续"}
PLANT = "全厂合计"
YEARS = ("第一年", "第二年", "第三年", "第四年", "第五年")
# Concentration limits are written in such steps, mg/m3.
STEPS = np.array([1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 35, 50, 60, 80, 100, 120, 150, 200, 240, 300, 400, 550, 800])
DUST_MG_M3 = 15.0  # design of stacks without a stated gas flow: what leaves the filter


def versions(world: World, streams: Streams) -> pd.DataFrame:
    """Versions of every permit: the term of five years, the day of issue, how it came about, its amounts' factor.

    Terms that end within the simulated time are renewed; some permits are changed within it under the same term (at
    least one), some are applied for anew before their term is over.
    """
    rng, sites = streams.of("permit versions"), world.sites
    count, (first, last) = len(sites), (pd.Timestamp(day) for day in world.period)
    permitted = (sites["management"] != "registration").to_numpy()
    begins = pd.DatetimeIndex(sites["permit_from"])
    ends = begins + pd.DateOffset(years=5) - pd.Timedelta(days=1)
    draw, factor = rng.random(count), rng.uniform(*noise.CHANGED_AMOUNT, count)
    day = first + pd.to_timedelta(np.round(rng.uniform(0.2, 0.8, count) * (last - first).days), unit="D")
    stays = permitted & (ends >= last) & (begins < first)
    kind = np.where(stays & (draw < noise.PERMIT_CHANGED), "变更", "")
    kind = np.where(stays & (draw > 1 - noise.PERMIT_REAPPLIED), "重新申请", kind)
    if not (kind == "变更").any() and stays.any():
        kind[min(np.flatnonzero(stays), key=lambda site: sites.at[site, "management"] != "key")] = "变更"
    kind = np.where(ends < last, "延续", kind)
    base = pd.DataFrame(
        {"site": np.arange(count), "from": begins, "to": ends, "issued": begins, "kind": "首次申请", "factor": 1.0}
    )
    renewed = kind == "延续"
    begin = pd.DatetimeIndex(np.where(renewed, ends + pd.Timedelta(days=1), np.where(kind == "变更", begins, day)))
    issued = pd.DatetimeIndex(np.where(renewed, ends - pd.Timedelta(days=30), day))
    new = pd.DataFrame(
        {
            "site": np.arange(count),
            "from": begin,
            "to": begin + pd.DateOffset(years=5) - pd.Timedelta(days=1),
            "issued": issued,
            "kind": kind,
            "factor": factor,
        }
    )[kind != ""]
    return pd.concat([base, new]).sort_values(["site", "issued"], kind="stable").reset_index(drop=True)


def heads(world: World, issued: pd.DataFrame) -> pd.DataFrame:
    """许可证基本信息: one row per version of a permit or registration."""
    sites, known = world.sites.iloc[issued["site"]].reset_index(drop=True), world.registrations
    begin = known["permit_from"]
    listed = pd.concat(
        [
            sites.assign(begin=issued["from"], end=issued["to"], issued=issued["issued"], kind=issued["kind"]),
            known.assign(
                management="registration",
                begin=begin,
                end=begin + pd.DateOffset(years=5) - pd.Timedelta(days=1),
                issued=begin,
                kind="首次申请",
            ),
        ],
        ignore_index=True,
    )
    industries = world.territory["industries"].set_index("code")["name"]
    return pd.DataFrame(
        {
            "许可证编号": listed["permit"],
            "单位名称": listed["name"].str.replace(r"（.*厂区）$", "", regex=True),
            "生产经营场所名称": listed["name"],
            "统一社会信用代码": listed["uscc"].where(~listed["uscc"].str.startswith("H9"), ""),
            "行政区划代码": listed["county"],
            "行政区名称": listed["county_name"],
            "行业类别代码": listed["industry"],
            "行业类别": listed["industry"].map(industries),
            "管理类别": listed["management"].map(CLASS),
            "经度": listed["lon"],
            "纬度": listed["lat"],
            "业务类型": listed["kind"].where(
                listed["management"] != "registration", listed["kind"].map(OF_REGISTRATION)
            ),
            "发证日期": listed["issued"].dt.strftime("%Y-%m-%d"),
            "有效期起": listed["begin"].dt.strftime("%Y-%m-%d"),
            "有效期止": listed["end"].dt.strftime("%Y-%m-%d"),
        }
    )


def permitted(world: World) -> pd.DataFrame:
    """Outlets of key and simplified permits with a stack."""
    outlets = world.outlets.assign(
        management=world.sites["management"].to_numpy()[world.outlets["site"]],
        permit=world.sites["permit"].to_numpy()[world.outlets["site"]],
    )
    return outlets[(outlets["code"] != "") & (outlets["management"] != "registration")]


def is_reported(outlets: pd.DataFrame, species: str) -> np.ndarray:
    """Species that an outlet emits; VOCs only where no fuel burns, as permits ask."""
    emits = outlets[f"ef_{species}"].to_numpy() > 0
    return emits & (outlets["fuel"].to_numpy() == "") if species == "VOCs" else emits


def designed(world: World, table: pd.DataFrame) -> pd.DataFrame:
    """Design of outlets: gas flow (m3/h, dry, standard) and kg/h per species at full load, from the kind of plant."""
    templates = world.territory["outlets"]
    design = pd.DataFrame({"flow": table["rate"] * table["flue_gas"]})
    for species in REPORTED:
        typical = templates[f"ef_{species}"].to_numpy()[table["template"]]  # from the design, not from the truth
        design[species] = table["rate"] * np.where(is_reported(table, species), typical, 0.0)
    unstated = design[list(REPORTED)].max(axis=1) / (DUST_MG_M3 * 1e-6)
    design["flow"] = design["flow"].where(design["flow"] > 0, unstated).clip(lower=500.0)
    return design


def outlets(world: World, streams: Streams) -> pd.DataFrame:
    """大气排放口基本情况."""
    rng, table = streams.of("permit outlets"), permitted(world)
    sites, flow = world.sites.iloc[table["site"]], designed(world, table)["flow"]
    height = np.where(table["rate"] * table["flue_gas"] > 5e5, 150, np.where(table["fuel"] != "", 45, 20))
    hot = flow * (273.15 + table["temp"]) / 273.15 / 3600
    width = np.sqrt(4 * hot / (np.pi * noise.DESIGN_VELOCITY))
    return pd.DataFrame(
        {
            "许可证编号": table["permit"],
            "排放口编号": table["code"],
            "排放口名称": table["name"],
            "排放口类型": table["kind"].map({"main": "主要排放口", "general": "一般排放口"}),
            "燃料": table["fuel"].map(world.territory["fuels"].set_index("fuel_code")["name_zh"]).fillna("/"),
            "高度(m)": np.round(height * np.exp(0.15 * rng.standard_normal(len(table)))),
            "出口内径(m)": np.maximum(np.ceil(width * 10) / 10, 0.2),
            "排气温度(℃)": table["temp"].round(),
            "经度": np.round(sites["lon"].to_numpy() + 0.0005 * rng.standard_normal(len(table)), 6),
            "纬度": np.round(sites["lat"].to_numpy() + 0.0005 * rng.standard_normal(len(table)), 6),
        }
    )


def limits(world: World, issued: pd.DataFrame) -> pd.DataFrame:
    """有组织排放许可限值 per version, outlet and pollutant: mg/m3, kg/h where no fuel burns, t/a of the five years.

    Only main outlets have amounts, and the plant as a whole; the others have a concentration.
    """
    table = permitted(world).reset_index(drop=True)
    design = designed(world, table)
    frames = []
    for species in REPORTED:
        room, kg_h = noise.PERMIT_ROOM[species], design[species]
        level = np.searchsorted(STEPS, kg_h / design["flow"] * 1e6 * room - 1e-9).clip(max=len(STEPS) - 1)
        rate = np.where(table["fuel"] == "", feed.significant(STEPS[level] * design["flow"] * 1e-6, 3), np.nan)
        amount = feed.significant(kg_h * noise.PERMIT_HOURS * room / 1000, 3)
        rows = pd.DataFrame(
            {
                "site": table["site"],
                "outlet": table["code"],
                "name": table["name"],
                "species": species,
                "mg_m3": STEPS[level].astype(float),
                "kg_h": rate,
                "amount": np.where(table["kind"] == "main", amount, np.nan),
            }
        )
        frames.append(rows[kg_h > 0])
    outlet = pd.concat(frames, ignore_index=True)
    whole = outlet.groupby(["site", "species"], sort=False, as_index=False)["amount"].sum(min_count=1)
    whole = whole.dropna(subset=["amount"]).assign(outlet=PLANT, name="/")
    rows = pd.concat([outlet, whole]).merge(issued, on="site")
    rows["amount"] = feed.significant(rows["amount"] * rows["factor"], 4)
    rows["order"] = rows["outlet"] == PLANT
    rows = rows.sort_values(["site", "issued", "order", "outlet", "species"], kind="stable").reset_index(drop=True)
    return pd.DataFrame(
        {
            "许可证编号": world.sites["permit"].to_numpy()[rows["site"]],
            "起": rows["from"].dt.strftime("%Y-%m-%d"),
            "止": rows["to"].dt.strftime("%Y-%m-%d"),
            "发证日期": rows["issued"].dt.strftime("%Y-%m-%d"),
            "排放口编号": rows["outlet"],
            "排放口名称": rows["name"],
            "污染物种类": [POLLUTANT[species][0] for species in rows["species"]],
            "浓度(mg/m3)": rows["mg_m3"],
            "速率(kg/h)": rows["kg_h"],
            **dict.fromkeys(YEARS, rows["amount"]),
        }
    )


def fuel(world: World, hours: Hours, streams: Streams) -> pd.DataFrame:
    """燃料消耗 of the yearly report: by outlet for key permits, whole plant for simplified ones."""
    rng, listed = streams.of("permit fuel"), permitted(world)
    burnt = pd.Series(hours.fuel(), world.outlets.index)
    table = listed[(listed["fuel"] != "") & (burnt.reindex(listed.index) > 0)].copy()
    count = len(table)
    table["amount"] = burnt.reindex(table.index) * np.exp(noise.FUEL_REPORT_SIGMA * rng.standard_normal(count))
    tested = (rng.random(len(world.sites)) < noise.NCV_TESTED_KEY)[table["site"]] & (table["management"] == "key")
    test = noise.QUALITY_TEST_SIGMA
    table["ncv"] = (table["ncv"] * (1 + test * rng.standard_normal(count))).where(tested & (table["fuel"] != "msw"))
    for column in ("sulphur", "ash"):
        table[column] = (table[column] * (1 + 5 * test * rng.standard_normal(count))).where(tested)
    table["code"] = table["code"].where(table["management"] == "key", PLANT)
    table = table.groupby(["permit", "code", "fuel"], sort=True, as_index=False).agg(
        amount=("amount", "sum"), ncv=("ncv", "first"), sulphur=("sulphur", "first"), ash=("ash", "first")
    )
    names = world.territory["fuels"].set_index("fuel_code")["name_zh"]
    return pd.DataFrame(
        {
            "许可证编号": table["permit"],
            "排放口编号": table["code"],
            "燃料": table["fuel"].map(names),
            "起": world.period[0],
            "止": world.period[1],
            "消耗量(吨或万立方米)": feed.significant(table["amount"], 6),
            "低位发热量(GJ/吨或GJ/万立方米)": table["ncv"].round(3),
            "硫分(%)": table["sulphur"].round(2),
            "灰分(%)": table["ash"].round(1),
        }
    )
