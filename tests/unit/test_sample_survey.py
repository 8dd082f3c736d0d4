"""The synthetic statistics: forms agree with one another, editions and second forms are as the defects say."""

from functools import cache

import numpy as np
import pytest

from pipelines.sample import feed, hours, territory, world
from pipelines.sample.monitoring import stack
from pipelines.sample.permits import reports
from pipelines.sample.statistics import editions, survey
from pipelines.sample.statistics.surveylist import Flaw


@cache
def filled() -> survey.Survey:
    streams = world.Streams(7)
    made = world.build(territory.load("330000"), 60, 3, 7, 2025)
    happened = hours.simulate(made, streams)
    signals = stack.listen(made, happened, streams)
    done = reports.quarters(made, happened, stack.operator_quarters(made, signals), signals.rows, streams)
    return survey.fill_in(made, happened, done, streams, feed.Defects())


def test_every_calculation_line_works_out() -> None:
    lines = filled().forms.lines
    efficiency = lines["污染物去除效率/排污系数"].astype(float).fillna(0) / 100
    removed = efficiency * lines["污染治理设施实际运行率k"].astype(float).fillna(1)
    assert len(lines) > 100 and (removed > 0.5).any() and (removed == 0).any()
    np.testing.assert_allclose(lines["污染物产生量"] * (1 - removed), lines["污染物排放量"], rtol=1e-9)


def test_units_of_a_plant_add_up_to_its_total_where_nothing_else_emits() -> None:
    forms = filled().forms
    given = forms.units.dropna(subset=["kg_SO2"]).groupby("key")["kg_SO2"].sum()
    total = forms.plants.set_index("key")["kg_SO2"].reindex(given.index)
    assert len(given) > 5
    assert (given <= total * (1 + 1e-9)).all()
    assert np.isclose(given, total, rtol=1e-9).mean() > 0.7


def test_some_stacks_have_two_units_that_share_the_fuel() -> None:
    units = filled().forms.units
    stacks = units[units["outlet"] != ""].groupby(["key", "outlet"]).size()
    assert set(stacks) == {1, 2}


@pytest.mark.parametrize(("kind", "ending"), [("own_power_plant_twice", "-E"), ("waste_to_energy_twice", "-W")])
def test_a_plant_filed_twice_has_the_same_units_in_both_forms(kind: str, ending: str) -> None:
    made = filled()
    (second,) = [flaw.key for flaw in made.flaws if flaw.kind == kind]
    first = second.removesuffix(ending)
    mine, other = (made.forms.units[made.forms.units["key"] == key] for key in (first, second))
    assert len(mine) and mine.drop(columns="key").reset_index(drop=True).equals(
        other.drop(columns="key").reset_index(drop=True)
    )


def test_a_separate_power_plant_takes_the_boilers_out_of_its_owners_form() -> None:
    made = filled()
    (second,) = [flaw.key for flaw in made.flaws if flaw.kind == "own_power_plant_apart"]
    keys = set(made.forms.units["key"])
    assert second in keys and second.removesuffix("-E") not in keys
    head = made.forms.plants.set_index("key").loc[second]
    assert (head["是否自备电厂"], head["自备电厂所属单位编号"]) == ("是", second.removesuffix("-E"))


def test_every_plant_has_an_edition_and_preliminary_figures_differ() -> None:
    made, flaws = filled(), list[Flaw]()
    filed = editions.editions(made.forms, flaws, np.random.default_rng(1))
    final, early = (set(filed[edition].plants["key"]) for edition in ("final", "preliminary"))
    assert final | early == set(made.forms.plants["key"])
    assert final & early and early - final
    kg = {edition: forms.plants.set_index("key")["kg_NOx"] for edition, forms in filed.items()}
    both = sorted(final & early)
    changed = (kg["preliminary"][both] / kg["final"][both]).dropna()
    assert (changed - 1).abs().gt(1e-6).all()
    assert (changed > 900).sum() <= 1
    assert {flaw.kind for flaw in flaws} == {"preliminary_slip_1e3", "only_preliminary"}
    same = [key for key in early - final if key in kg["preliminary"].index]
    original = made.forms.plants.set_index("key")["kg_NOx"]
    assert kg["preliminary"][same].equals(original[same])


