"""Boilers, kilns and turbines as the unit forms (基102, 基103) describe them: size, fuel, control, emission.

Here: one row per unit, in the units of measure that people use. Not here: the coefficients (`survey`), files
(`surveyfiles`).
"""

from typing import Any

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.hours import Hours
from pipelines.sample.monitoring.stack import MEASURED
from pipelines.sample.world import World

BY_UNIT = (*MEASURED, "VOCs", "CO2")  # species with a column in the form
IN_KG = ("VOCs", "NH3", "CH4", "N2O")  # forms give these in kg
KIND = {"bituminous_coal": "燃煤锅炉", "natural_gas": "燃气锅炉", "biomass": "其他锅炉", "msw": "其他锅炉"}
# the usual unit of amounts and heat values, and the other one that some plants write (factor: value in it)
AMOUNT = {"吨": ("吨", 1.0, "万吨", 1e-4), "万立方米": ("万立方米", 1.0, "立方米", 1e4)}
HEAT = {"吨": ("千焦/千克", 1e3, "兆焦/千克", 1.0), "万立方米": ("千焦/立方米", 100.0, "兆焦/立方米", 0.1)}
STEAM_MW = 0.7  # MW per t/h of steam, nameplate rule
SPLIT = (0.6, 0.4)  # shares of two units on one stack


def units(
    world: World, hours: Hours, parts: pd.DataFrame, by_part: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per unit of listed plants; emission only of plants `by_part` (by site)."""
    burning = parts[(parts["fuel"] != "") & (parts["fuel_amount"] > 0)]
    burning = burning.assign(row=burning.index, type=world.sites["type"].to_numpy()[burning["site"]])
    shared = (rng.random(len(burning)) < noise.TWO_UNITS) & (burning["burning"] != "燃气轮机").to_numpy()
    first = burning.assign(share=np.where(shared, SPLIT[0], 1.0))
    table = pd.concat([first, burning[shared].assign(share=SPLIT[1])]).sort_values(["site", "code"], kind="stable")
    table["unit"] = table.groupby("site").cumcount() + 1
    table = table.reset_index(drop=True)
    names = world.territory["fuels"].set_index("fuel_code")
    other = (rng.random(len(world.sites)) < noise.OTHER_FUEL_UNIT)[table["site"]]
    amount, heat = _told(table, names["unit_zh"], other)
    running = hours.running[table["row"]].sum(axis=1)
    control = world.territory["controls"]
    given = table["site"].map(by_part).to_numpy(bool)
    kiln = table["burning"] == "炉窑"
    return pd.DataFrame(
        {
            "key": table["key"],
            "unit": table["unit"],
            "fuel": table["fuel"],
            "name": [f"{u}号{_machine(b)}" for u, b in zip(table["unit"], table["burning"], strict=True)],
            "kind": [_kind(f, b) for f, b in zip(table["fuel"], table["burning"], strict=True)],
            "burning": table["burning"],
            **_size(table, other),
            "hours": running,
            "product": np.where(kiln, table["product"].replace("", "主要产品"), ""),
            "output": feed.significant((table["activity"] * table["share"]).where(kiln), 5),
            "output_unit": np.where(kiln, "吨", ""),
            "fuel_name": table["fuel"].map(names["name_zh"]),
            **amount,
            **heat,
            "sulphur": table["sulphur_form"].round(2),
            "ash": table["ash_form"].round(1),
            "outlet": table["code"],
            **{f"{word}_{s}": _control(table, control, s, word)
               for s in MEASURED for word in ("treatment", "efficiency_pct", "operating_rate")},
            **{f"kg_{s}": (table[f"kg_{s}"] * table["share"]).where(given & (table[f"kg_{s}"] > 0))
               for s in BY_UNIT},
        }
    )  # fmt: skip


def _told(table: pd.DataFrame, unit: pd.Series, other: np.ndarray) -> tuple[dict[str, Any], dict[str, Any]]:
    """Amount and heat value in the units that the plant writes, beside those units."""
    usual = table["fuel"].map(unit)
    amounts = [AMOUNT[u][2 * o : 2 * o + 2] for u, o in zip(usual, other.astype(int), strict=True)]
    heats = [HEAT[u][2 * o : 2 * o + 2] for u, o in zip(usual, other.astype(int), strict=True)]
    burnt = table["fuel_amount"] * table["share"]
    return (
        {"amount": feed.significant(burnt * [f for _, f in amounts], 6), "amount_unit": [u for u, _ in amounts]},
        {
            "heat": feed.significant(table["ncv_form"] * [f for _, f in heats], 6),
            "heat_unit": np.where(table["ncv_form"].notna(), [u for u, _ in heats], ""),
        },
    )


def _size(table: pd.DataFrame, other: np.ndarray) -> dict[str, Any]:
    """Nameplate: heat of boilers and kilns, electricity of turbines; boilers of power stations also their set."""
    heat_mw = table["rate"] * table["fuel_per_activity"] * table["ncv"] / 3.6 * 0.9 * table["share"]
    turbine = (table["burning"] == "燃气轮机").to_numpy()
    power = (table["group"] == "1A1").to_numpy() & ~turbine
    in_steam = ~turbine & ~other & (table["burning"] != "炉窑").to_numpy()
    rated = np.where(turbine, heat_mw * 0.38, np.where(in_steam, heat_mw / STEAM_MW, heat_mw))
    return {
        "rated": feed.significant(rated, 3),
        "rated_unit": np.where(in_steam, "蒸吨/时", "兆瓦"),
        "capacity": np.where(power, feed.significant(heat_mw * 0.35 / 10, 3), np.nan),
    }


def _machine(burning: str) -> str:
    return burning if burning in ("燃气轮机", "炉窑") else "锅炉"


def _kind(fuel: str, burning: str) -> str:
    return {"燃气轮机": "燃气轮机", "炉窑": "工业炉窑"}.get(burning, KIND[fuel])


def control_of(control: pd.DataFrame, kind: str, fuel: str, species: str) -> Any:
    """The row of the table of controls that fits best (its own kind of plant first), or None."""
    fits = control[(control["species"] == species) & (control["fuel"] == fuel) & control["type"].isin([kind, "*"])]
    return None if fits.empty else fits.sort_values("type", ascending=False, kind="stable").iloc[0]


def _control(table: pd.DataFrame, control: pd.DataFrame, species: str, word: str) -> list[Any]:
    found = [control_of(control, k, f, species) for k, f in zip(table["type"], table["fuel"], strict=True)]
    return [None if row is None else row[word] for row in found]
