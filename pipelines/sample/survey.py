"""The environmental statistics feed: yearly forms that enterprises fill in with national coefficients.

Here: who is on the list, what stands in the forms (heads, fuel, emission), and their usual faults. Not
here: county totals (`area`), the truth (`hours`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise, surveylist
from pipelines.sample.hours import Hours
from pipelines.sample.reports import Quarters
from pipelines.sample.stack import MEASURED
from pipelines.sample.surveylist import FORM, SITE_FILE
from pipelines.sample.world import POLLUTANTS, Streams, World

EMISSION_FILE = "statistics/synthetic_envstat_emission.csv"
@dataclass(frozen=True)
class Survey:
    """The forms: heads, emission and fuel as written, and the truth of the list (site → record key)."""

    heads: pd.DataFrame
    emission: pd.DataFrame
    fuel: pd.DataFrame
    listed: np.ndarray  # sites: True if the survey lists them
    record_key: dict[int, str]


def fill_in(world: World, hours: Hours, done: Quarters, streams: Streams, defects: feed.Defects) -> Survey:
    """All forms of the year."""
    rng, sites = streams.of("survey"), world.sites
    draw = rng.random(len(sites))
    missed = (sites["newer"] & (draw < noise.NEWER_MISSED)) | (
        (sites["management"] == "registration") & (draw >= noise.REGISTERED_LISTED)
    )
    listed = ~missed.to_numpy(bool)
    for i in np.flatnonzero(~listed):
        defects.plant(
            SITE_FILE,
            -1,
            sites.at[i, "site_uid"],
            "plant_missing",
            "",
            "coverage",
            "known to other feeds only; part of the county's estimate of plants not listed",
        )
    heads, keys = surveylist.heads(world, listed, streams.of("survey heads"), defects)
    parts = _coefficient_results(world, hours, done, listed, rng)
    fuels = _fuel_rows(world, parts, keys)
    emission = _emission_rows(world, parts, keys, rng)
    heads, emission, fuels = surveylist.add_closed(world, heads, emission, fuels, rng, defects)
    heads, emission, fuels = surveylist.add_own_power(world, heads, emission, fuels, keys, defects)
    return Survey(heads, emission, fuels, listed, keys)


# -- what the coefficients give ------------------------------------------------------------------------------


def _coefficient_results(
    world: World, hours: Hours, done: Quarters, listed: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Outlets of listed plants with the reported activity, fuel quality and kg per species."""
    table = world.outlets[listed[world.outlets["site"]]].copy()
    count = len(table)
    fuels = table[["fuel"]].merge(world.territory["fuels"], left_on="fuel", right_on="fuel_code", how="left")
    fuels.index = table.index
    table["activity"] = hours.activity.sum(axis=1)[table.index] * np.exp(
        noise.AMOUNT_SIGMA * rng.standard_normal(count)
    )
    table["fuel_amount"] = table["activity"] * table["fuel_per_activity"]
    test = noise.QUALITY_TEST_SIGMA
    site_draw = rng.random((3, len(world.sites)))[:, table["site"]]
    key = world.sites["management"].to_numpy()[table["site"]] == "key"
    is_coal = table["sulphur"].notna().to_numpy()
    tested = (site_draw[0] < np.where(key & is_coal, noise.NCV_TESTED_KEY, noise.NCV_TESTED_OTHER)) & (
        table["fuel"] != "msw"
    )
    table["ncv_form"] = np.where(
        tested, table["ncv"] * (1 + test * rng.standard_normal(count)), fuels["default_ncv"]
    )
    table["sulphur_form"] = table["sulphur"] * (1 + 5 * test * rng.standard_normal(count))
    table["ash_form"] = table["ash"] * (1 + 5 * test * rng.standard_normal(count))
    for species in POLLUTANTS:
        factor = table[f"coef_{species}"].to_numpy(float)
        if species == "SO2":
            factor = factor + (table["coef_SO2_per_s"] * table["sulphur_form"]).fillna(0)
        if species == "PM":
            factor = factor + (table["coef_PM_per_a"] * table["ash_form"]).fillna(0)
        table[f"kg_{species}"] = table["activity"] * factor
    _use_monitoring(table, done, site_draw[1])
    has_co = world.sites["co_in_form"].to_numpy()[table["site"]] == 1
    table["kg_CO"] = table["kg_CO"].where(has_co, 0.0)
    _greenhouse_gases(table, fuels, site_draw[2], rng)
    return table


def _use_monitoring(table: pd.DataFrame, done: Quarters, draw: np.ndarray) -> None:
    """Plants that file their monitor's yearly total instead of the coefficient result."""
    for species in MEASURED:
        yearly = done.kg[species].sum(axis=1)[table.index]
        automatic = np.all(done.automatic[species], axis=1)[table.index.to_numpy()]
        chosen = automatic & (draw < noise.MONITORING_BASED)
        table[f"kg_{species}"] = np.where(chosen, yearly, table[f"kg_{species}"])


def _greenhouse_gases(
    table: pd.DataFrame, fuels: pd.DataFrame, draw: np.ndarray, rng: np.random.Generator
) -> None:
    """CO2 with default or penalty carbon, CH4 and N2O with IPCC defaults; MSW: fossil part only."""
    coal_power = (table["group"] == "1A1") & (table["fuel"] == "bituminous_coal")
    tested = coal_power & (draw < noise.POWER_CARBON_TESTED)
    measured = table["carbon_t_gj"] * (1 + noise.QUALITY_TEST_SIGMA * rng.standard_normal(len(table)))
    carbon = np.where(tested, measured, np.where(coal_power, noise.PENALTY_CARBON, fuels["default_carbon"]))
    oxidation = np.where(coal_power, noise.PENALTY_OXIDATION, fuels["default_oxidation"])
    energy = (table["fuel_amount"] * table["ncv_form"]).fillna(0.0)
    combustion = energy * np.nan_to_num(carbon * oxidation * fuels["fossil_share"]) * (44 / 12) * 1000
    table["kg_CO2"] = combustion + table["activity"] * table["coef_process_co2"] * 1000
    table["kg_CH4"] = energy * 1e-3 * fuels["default_ch4"].fillna(0)
    table["kg_N2O"] = energy * 1e-3 * fuels["default_n2o"].fillna(0)


# -- rows as written -----------------------------------------------------------------------------------------


def _emission_rows(
    world: World, parts: pd.DataFrame, keys: dict[int, str], rng: np.random.Generator
) -> pd.DataFrame:
    """One row per plant and species; for some plants per unit, with one for what leaves by no stack."""
    by_part = (rng.random(len(world.sites)) < noise.BY_PART)[parts["site"]]
    frames = []
    for species in FORM:
        rows = pd.DataFrame(
            {
                "site": parts["site"],
                "kg": parts[f"kg_{species}"],
                "species": species,
                "part": [
                    f"G{u:02d}" if p else ""
                    for p, u in zip(by_part, parts.groupby("site").cumcount() + 1, strict=True)
                ],
                "outlet": np.where(by_part, parts["code"], ""),
            }
        )
        frames.append(
            rows.groupby(["site", "species", "part", "outlet"], sort=True, as_index=False)["kg"].sum()
        )
    table = pd.concat(frames)
    table = (
        table[table["kg"] > 0].sort_values(["site", "part", "species"], kind="stable").reset_index(drop=True)
    )
    in_kg = np.isin(table["species"], ["VOCs", "CH4", "N2O", "NH3"])  # forms give these in kg
    return pd.DataFrame(
        {
            "统计年份": world.year,
            "调查单位编号": table["site"].map(keys),
            "机组（工序）编号": table["part"],
            "排放口编号": table["outlet"],
            "污染物": table["species"].map(FORM),
            "统计期起": world.period[0],
            "统计期止": world.period[1],
            "排放量": feed.significant(np.where(in_kg, table["kg"], table["kg"] / 1000), 5),
            "计量单位": np.where(in_kg, "千克", "吨"),
        }
    )


def _fuel_rows(world: World, parts: pd.DataFrame, keys: dict[int, str]) -> pd.DataFrame:
    """Form 基102: one row per unit with its permit outlet."""
    table = parts[(parts["fuel"] != "") & (parts["fuel_amount"] > 0)]
    names = world.territory["fuels"].set_index("fuel_code")["name_zh"]
    table = table.sort_values(["site", "code"], kind="stable")
    return pd.DataFrame(
        {
            "统计年份": world.year,
            "调查单位编号": table["site"].map(keys),
            "排放口编号": table["code"],
            "燃烧方式": table["burning"],
            "燃料类型": table["fuel"].map(names),
            "统计期起": world.period[0],
            "统计期止": world.period[1],
            "消耗量(吨或万立方米)": feed.significant(table["fuel_amount"], 6),
            "低位发热量(GJ/吨或GJ/万立方米)": table["ncv_form"].round(3),
            "平均收到基含硫量(%)": table["sulphur_form"].round(2),
            "平均收到基灰分(%)": table["ash_form"].round(1),
        }
    ).reset_index(drop=True)


