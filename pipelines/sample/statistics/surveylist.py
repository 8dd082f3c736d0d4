"""The list behind the statistics: who is on it, under which names and codes, and who should not be.

Here: heads of forms with their usual faults, closed plants, second forms of power plants and waste to energy. Not here:
what the forms report (`survey`), files (`surveyfiles`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipelines.sample import codes, noise
from pipelines.sample.world import World

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
MASSES = [f"kg_{species}" for species in FORM]
LEGAL = "统一社会信用代码或组织机构代码"


@dataclass(frozen=True)
class Flaw:
    """A defect of one plant's form, before it is known which file and line hold it.

    form: site or unit. line: number of the unit; None for the plant's row. edition: the only one it is in; "": any.
    """

    form: str
    key: str
    line: int | None
    kind: str
    column: str
    stage: str
    expected: str
    part_d: int = 0
    edition: str = ""


class Forms(NamedTuple):
    """The forms; `key` is the record key of the plant.

    plants: heads and yearly totals (`kg_<species>`). units: boilers, kilns, turbines. lines: calculation form.
    """

    plants: pd.DataFrame
    units: pd.DataFrame
    lines: pd.DataFrame


def heads(
    world: World, listed: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[int, str], list[Flaw]]:
    """Heads of forms (column `key` and those of form 基101), record keys by site, and the faults of the heads."""
    sites, rows, keys, flaws = world.sites, [], {}, []
    abolished = {r.successor: r for r in world.territory["abolished_codes"].itertuples()}
    ending = world.territory.settings["districts_code_ending"]
    used: dict[str, int] = {}
    for n, i in enumerate(np.flatnonzero(listed)):
        head, draw = sites.iloc[i], rng.random(8)
        legal, former, name = head["uscc"], "", head["name"]
        county, county_name = head["county"], head["county_name"]
        found: list[tuple[str, str, str, int]] = []
        if legal.startswith("H9"):
            legal = ""
        elif draw[0] < noise.ORG_CODE:
            legal = legal[8:17]
            found.append(("organisation_code", LEGAL, "positions 9-17 of the credit code", 9))
        elif draw[0] < noise.ORG_CODE + noise.CODE_TYPO:
            legal = (
                legal[:12] + legal[13] + legal[12] + legal[14:]
                if legal[12] != legal[13]
                else legal[:17] + "Z"
            )
            found.append(("credit_code_typo", LEGAL, "check digit fails", 9))
        if draw[1] < noise.DISTRICTS_CODE:
            county, county_name = head["city"][:4] + ending, "市辖区"
            found.append(
                ("county_code_districts", "行政区划代码", "no county: taken from other feeds or position", 13)
            )
        elif draw[1] < noise.DISTRICTS_CODE + noise.ABOLISHED_CODE and county in abolished:
            county, county_name = abolished[county].code, abolished[county].name
            found.append(("county_code_abolished", "行政区划代码", "maps to its successor", 13))
        if draw[2] < noise.RENAMED:
            former = name
            name = codes.names(
                rng, [head["county_name"]], ["科技"], world.territory.settings["name_syllables"]
            )[0]
            found.append(("renamed", "单位详细名称", "same code, other name; the old name stands as 曾用名", 9))
        elif draw[2] < noise.RENAMED + noise.NAME_VARIANT:
            name = _variant(name, head["county_name"], draw[3])
            found.append(("name_variant", "单位详细名称", "same plant", 9))
        base = legal or f"W{n:08d}"
        used[base] = used.get(base, 0) + 1
        keys[int(i)] = f"{base}-{used[base]:02d}"
        flaws += [Flaw("site", keys[int(i)], None, k, c, "identity", e, d) for k, c, e, d in found]
        rows.append(
            {
                "key": keys[int(i)],
                LEGAL: legal,
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
                "是否自备电厂": "否",
                "自备电厂所属单位编号": "",
            }
        )
    return pd.DataFrame(rows), keys, flaws


def _variant(name: str, county: str, draw: float) -> str:
    """The same firm, spelled otherwise: longer legal form, short county, or without it."""
    if draw < 0.4:
        return name.replace("有限公司", "有限责任公司")
    if draw < 0.7 and len(county) > 2:
        return name.replace(county, county[:-1], 1)
    return name.replace(county, "", 1)


def add_closed(
    world: World,
    plants: pd.DataFrame,
    units: pd.DataFrame,
    lines: pd.DataFrame,
    rng: np.random.Generator,
    flaws: list[Flaw],
) -> Forms:
    """Plants that closed before the year but stay on the list with the figures of an earlier form."""
    count = max(1, round(noise.CLOSED_LISTED * len(plants)))
    old = plants[plants[MASSES].sum(axis=1) > 0].sample(count, random_state=rng).reset_index(drop=True)
    place = world.territory.counties.iloc[rng.integers(0, len(world.territory.counties), count)].reset_index()
    names = codes.names(
        rng, list(place["name"]), ["实业"] * count, world.territory.settings["name_syllables"]
    )
    credit = codes.credit_codes(rng, list(place["code"]))
    closed = old.assign(
        key=[f"{code}-01" for code in credit],
        **{
            LEGAL: credit,
            "单位详细名称": names,
            "曾用名": "",
            "排污许可证编号": "",
            "行政区划代码": place["code"],
            "行政区名称": place["name"],
            "经度": ((place["lon_min"] + place["lon_max"]) / 2).round(5),
            "纬度": ((place["lat_min"] + place["lat_max"]) / 2).round(5),
        },
    )
    closed[MASSES] *= 0.3
    again = units.merge(pd.DataFrame({"key": old["key"], "new": closed["key"]}), on="key")
    again = again.drop_duplicates(["new", "fuel"]).assign(key=lambda t: t["new"], outlet="").drop(columns="new")
    again["amount"] *= 0.3
    again[[c for c in again.columns if c.startswith("kg_")]] = np.nan
    flaws += [
        Flaw("site", key, None, "closed_plant_listed", "", "reconciliation",
             "no permit and no monitor; its emission is not real")
        for key in closed["key"]
    ]  # fmt: skip
    plants, units = (pd.concat(pair, ignore_index=True) for pair in ((plants, closed), (units, again)))
    return Forms(plants, units, lines)


def add_separate_forms(world: World, forms: Forms, keys: dict[int, str], flaws: list[Flaw]) -> Forms:
    """Second forms (brief D8): of a mill's own power plant, filed twice or instead, and of a waste-to-energy plant."""
    burning = set(forms.units["key"])
    mills = [key for i, key in keys.items() if world.sites.at[i, "type"] == "paper" and key in burning]
    waste = [key for i, key in keys.items() if world.sites.at[i, "type"] == "wte" and key in burning]
    if mills:
        forms = _twice(forms, mills[0], "-E", "自备热电厂", "4412", mills[0])
        flaws.append(
            Flaw("site", f"{mills[0]}-E", None, "own_power_plant_twice", "", "reconciliation",
                 "the same boilers stand in the parent's form; count once", 8)
        )  # fmt: skip
    if len(mills) > 1:
        forms = _moved(forms, mills[1], "-E", "自备热电厂", "4412")
        flaws.append(
            Flaw("site", f"{mills[1]}-E", None, "own_power_plant_apart", "", "reconciliation",
                 "its boilers stand in no other form; they belong to the parent's plant and add", 8)
        )  # fmt: skip
    if waste:
        forms = _twice(forms, waste[0], "-W", "（生活垃圾集中处理）", "7820", "")
        flaws.append(
            Flaw("site", f"{waste[0]}-W", None, "waste_to_energy_twice", "行业类别代码", "reconciliation",
                 "the same furnaces stand in the form of the power station (4417); count once", 8)
        )  # fmt: skip
    return forms


def _second_head(
    plants: pd.DataFrame, key: str, ending: str, word: str, industry: str, parent: str
) -> pd.DataFrame:
    head = plants[plants["key"] == key]
    return head.assign(
        key=key + ending,
        单位详细名称=head["单位详细名称"] + word,
        行业类别代码=industry,
        是否自备电厂="是" if parent else "否",
        自备电厂所属单位编号=parent,
    )


def _twice(forms: Forms, key: str, ending: str, word: str, industry: str, parent: str) -> Forms:
    """A second form with the same units and totals (process VOCs stay with the first)."""
    head = _second_head(forms.plants, key, ending, word, industry, parent).assign(kg_VOCs=0.0)
    again = forms.units[forms.units["key"] == key].assign(key=key + ending)
    return Forms(
        pd.concat([forms.plants, head], ignore_index=True),
        pd.concat([forms.units, again], ignore_index=True),
        forms.lines,
    )


def _moved(forms: Forms, key: str, ending: str, word: str, industry: str) -> Forms:
    """The units leave the plant's form for a separate one; VOCs and dust of the process stay."""
    plants, head = forms.plants.copy(), _second_head(forms.plants, key, ending, word, industry, key)
    stays = {"kg_VOCs": 1.0, "kg_PM": 0.2}
    mine = plants["key"] == key
    for column in MASSES:
        share = stays.get(column, 0.0)
        head[column] *= 1 - share
        plants.loc[mine, column] *= share
    units = forms.units.assign(key=forms.units["key"].where(forms.units["key"] != key, key + ending))
    lines = forms.lines[forms.lines["key"] != key].reset_index(drop=True)
    return Forms(pd.concat([plants, head], ignore_index=True), units, lines)
