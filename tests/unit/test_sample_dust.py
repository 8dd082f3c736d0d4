"""The true grain of dust in the synthetic province: sizes lie inside each other, whatever is drawn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sample import dust, territory, world

SHARE = st.floats(0.01, 0.99)
MEDIANS = st.tuples(SHARE, SHARE, SHARE, SHARE, st.floats(0, 2), st.floats(0, 2))


@given(st.lists(MEDIANS, min_size=1, max_size=20), st.integers(0, 2**32))
def test_sizes_lie_inside_each_other(rows: list[tuple[float, ...]], seed: int) -> None:
    table = pd.DataFrame(rows, columns=["pm10", "pm2_5", "bc", "oc", "size_sigma", "carbon_sigma"])
    table["pm2_5"] *= table["pm10"]
    drawn = dust.shares(table, np.random.default_rng(seed))
    assert (drawn > 0).all(axis=None)
    assert (drawn["PM10"] <= 1).all()
    assert (drawn["PM2.5"] <= drawn["PM10"]).all()
    assert (drawn["BC"] + drawn["OC"] <= drawn["PM2.5"]).all()


def test_without_spread_the_medians_come_back() -> None:
    table = pd.DataFrame(
        {"pm10": [0.99], "pm2_5": [0.93], "bc": [0.002], "oc": [0.004], "size_sigma": 0.0, "carbon_sigma": 0.0}
    )
    drawn = dust.shares(table, np.random.default_rng(1))
    assert drawn.iloc[0].tolist() == pytest.approx([0.99, 0.93, 0.93 * 0.002, 0.93 * 0.004], rel=1e-12)


def test_every_outlet_and_county_class_with_dust_has_its_grain() -> None:
    province = world.build(territory.load("330000"), 200, 1, 7, 2025)
    assert province.outlets[[f"dust_{species}" for species in dust.SPECIES]].notna().all(axis=None)
    power = province.outlets[
        (province.outlets["flue_gas"] > 0)
        & (province.outlets["group"] == "1A1")
        & (province.outlets["fuel"] == "bituminous_coal")
    ]
    assert len(power) > 10
    assert 0.85 < power["dust_PM2.5"].median() < 0.96  # behind filters nearly all is fine (Liu 2020: 0.93)
    classes = set(province.territory["area"].query("species == 'PM'")["source_class"]) | {"industry_nonkey"}
    assert classes <= set(province.territory["dust"]["subject"])


def test_county_dust_keeps_one_grain_over_the_months() -> None:
    table = territory.load("330000")["dust"]
    dusty = pd.DataFrame(
        {"county": ["a", "b", "a"], "source_class": "life", "species": "PM", "month": [1, 1, 2], "kg": [1.0, 1.0, 3.0]}
    )
    fine = dust.of_area(table, dusty, np.random.default_rng(1))
    assert len(fine) == 4 * 3
    of_a = fine[(fine["county"] == "a") & (fine["species"] == "PM2.5")].set_index("month")["kg"]
    assert of_a[2] == pytest.approx(3 * of_a[1], rel=1e-12)
