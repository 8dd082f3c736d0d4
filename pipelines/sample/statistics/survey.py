"""The environmental statistics feed: yearly forms that enterprises fill in with national coefficients.

Here: who is on the list, and what the coefficients give for each outlet. Not here: heads and the list's faults
(`surveylist`), units (`units`), calculation lines (`calculation`), files and editions (`surveyfiles`), county
totals (`area`).
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.hours import Hours
from pipelines.sample.monitoring.stack import MEASURED
from pipelines.sample.permits.reports import Quarters
from pipelines.sample.statistics import calculation, surveylist, units
from pipelines.sample.statistics.surveylist import Flaw, Forms
from pipelines.sample.world import POLLUTANTS, Streams, World


@dataclass(frozen=True)
class Survey:
    """The forms as filled in, once per plant, and the truth of the list (site → record key)."""

    forms: Forms
    listed: np.ndarray  # sites: True if the survey lists them
    record_key: dict[int, str]
    flaws: list[Flaw] = field(default_factory=list)


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
            "", -1, sites.at[i, "site_uid"], "plant_missing", "", "coverage",
            "known to other feeds only; part of the county's estimate of plants not listed", 15,
        )  # fmt: skip
    heads, keys, flaws = surveylist.heads(world, listed, streams.of("survey heads"))
    parts = _coefficient_results(world, hours, done, listed, rng, streams.of("survey quality"))
    parts["key"] = parts["site"].map(keys)
    totals = parts.groupby("key")[[f"kg_{s}" for s in surveylist.FORM]].sum()
    plants = heads.merge(totals, left_on="key", right_index=True, how="left")
    by_part = pd.Series(rng.random(len(sites)) < noise.BY_PART)
    machines = units.units(world, hours, parts, by_part, streams.of("survey units"))
    lines = calculation.lines(world, parts, done, streams.of("survey calculation"))
    flaws += _missing_quality(machines)
    forms = surveylist.add_closed(world, plants, machines, lines, rng, flaws)
    return Survey(surveylist.add_separate_forms(world, forms, keys, flaws), listed, keys, flaws)


def _missing_quality(machines: pd.DataFrame) -> list[Flaw]:
    burns_coal = machines["fuel"] == "bituminous_coal"
    bare = machines[burns_coal & machines["sulphur"].isna()]
    return [
        Flaw("unit", u.key, u.unit, "sulphur_missing", "燃料一 收到基含硫量(%)", "coverage",
             "no sulphur in the activity data: the default counts and the cell stays empty", 17)
        for u in bare.itertuples()
    ]  # fmt: skip


def _coefficient_results(
    world: World,
    hours: Hours,
    done: Quarters,
    listed: np.ndarray,
    rng: np.random.Generator,
    gaps: np.random.Generator,
) -> pd.DataFrame:
    """Outlets of listed plants with reported activity, fuel quality, kg per species and the coefficient's own kg."""
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
    left_out = (gaps.random(len(world.sites)) < noise.NO_SULPHUR)[table["site"]]
    table["sulphur_used"] = table["sulphur_form"].where(~left_out, fuels["sulphur"])
    table["sulphur_form"] = table["sulphur_form"].where(~left_out)
    for species in POLLUTANTS:
        factor = table[f"coef_{species}"].to_numpy(float)
        if species == "SO2":
            factor = factor + (table["coef_SO2_per_s"] * table["sulphur_used"]).fillna(0)
        if species == "PM":
            factor = factor + (table["coef_PM_per_a"] * table["ash_form"]).fillna(0)
        table[f"kg_{species}"] = table["activity"] * factor
    has_co = world.sites["co_in_form"].to_numpy()[table["site"]] == 1
    table["kg_CO"] = table["kg_CO"].where(has_co, 0.0)
    table = table.assign(**{f"coefficient_{species}": table[f"kg_{species}"] for species in POLLUTANTS})
    _use_monitoring(table, done, site_draw[1])
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
