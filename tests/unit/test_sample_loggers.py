"""Loggers and mishaps of the sample: families for every size, one mishap an hour, values spoilt as the list says."""

from functools import cache

import numpy as np
import pytest

from pipelines.sample import feed, hours, territory, world
from pipelines.sample.monitoring import loggers, mishaps, stack
from pipelines.sample.monitoring.mishaps import Batch, Mishap, Spots


@cache
def heard(sites: int, months: int) -> tuple[world.World, stack.Signals]:
    made = world.build(territory.load("330000"), sites, months, 7, 2025)
    streams = world.Streams(7)
    return made, stack.listen(made, hours.simulate(made, streams), streams)


@pytest.mark.parametrize("sites", [5, 12, 60])
def test_every_logger_has_a_family_and_the_rare_ones_have_one(sites: int) -> None:
    _, signals = heard(sites, 1)
    family = loggers.families(signals, np.random.default_rng(1))
    assert len(family) == len(signals.rows)
    for special in loggers.SPECIAL:
        assert (family == special).sum() <= 1
    if len(family) >= 15:
        assert set(family) == set(range(len(loggers.FAMILIES)))


def test_a_replaced_logger_hands_over_at_the_end_of_a_month() -> None:
    made, signals = heard(60, 2)
    points = loggers.loggers(made, signals, world.Streams(7), feed.Defects())
    assert points["MN"].is_unique
    for month in range(2):
        assert sorted(loggers.active(points, month)["rank"]) == list(range(len(signals.rows)))
    later = points[points["first_month"] > 0]
    assert len(later) and (later["启用日期"] == "2025-02-01").all()


def test_no_hour_is_met_by_two_mishaps() -> None:
    made, signals = heard(60, 2)
    family = loggers.families(signals, np.random.default_rng(1))
    spots = Spots(made, signals, family, np.random.default_rng(2))
    situations = ("flag_", "zero_drift", "stamp_")
    planted = [m for m in mishaps.choose(spots) if not m.kind.startswith(situations) and m.end - m.begin < made.hours]
    taken = [(m.rank, hour) for m in planted for hour in range(m.begin, m.end)]
    assert len({m.kind for m in planted}) > 8
    assert len(taken) == len(set(taken))


def batch() -> Batch:
    made, signals = heard(12, 1)
    return mishaps.batch(made, signals, np.arange(3), slice(24, 48), by_hour=True)


def test_rows_come_by_hour_or_by_outlet() -> None:
    made, signals = heard(12, 1)
    assert (np.diff(batch().hour) >= 0).all()
    by_outlet = mishaps.batch(made, signals, np.arange(3), slice(24, 48), by_hour=False)
    assert (np.diff(by_outlet.rank) >= 0).all()
    assert len(by_outlet.rank) == signals.arrived[:3, 24:48].sum()


@pytest.mark.parametrize(("kind", "flow", "mass"), [("flow_in_m3_h", 3600, 1), ("flow_not_in_1e4_m3", 1e4, 1),
                                                    ("mass_in_g", 1, 1000), ("unknown_flag", 1, 1)])  # fmt: skip
def test_a_slip_changes_its_hours_only(kind: str, flow: float, mass: float) -> None:
    right, sent = batch(), batch()
    ((_, rows),) = mishaps.spoil(sent, [Mishap(kind, 1, 30, 40, 5)])
    np.testing.assert_allclose(sent.flow[rows], right.flow[rows] * flow)
    np.testing.assert_allclose(sent.kg["NOx"][rows], right.kg["NOx"][rows] * mass)
    assert (mishaps.LETTERS[sent.flag["NOx"][rows]] == "X").all() == (kind == "unknown_flag")
    rest = np.setdiff1d(np.arange(len(right.rank)), rows)
    np.testing.assert_array_equal(sent.flow[rest], right.flow[rest])
    np.testing.assert_array_equal(sent.kg["NOx"][rest], right.kg["NOx"][rest])


def test_folded_only_leaves_nothing_but_folded_values() -> None:
    sent = batch()
    ((_, rows),) = mishaps.spoil(sent, [Mishap("folded_only", 1, 30, 40, 3)])
    assert np.isnan(sent.mg["NOx"][rows]).all() and np.isnan(sent.kg["NOx"][rows]).all()
    assert np.isfinite(sent.folded["NOx"][rows]).any()
