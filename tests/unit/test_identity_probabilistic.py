"""The model of linking and its settings: what stands in the configuration is what the model was trained for."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.identity import dirt
from pipelines.identity.config import load_linking
from pipelines.identity.matching import probabilistic, train

CONFIG = load_linking().probabilistic or {}


@pytest.fixture(scope="module")
def model() -> dict:
    return json.loads((probabilistic.ROOM / CONFIG["model"]).read_text(encoding="utf-8"))


def conditions(settings: dict) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (
            comparison["output_column_name"],
            [(level["sql_condition"], level["label_for_charts"]) for level in comparison["comparison_levels"]],
        )
        for comparison in settings["comparisons"]
    ]


def test_the_model_was_trained_for_the_comparisons_of_the_configuration(model: dict) -> None:
    expected = conditions(probabilistic.untrained_settings(CONFIG))
    assert len(expected) == len(CONFIG["comparisons"]) >= 5
    assert conditions(model["settings"]) == expected, "linking.yaml has changed since: make train-identity"


def test_the_model_compares_no_ids(model: dict) -> None:
    text = json.dumps(conditions(model["settings"]))
    assert not any(word in text for word in ("record_key", "permit_key", "own_key", "scheme", "plant_key"))


def test_weights_are_probabilities_and_agreement_speaks_for_a_pair(model: dict) -> None:
    for comparison in model["settings"]["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for share in ("m_probability", "u_probability"):
            assert sum(level[share] for level in levels) == pytest.approx(1, abs=1e-5)
            assert min(level[share] for level in levels) > 0
        first, last = levels[0], levels[-1]
        assert first["m_probability"] > first["u_probability"]
        assert last["m_probability"] < last["u_probability"]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=2, max_size=6))
def test_smoothed_shares_are_shares(shares: list[float | None]) -> None:
    levels = [{"m": share} for share in shares]
    train._smooth(levels, "m", 0.01)
    assert sum(level["m"] for level in levels) == pytest.approx(1, abs=1e-5)
    assert all(0 < level["m"] <= 1 for level in levels)


def test_labelled_pairs_are_counted_over_both_sides() -> None:
    rows = [("a", True), ("a", True), ("a", False), ("b", True), ("c", False), (None, True), (None, False)]
    table = pa.table({"label": [label for label, _ in rows], "is_open": [is_open for _, is_open in rows]})
    assert train._labelled_pairs(table) == 2


def test_dirt_is_heavy_and_repeatable() -> None:
    clean = pd.DataFrame(
        {
            "site_name": [f"西湖区瑞丰{n}热电有限公司" for n in range(400)],
            "legal_code": ["91330100799655058B"] * 400,
            "permit_key": ["91330100799655058B001P"] * 400,
            "region_code": ["330106"] * 400,
            "industry_code": ["4412"] * 400,
            "address": ["文三路1号"] * 400,
            "lon_deg": np.full(400, 120.1),
            "lat_deg": np.full(400, 30.2),
        }
    )
    soiled = dirt.soil(clean, 3)
    pd.testing.assert_frame_equal(soiled, dirt.soil(clean, 3))
    changed = (soiled.astype(object).where(soiled.notna(), None) != clean.astype(object)).any(axis=1)
    assert 0.4 < changed.mean() < 0.6
    assert (soiled["legal_code"].str.len() == 9).sum() > 10
    assert soiled["legal_code"].isna().sum() > 40
