"""Filling of gaps: rows worked by hand, a slow reference, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.monitoring import FillRule, RuleSet, outliers, substitute
from pipelines.monitoring.substitution import keep_substitutes

# The shape of HJ 75-2017 with windows a person can follow: 24 h -> 2 h, 180 -> 3, 720 -> 5, 2160 -> 8
SMALL = RuleSet(
    "small",
    "substitute",
    (FillRule("A3", 90, None, 2, 3), FillRule("A5", 90, None, None, 5), FillRule("B8", 75, 90, None, 8)),
    capture_min_pct=75,
)
HJ75 = RuleSet(
    "HJ75-2017",
    "substitute",
    (
        FillRule("HJ75-180", 90, None, 24, 180),
        FillRule("HJ75-720", 90, None, None, 720),
        FillRule("HJ75-2160", 75, 90, None, 2160),
    ),
    capture_min_pct=75,
)
NAN = np.nan


def rule_names(result, rules):
    names = np.array(rules.fill_names)
    return names[result.fill_code]


def run(mass, rules, stopped=(), quarter=None, **more):
    """One series given as numbers and NaN for a missing hour."""
    mass = np.array([mass], float)
    stops = np.zeros(mass.shape, bool)
    stops[0, list(stopped)] = True
    quarter = np.zeros(mass.shape[1], int) if quarter is None else np.array(quarter)
    return substitute(mass, np.isfinite(mass), stops, quarter, rules, **more)


def test_short_gap_takes_the_maximum_of_the_last_hours_before_it():
    # the 9 is the fourth valid hour before the gap: outside a window of three
    mass = [1, 9, 4, 5, 3, NAN, NAN, *[2] * 33]
    result = run(mass, SMALL)
    assert result.capture[0, 0] == 38 / 40
    np.testing.assert_array_equal(result.filled_kg[0, 5:7], [5, 5])
    assert list(rule_names(result, SMALL)[0, 4:8]) == ["", "A3", "A3", ""]
    assert np.isnan(result.filled_kg[0, :5]).all() and np.isnan(result.filled_kg[0, 7:]).all()


def test_long_gap_looks_further_back():
    mass = [8, 9, 1, 4, 5, 3, NAN, NAN, NAN, *[2] * 31]
    result = run(mass, SMALL)
    np.testing.assert_array_equal(result.filled_kg[0, 6:9], [9, 9, 9])
    assert set(rule_names(result, SMALL)[0, 6:9]) == {"A5"}


def test_low_capture_uses_the_longest_window_and_lower_capture_nothing():
    medium = run([7, 1, 1, 1, 1, 1, 1, 1, NAN, *[1] * 1], SMALL)  # 90 %: still the first rule
    assert rule_names(medium, SMALL)[0, 8] == "A3" and medium.filled_kg[0, 8] == 1
    low = run([7, 1, 1, 1, 1, 1, 1, 1, NAN, NAN], SMALL)  # 80 %
    assert rule_names(low, SMALL)[0, 8] == "B8" and low.filled_kg[0, 8] == 7
    edge = run([7, 1, 1, NAN], SMALL)  # 75 % is still usable; three valid hours are less than eight
    assert rule_names(edge, SMALL)[0, 3] == "B8*" and edge.filled_kg[0, 3] == 7 and edge.is_usable[0, 0]
    unusable = run([7, 1, NAN, NAN, 1, 1, 1, NAN], SMALL)  # 62.5 %
    assert not unusable.is_usable[0, 0]
    assert np.isnan(unusable.filled_kg).all() and not unusable.fill_code.any()


def test_without_an_earlier_valid_hour_nothing_is_filled():
    result = run([NAN, *[5] * 20, NAN], SMALL)
    assert np.isnan(result.filled_kg[0, 0]) and result.filled_kg[0, -1] == 5


def test_stopped_hours_are_out_of_the_base_and_neither_count_in_a_gap_nor_break_it():
    # hours 4 and 7 are missing, 5 and 6 the source stood still: one gap of two hours
    mass = [1, 2, 3, 4, NAN, 99, NAN, NAN, *[1] * 12]
    result = run(mass, SMALL, stopped=[5, 6])
    assert result.stopped_hours[0, 0] == 2 and result.accepted_hours[0, 0] == 16
    assert result.capture[0, 0] == 16 / 18  # the zero-drift value 99 does not count
    low_rule = run([*mass, *[1] * 20], SMALL, stopped=[5, 6])
    np.testing.assert_array_equal(low_rule.filled_kg[0, 4:8], [4, NAN, NAN, 4])
    assert rule_names(low_rule, SMALL)[0, 4] == "A3"


def test_a_source_that_never_ran_has_no_capture_but_is_usable():
    result = run([NAN] * 4, SMALL, stopped=range(4))
    assert np.isnan(result.capture[0, 0]) and result.is_usable[0, 0] and not result.fill_code.any()


def test_a_gap_across_a_quarter_follows_each_quarters_capture_and_its_whole_length():
    # 40 + 10 hours; gap of three: two hours in the first quarter (95 %), one in the second (70 %)
    mass = [6, *[1] * 32, 2, 3, 4, 5, 1, NAN, NAN, NAN, *[1] * 7, NAN, NAN]
    result = run(mass, SMALL, quarter=[0] * 40 + [1] * 10)
    assert list(rule_names(result, SMALL)[0, 38:41]) == ["A5", "A5", ""]  # gap of three: not "A3"
    assert list(result.is_usable[0]) == [True, False]
    lower = run([*mass[:-2], 1, 1], SMALL, quarter=[0] * 40 + [1] * 10)  # second quarter now 90 %
    np.testing.assert_array_equal(lower.filled_kg[0, 38:41], [5, 5, 5])


def test_windows_run_across_the_quarter():
    mass = [*[1] * 39, 8, 1, NAN, *[1] * 18]
    result = run(mass, SMALL, quarter=[0] * 40 + [1] * 20)
    assert result.filled_kg[0, 41] == 8


def test_a_window_never_reaches_into_another_series():
    mass = np.array([[50.0] * 20, [1.0, NAN, *[1.0] * 18]])
    result = substitute(mass, np.isfinite(mass), np.zeros(mass.shape, bool), np.zeros(20, int), SMALL)
    assert result.filled_kg[1, 1] == 1 and rule_names(result, SMALL)[1, 1] == "A3*"


@pytest.mark.parametrize(("place", "filled"), [(180, 100.0), (181, 1.0)])
def test_hj75_window_is_180_valid_hours(place, filled):
    gap = 1000
    mass = np.ones(2160)
    mass[gap - place] = 100.0  # so many valid hours before the gap
    mass[gap : gap + 24] = NAN
    result = run(mass, HJ75)
    assert set(result.filled_kg[0, gap : gap + 24]) == {filled}
    assert set(rule_names(result, HJ75)[0, gap : gap + 24]) == {"HJ75-180"}


@pytest.mark.parametrize(
    ("valid_hours", "name"), [(1944, "HJ75-720"), (1943, "HJ75-2160*"), (1620, "HJ75-2160*"), (1619, "")]
)
def test_hj75_capture_limits_are_exact(valid_hours, name):
    mass = np.full(2160, NAN)
    mass[:valid_hours] = 1.0
    result = run(mass, HJ75)
    assert rule_names(result, HJ75)[0, -1] == name


def test_out_of_control_counts_back_to_the_last_passed_calibration():
    # calibrations at 10 (passed: a valid hour follows) and at 18 (failed: out of control follows)
    mass = [*[1] * 9, 3, NAN, *[9] * 7, NAN, NAN, *[1] * 60]
    calibration, out_of_control = np.zeros((1, 80), bool), np.zeros((1, 80), bool)
    calibration[0, [10, 18]] = True
    out_of_control[0, 19] = True
    plain = run(mass, SMALL)
    np.testing.assert_array_equal(plain.filled_kg[0, 18:20], [9, 9])
    result = run(mass, SMALL, calibration=calibration, out_of_control=out_of_control)
    np.testing.assert_array_equal(result.filled_kg[0, 18:20], [3, 3])
    assert result.filled_kg[0, 10] == 3
    never = run(mass, SMALL, calibration=np.zeros((1, 80), bool), out_of_control=out_of_control)
    np.testing.assert_array_equal(never.filled_kg[0, 18:20], [9, 9])


def test_other_statistics():
    rules = RuleSet(
        "papers",
        "substitute",
        (
            FillRule("near", 0, None, 1, statistic="neighbour_mean"),
            FillRule("month", 0, None, 2, statistic="month_mean"),
            FillRule("off", 0, None, None, statistic="zero"),
        ),
    )
    mass = [NAN, 2, NAN, 4, NAN, NAN, 6, NAN, NAN, NAN, 8, NAN]
    result = run(mass, rules, month_index=np.array([0] * 6 + [1] * 6))
    np.testing.assert_array_equal(result.filled_kg[0], [2, NAN, 3, NAN, 3, 3, NAN, 0, 0, 0, NAN, 8])
    assert rule_names(result, rules)[0, 0] == "near*" and rule_names(result, rules)[0, 2] == "near"


def test_keep_substitutes_moves_the_agencys_own_values():
    rules = RuleSet("agency", "as_reported", kept_as="theirs")
    mass = np.array([[1.0, 2.0, NAN, 4.0]])
    kept = np.array([[False, True, False, True]])
    stopped = np.array([[False, False, True, False]])
    valid = np.array([[True, False, False, False]])
    result = keep_substitutes(mass, valid, kept, stopped, np.zeros(4, int), rules)
    np.testing.assert_array_equal(result.filled_kg[0], [NAN, 2, NAN, 4])
    assert result.capture[0, 0] == 1 / 3 and result.is_usable[0, 0]
    assert list(np.array(rules.fill_names)[result.fill_code[0]]) == ["", "theirs", "", "theirs"]


def test_outliers_are_measured_against_the_median_of_positive_hours():
    mass = np.array([[0.0, 0, 0, 1, 2, 3, 101, 100], [5, 5, 5, 5, 5, 5, 5, 5000]], float)
    valid = np.ones(mass.shape, bool)
    valid[1, 7] = False
    found = outliers(mass, valid, 33)
    assert np.argwhere(found).tolist() == [[0, 6], [0, 7]]  # median of 1, 2, 3, 100, 101 is 3
    assert not outliers(np.zeros((1, 4)), np.ones((1, 4), bool), 50).any()


# ---------------------------------------------------------------- against a slow reference


def reference(mass, valid, stopped, quarter, rules):
    """The rule hour by hour, as a person would apply it; returns filled and rule name."""
    filled, names = np.full(mass.shape, NAN), np.full(mass.shape, "", object)
    for s in range(mass.shape[0]):
        running = [h for h in range(mass.shape[1]) if not stopped[s, h]]
        good = [h for h in running if valid[s, h]]
        for h in running:
            if valid[s, h]:
                continue
            before = [g for g in good if g < h]
            after = [g for g in good if g > h]
            low, high = (before or [-1])[-1], (after or [mass.shape[1]])[0]
            gap = len([g for g in running if low < g < high])
            of_quarter = [g for g in running if quarter[g] == quarter[h]]
            captured = len([g for g in of_quarter if valid[s, g]]) * 100
            for rule in rules.fills:
                if captured < rule.capture_min_pct * len(of_quarter):
                    continue
                if rule.capture_max_pct is not None and captured >= rule.capture_max_pct * len(of_quarter):
                    continue
                if rule.gap_max_h is not None and gap > rule.gap_max_h:
                    continue
                if before:
                    filled[s, h] = max(mass[s, g] for g in before[-rule.window_valid_h :])
                    names[s, h] = rule.name + ("*" if len(before) < rule.window_valid_h else "")
                break
    return filled, names


@st.composite
def batches(draw):
    series, hours = draw(st.integers(1, 4)), draw(st.integers(1, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mass = rng.integers(0, 50, (series, hours)).astype(float)
    lost, still = draw(st.sampled_from([0.0, 0.05, 0.2, 0.6, 1.0])), draw(st.sampled_from([0.0, 0.1, 0.5]))
    block = draw(st.integers(1, 12))
    blocks = (series, hours // block + 1)
    valid = np.repeat(rng.random(blocks) >= lost, block, axis=1)[:, :hours]
    stopped = np.repeat(rng.random(blocks) < still, block, axis=1)[:, :hours]
    valid &= rng.random((series, hours)) >= lost / 4
    quarter = np.sort(rng.integers(0, draw(st.integers(1, 4)), hours))
    return mass, valid, stopped, quarter


@given(batches())
@settings(max_examples=300, deadline=None)
def test_fast_equals_slow(batch):
    mass, valid, stopped, quarter = batch
    result = substitute(np.where(valid, mass, NAN), valid, stopped, quarter, SMALL)
    filled, names = reference(mass, valid, stopped, quarter, SMALL)
    np.testing.assert_array_equal(result.filled_kg, filled)
    np.testing.assert_array_equal(rule_names(result, SMALL), names.astype(str))


@given(batches())
@settings(max_examples=200, deadline=None)
def test_only_gap_hours_are_filled_and_hours_sum_to_the_calendar(batch):
    mass, valid, stopped, quarter = batch
    result = substitute(mass, valid, stopped, quarter, SMALL)
    touched = result.fill_code > 0
    assert not (touched & (valid | stopped)).any()
    np.testing.assert_array_equal(touched, np.isfinite(result.filled_kg))
    left = ~valid & ~stopped & ~touched
    total = result.stopped_hours.sum(1) + result.accepted_hours.sum(1) + touched.sum(1) + left.sum(1)
    assert (total == mass.shape[1]).all()
    of_quarter = np.unique(quarter, return_inverse=True)[1]
    assert not (touched & ~result.is_usable[:, of_quarter]).any()


@given(batches())
@settings(max_examples=200, deadline=None)
def test_filling_again_changes_nothing(batch):
    mass, valid, stopped, quarter = batch
    first = substitute(mass, valid, stopped, quarter, SMALL)
    filled = first.fill_code > 0
    again = substitute(np.where(filled, first.filled_kg, mass), valid | filled, stopped, quarter, SMALL)
    assert not again.fill_code.any()
    np.testing.assert_array_equal(again.is_usable, first.is_usable)


@given(batches(), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_series_do_not_influence_each_other(batch, seed):
    mass, valid, stopped, quarter = batch
    order = np.random.default_rng(seed).permutation(mass.shape[0])
    whole = substitute(mass, valid, stopped, quarter, SMALL)
    mixed = substitute(mass[order], valid[order], stopped[order], quarter, SMALL)
    np.testing.assert_array_equal(mixed.filled_kg, whole.filled_kg[order])
