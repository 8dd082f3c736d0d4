"""Raw rows on the calendar: states, flags, re-sent hours, any order of arrival."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.monitoring.hours import Calendar, lay_out
from pipelines.monitoring.rules import STATES, TREATMENTS, Marks

FLAGS = Marks({("*", ""): "accept", ("*", "N"): "accept", ("*", "F"): "invalid"}, "unknown")
TAGS = Marks({("*", "停运"): "stopped", ("*", "停炉"): "running"}, "unknown")
COLUMNS = {
    "monitor": pa.int32(),
    "hour": pa.int32(),
    "source_file_id": pa.string(),
    "row_no": pa.int64(),
    "operating_fraction": pa.float64(),
    "production_state": pa.string(),
    "heat_input_gj": pa.float64(),
    "gross_load_mwh": pa.float64(),
    "so2_mass": pa.float64(),
    "so2_flag": pa.string(),
}


def table(*rows):
    """Rows as dicts; what is not given is null, monitor 0, file a, row its place."""
    full = [{"monitor": 0, "source_file_id": "a", "row_no": at, **row} for at, row in enumerate(rows, 1)]
    return pa.table({name: pa.array([row.get(name) for row in full], kind) for name, kind in COLUMNS.items()})


def place(raw, hours=6, monitors=1):
    return lay_out(raw, (monitors, hours), ["so2"], "X", FLAGS, TAGS)


def test_state_by_tag_then_by_operating_fraction_and_unknown_where_nothing_says():
    batch = place(
        table(
            {"hour": 0, "production_state": "停运", "operating_fraction": 1.0},
            {"hour": 1, "production_state": "停炉", "operating_fraction": 0.0},
            {"hour": 2, "operating_fraction": 0.0},
            {"hour": 3, "operating_fraction": 0.2},
            {"hour": 4, "production_state": "?"},
        )
    )
    states = [STATES[code] for code in batch.state[0]]
    assert states == ["stopped", "running", "stopped", "running", "unknown", "unknown"]
    assert ("state", "", "?", "unknown", 1) in batch.marks


def test_flags_become_treatments_and_are_counted():
    batch = place(
        table(
            {"hour": 0, "so2_mass": 1.0, "so2_flag": "N"},
            {"hour": 1, "so2_mass": 2.0},
            {"hour": 2, "so2_mass": 3.0, "so2_flag": "F"},
            {"hour": 3, "so2_mass": 4.0, "so2_flag": "X"},
            {"hour": 4},
        )
    )
    treatment = [TREATMENTS[code] for code in batch.series[0].treatment[0]]
    assert treatment == ["accept", "accept", "invalid", "unknown", "missing", "missing"]
    counted = {(mark, meaning): hours for kind, _, mark, meaning, hours in batch.marks if kind == "flag"}
    assert counted == {
        ("N", "accept"): 1, ("", "accept"): 1, ("F", "invalid"): 1, ("X", "unknown"): 1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("a", 1, "N"), ("a", 2, "N")], 2.0),  # the last one wins
        ([("a", 1, "N"), ("a", 2, "F")], 1.0),  # the last valid one wins
        ([("a", 1, "F"), ("a", 2, "F")], 2.0),
        ([("b", 1, "N"), ("a", 9, "N")], 1.0),  # files in the order of their ids
    ],
)
def test_of_a_resent_hour_the_last_valid_row_counts(rows, kept):
    raw = table(
        *(
            {"hour": 2, "source_file_id": file, "row_no": no, "so2_mass": mass, "so2_flag": flag}
            for mass, (file, no, flag) in enumerate(rows, 1)
        )
    )
    batch = place(raw)
    assert batch.series[0].mass_kg[0, 2] == kept and batch.duplicates == 1


def test_an_hour_told_in_parts_is_put_together():
    raw = table(
        {"hour": 1, "production_state": "停炉", "heat_input_gj": 7.0},
        {"hour": 1, "so2_mass": 2.0, "so2_flag": "N"},
        {"hour": 1},
    )
    batch = place(raw)
    assert (STATES[batch.state[0, 1]], batch.series[0].mass_kg[0, 1]) == ("running", 2.0)
    assert batch.row_columns["heat_input_gj"].to_pylist()[1] == 7.0
    assert batch.row_columns["row_no"].to_pylist() == [None, 2, None, None, None, None]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9), st.sampled_from("NFX"), st.sampled_from("abc"))),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_rows_arrive_does_not_matter(found, random):
    rows = [
        {"monitor": monitor, "hour": hour, "so2_mass": float(no), "so2_flag": flag, "source_file_id": file,
         "row_no": no, "production_state": "停运" if no % 3 else None}
        for no, (monitor, hour, flag, file) in enumerate(found, 1)
    ]  # fmt: skip
    mixed = random.sample(rows, len(rows))
    one, other = place(table(*rows), 10, 2), place(table(*mixed), 10, 2)
    np.testing.assert_array_equal(one.state, other.state)
    for first, second in zip(one.series, other.series, strict=True):
        np.testing.assert_array_equal(first.mass_kg, second.mass_kg)
        np.testing.assert_array_equal(first.treatment, second.treatment)
        np.testing.assert_array_equal(first.flag, second.flag)
        assert first.flag_texts == second.flag_texts
    assert one.duplicates == other.duplicates and sorted(one.marks) == sorted(other.marks)


def test_calendar_knows_leap_years_and_quarters():
    calendar = Calendar(2019, 2020)
    assert len(calendar.hour_start) == 8760 + 8784
    assert np.bincount(calendar.quarter).tolist() == [2160, 2184, 2208, 2208, 2184, 2184, 2208, 2208]
    assert [str(day) for day in calendar.quarter_starts[[0, 4, 7]]] == [
        "2019-01-01",
        "2020-01-01",
        "2020-10-01",
    ]
