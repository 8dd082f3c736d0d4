"""The list behind the statistics: who is on it, under which names and codes, and who should not be.

Here: heads of forms with their usual faults, closed plants, a power plant filed twice. Not here: what the
forms report (`survey`).
"""

import numpy as np
import pandas as pd

from pipelines.sample import codes, feed, noise
from pipelines.sample.world import World

SITE_FILE = "statistics/synthetic_envstat_site.csv"
FORM = {
    "SO2": "二氧化硫",
    "NOx": "氮氧化物",
    "PM": "颗粒物",
    "CO": "一氧化碳",
    "VOCs": "挥发性有机物",
    "NH3": "氨",
    "CO2": "二氧化碳",
    "CH4": "甲烷",
    "N2O": "氧化亚氮",
}


def heads(
    world: World, listed: np.ndarray, rng: np.random.Generator, defects: feed.Defects
) -> tuple[pd.DataFrame, dict[int, str]]:
    sites, rows, keys = world.sites, [], {}
    abolished = {r.successor: r for r in world.territory["abolished_codes"].itertuples()}
    ending = world.territory.settings["districts_code_ending"]
    used: dict[str, int] = {}
    for n, i in enumerate(np.flatnonzero(listed)):
        head, draw = sites.iloc[i], rng.random(8)
        uid, legal, former, name = head["site_uid"], head["uscc"], "", head["name"]
        county, county_name = head["county"], head["county_name"]

        def plant(kind: str, column: str, expected: str, row: int = n, record: str = uid) -> None:
            defects.plant(SITE_FILE, row, record, kind, column, "identity", expected)

        if legal.startswith("H9"):
            legal = ""
        elif draw[0] < noise.ORG_CODE:
            legal = legal[8:17]
            plant("organisation_code", "统一社会信用代码或组织机构代码", "positions 9-17 of the credit code")
        elif draw[0] < noise.ORG_CODE + noise.CODE_TYPO:
            legal = (
                legal[:12] + legal[13] + legal[12] + legal[14:]
                if legal[12] != legal[13]
                else legal[:17] + "Z"
            )
            plant("credit_code_typo", "统一社会信用代码或组织机构代码", "check digit fails")
        if draw[1] < noise.DISTRICTS_CODE:
            county, county_name = head["city"][:4] + ending, "市辖区"
            plant("county_code_districts", "行政区划代码", "no county: taken from other feeds or position")
        elif draw[1] < noise.DISTRICTS_CODE + noise.ABOLISHED_CODE and county in abolished:
            county, county_name = abolished[county].code, abolished[county].name
            plant("county_code_abolished", "行政区划代码", "maps to its successor")
        if draw[2] < noise.RENAMED:
            former = name
            name = codes.names(
                rng, [head["county_name"]], ["科技"], world.territory.settings["name_syllables"]
            )[0]
            plant("renamed", "单位详细名称", "same code, other name; the old name stands as 曾用名")
        elif draw[2] < noise.RENAMED + noise.NAME_VARIANT:
            name = _variant(name, head["county_name"], draw[3])
            plant("name_variant", "单位详细名称", "same plant")
        base = legal or f"W{n:08d}"
        used[base] = used.get(base, 0) + 1
        keys[int(i)] = f"{base}-{used[base]:02d}"
        rows.append(
            {
                "统计年份": world.year,
                "调查单位编号": keys[int(i)],
                "统一社会信用代码或组织机构代码": legal,
                "单位详细名称": name,
                "曾用名": former,
                "排污许可证编号": head["permit"]
                if draw[4] < noise.NAMES_PERMIT and head["management"] != "registration"
                else "",
                "行政区划代码": county,
                "行政区名称": county_name,
                "行业类别代码": head["industry"],
                "经度": round(head["lon"] + noise.POSITION_SIGMA_DEG * rng.standard_normal(), 5),
                "纬度": round(head["lat"] + noise.POSITION_SIGMA_DEG * rng.standard_normal(), 5),
            }
        )
    return pd.DataFrame(rows), keys


def _variant(name: str, county: str, draw: float) -> str:
    """The same firm, spelled otherwise: longer legal form, short county, or without it."""
    if draw < 0.4:
        return name.replace("有限公司", "有限责任公司")
    if draw < 0.7 and len(county) > 2:
        return name.replace(county, county[:-1], 1)
    return name.replace(county, "", 1)


Forms = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def add_closed(
    world: World,
    heads: pd.DataFrame,
    emission: pd.DataFrame,
    fuels: pd.DataFrame,
    rng: np.random.Generator,
    defects: feed.Defects,
) -> Forms:
    """Plants that closed before the year but stay on the list with the figures of an earlier form."""
    count = max(1, round(noise.CLOSED_LISTED * len(heads)))
    small = heads[heads["调查单位编号"].isin(emission["调查单位编号"])].sample(count, random_state=rng)
    place = world.territory.counties.iloc[rng.integers(0, len(world.territory.counties), count)]
    names = codes.names(
        rng, list(place["name"]), ["实业"] * count, world.territory.settings["name_syllables"]
    )
    credit = codes.credit_codes(rng, list(place["code"]))
    for n in range(count):
        old, county = small.iloc[n], place.iloc[n]
        key = f"{credit[n]}-01"
        head = old.to_dict() | {
            "调查单位编号": key,
            "统一社会信用代码或组织机构代码": credit[n],
            "单位详细名称": names[n],
            "曾用名": "",
            "排污许可证编号": "",
            "行政区划代码": county["code"],
            "行政区名称": county["name"],
            "经度": round((county["lon_min"] + county["lon_max"]) / 2, 5),
            "纬度": round((county["lat_min"] + county["lat_max"]) / 2, 5),
        }
        heads = pd.concat([heads, pd.DataFrame([head])], ignore_index=True)
        for column, values in (("排放量", emission), ("消耗量(吨或万立方米)", fuels)):
            copy = values[values["调查单位编号"] == old["调查单位编号"]].copy()
            copy["调查单位编号"], copy["排放口编号"] = key, ""
            copy[column] = feed.significant(copy[column] * 0.3, 5)
            if column == "排放量":
                copy["机组（工序）编号"] = ""
                copy = copy.groupby([c for c in copy.columns if c != column], as_index=False, dropna=False)[
                    column
                ].sum()
                emission = pd.concat([emission, copy[emission.columns]], ignore_index=True)
            else:
                copy = copy.drop_duplicates("燃料类型")
                fuels = pd.concat([fuels, copy], ignore_index=True)
        defects.plant(
            SITE_FILE,
            len(heads) - 1,
            key,
            "closed_plant_listed",
            "",
            "reconciliation",
            "no permit and no monitor; its emission is not real",
        )
    return heads, emission, fuels


def add_own_power(
    world: World,
    heads: pd.DataFrame,
    emission: pd.DataFrame,
    fuels: pd.DataFrame,
    keys: dict[int, str],
    defects: feed.Defects,
) -> Forms:
    """One mill files its own power plant twice: in its own form and again as a power plant (brief §2.6)."""
    burns = set(fuels.loc[fuels["燃料类型"] == "烟煤", "调查单位编号"])
    mills = [i for i, key in keys.items() if world.sites.at[i, "type"] == "paper" and key in burns]
    if not mills:
        return heads, emission, fuels
    old = heads[heads["调查单位编号"] == keys[mills[0]]].iloc[0]
    key = old["调查单位编号"] + "-E"
    head = old.to_dict() | {
        "调查单位编号": key,
        "单位详细名称": old["单位详细名称"] + "自备热电厂",
        "行业类别代码": "4412",
    }
    again = emission[
        (emission["调查单位编号"] == old["调查单位编号"]) & (emission["污染物"] != FORM["VOCs"])
    ].copy()
    burnt = fuels[fuels["调查单位编号"] == old["调查单位编号"]].copy()
    again["调查单位编号"], burnt["调查单位编号"] = key, key
    defects.plant(
        SITE_FILE,
        len(heads),
        key,
        "own_power_plant_twice",
        "",
        "reconciliation",
        "the same boilers stand in the parent's form; count once",
    )
    return (
        pd.concat([heads, pd.DataFrame([head])], ignore_index=True),
        pd.concat([emission, again], ignore_index=True),
        pd.concat([fuels, burnt], ignore_index=True),
    )
