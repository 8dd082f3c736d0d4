"""The true world of the sample: it closes, obeys the carbon balance, and has the sizes of the brief."""

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pipelines.sample
from pipelines.errors import UsageError
from pipelines.sample import hours, noise, territory, world
from pipelines.sample.monitoring import stack
from pipelines.sample.statistics import area


@cache
def made(sites: int, months: int, seed: int = 7) -> tuple[world.World, hours.Hours]:
    province = world.build(territory.load("330000"), sites, months, seed, 2025)
    return province, hours.simulate(province, world.Streams(seed))


@pytest.mark.parametrize("species", world.SPECIES)
def test_months_are_the_sums_of_their_hours(species: str) -> None:
    province, happened = made(20, 3)
    hourly = happened.mass_kg(species)
    assert hourly.shape == (len(province.outlets), province.hours)
    assert province.hours == 24 * (31 + 28 + 31)
    assert (hourly >= 0).all()
    assert hourly.sum() > 0
    february = hourly[:, 24 * 31 : 24 * 59].sum(axis=1)
    np.testing.assert_allclose(happened.monthly_kg(species)[:, 1], february, rtol=1e-12)
    np.testing.assert_allclose(happened.monthly_kg(species).sum(), hourly.sum(), rtol=1e-12)


def test_nothing_is_emitted_while_a_line_is_stopped() -> None:
    _, happened = made(20, 3)
    stopped = ~happened.running
    assert stopped.any()
    for species in ("NOx", "CO2"):
        assert happened.mass_kg(species)[stopped].sum() == 0


def test_carbon_dioxide_is_the_carbon_balance_of_the_true_fuel() -> None:
    province, happened = made(20, 3)
    coal = province.outlets[province.outlets["fuel"] == "bituminous_coal"]
    burning = coal[coal["process_co2"] == 0]
    row = burning.iloc[0]
    tonnes = happened.fuel()[burning.index[0]] * row["ncv"] * row["carbon_t_gj"] * row["oxidation"] * 44 / 12
    assert tonnes > 0
    assert happened.monthly_kg("CO2")[burning.index[0]].sum() == pytest.approx(tonnes * 1000, rel=1e-9)
    waste = province.outlets.index[province.outlets["fuel"] == "msw"]
    fossil, all_carbon = (sum(happened.monthly_kg(s)[waste].sum() for s in kinds)
                          for kinds in (("CO2",), ("CO2", "CO2_bio")))
    assert 0.25 < fossil / all_carbon < 0.55  # 39 % ± 5 % of the carbon of waste is fossil


def test_ultra_low_emission_units_lie_around_the_measured_factors() -> None:
    province, _ = made(200, 1)
    units = province.outlets[province.outlets["fuel"] == "bituminous_coal"]
    power = units[province.sites["type"].to_numpy()[units["site"]] == "coal_power"]
    assert len(power) >= 12
    for species, measured in (("PM", 0.0099), ("SO2", 0.113), ("NOx", 0.288)):  # brief A21, kg/t coal
        assert power[f"ef_{species}"].median() == pytest.approx(measured, rel=0.5)


def test_lists_have_the_proportions_of_the_brief() -> None:
    province, happened = made(200, 12)
    permits = (province.sites["management"] != "registration").sum()
    assert len(province.registrations) == round(permits * 367_600 / 20_800)
    small = area.truth(province, world.Streams(7))
    small = small[small["source_class"] == "industry_nonkey"].groupby("species")["kg"].sum()
    for species in ("SO2", "NOx", "PM", "VOCs"):  # listed plants hold at least 85 % (brief 06 §6.1)
        listed = happened.monthly_kg(species).sum()
        assert listed / (listed + small[species]) >= 0.85


def test_real_codes_only() -> None:
    province, _ = made(200, 1)
    counties, industries = province.territory.counties, province.territory["industries"]
    assert len(counties) == 90 and counties["code"].is_unique
    assert set(province.sites["county"]) | set(province.registrations["county"]) <= set(counties["code"])
    used = set(province.sites["industry"]) | set(province.registrations["industry"])
    assert used <= set(industries["code"])
    inside = province.sites.merge(counties, left_on="county", right_on="code")
    assert inside["lon"].between(inside["lon_min"], inside["lon_max"]).all()
    assert inside["lat"].between(inside["lat_min"], inside["lat_max"]).all()


def test_permit_numbers_have_their_form_and_are_distinct() -> None:
    province, _ = made(200, 1)
    numbers = pd.concat([province.sites["permit"], province.registrations["permit"]])
    assert numbers.is_unique
    assert numbers.str.fullmatch(r"(91[0-9A-HJ-NP-RTUWXY]{16}|H9\d{15}[a-hj-np-z])00[12][A-Z]").all()
    assert province.sites["name"].is_unique
    assert (province.sites["serial"] == 2).any()  # one company, two sites


def test_monitors_read_the_truth_within_their_error() -> None:
    province, happened = made(40, 3)
    signals = stack.listen(province, happened, world.Streams(7))
    for species in stack.MEASURED:
        good = signals.arrived & (signals.flag[species] == stack.N) & signals.running
        rows = good.sum(axis=1) > 500
        assert rows.sum() >= 10
        read = np.where(good, signals.mass[species], 0).sum(axis=1)[rows]
        true = np.where(good, happened.mass_kg(species, signals.rows), 0).sum(axis=1)[rows]
        assert abs(np.median(read / true) - 1) < 0.04
        assert (np.abs(read / true - 1) < 0.20).all()


def test_monitors_have_gaps_of_every_kind() -> None:
    province, happened = made(40, 12)
    signals = stack.listen(province, happened, world.Streams(7))
    flags = signals.flag["PM"][signals.arrived]
    assert set(np.unique(flags)) >= {stack.N, stack.C, stack.M, stack.D, stack.F, stack.T, stack.B}
    assert 0.005 < 1 - signals.arrived.mean() < 0.06
    told = stack.operator_quarters(province, signals)["PM"]
    share = np.isnan(told[(signals.flag["PM"] >= 0).any(axis=1)]).mean()
    assert 0 < share < 4 * noise.LONG_OUTAGE  # quarters with too few valid hours exist and are few


def test_unknown_provinces_are_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="no sample province 990000"):
        territory.load("990000")


def test_the_generator_imports_nothing_of_the_pipeline() -> None:
    files = sorted(Path(pipelines.sample.__file__).parent.rglob("*.py"))
    assert len(files) >= 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            foreign = [
                name for name in names
                if name.split(".")[0] == "pipelines"
                and not name.startswith(("pipelines.sample", "pipelines.errors"))
            ]
            assert not foreign, f"{file.name} imports {foreign}"
