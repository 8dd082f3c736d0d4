"""The simulation against what is known exactly of lognormal figures and their sums."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.uncertainty import DRAWS, Terms, simulate

Z = NormalDist().inv_cdf(0.975)
NOISE = 6 / math.sqrt(DRAWS)  # six standard errors of a mean; quantiles are some 2.7 times rougher
sigmas = st.floats(0.02, 0.8)
masses = st.floats(1e-9, 1e9)
words = st.text("abc123:", min_size=1, max_size=8)


def terms(parts: list[tuple[float, float, float, str, str]], **given_: object) -> Terms:
    """Parts (mass, own sigma, shared sigma, own key, shared key) of one site in one total in region 0."""
    mass, own, shared, own_key, shared_key = zip(*parts, strict=True)
    one = np.ones(len(parts), np.int64)
    values = {
        "mass_kg": np.array(mass),
        "sigma_own": np.array(own),
        "sigma_shared": np.array(shared),
        "own_key": own_key,
        "shared_key": shared_key,
        "groups": (one, one),
        "members": {1: [0]},
    }
    return Terms(**{**values, **given_})  # type: ignore[arg-type]


def total(parts: list[tuple[float, float, float, str, str]]) -> np.ndarray:
    """Mean, lower and upper of the only total."""
    return simulate(terms(parts))[1].mass_kg[0]


def quantile(mass: float, sigma: float, z: float) -> float:
    """Quantile of the lognormal with this mean."""
    return mass * math.exp(z * sigma - sigma**2 / 2)


def cv(sigma: float) -> float:
    """Coefficient of variation of a lognormal."""
    return math.sqrt(math.expm1(sigma**2))


@given(masses, sigmas, sigmas, words)
@settings(max_examples=25, deadline=None)
def test_one_figure_has_the_quantiles_of_its_lognormal(mass: float, own: float, shared: float, key: str) -> None:
    sigma = math.hypot(own, shared)
    mean, lower, upper = total([(mass, own, shared, f"own {key}", f"shared {key}")])
    assert mean == pytest.approx(mass, rel=NOISE * cv(sigma))
    assert math.log(lower / quantile(mass, sigma, -Z)) == pytest.approx(0, abs=2.7 * NOISE * sigma)
    assert math.log(upper / quantile(mass, sigma, Z)) == pytest.approx(0, abs=2.7 * NOISE * sigma)


@given(st.lists(masses, min_size=1, max_size=12), sigmas, words)
@settings(max_examples=25, deadline=None)
def test_shared_errors_add_linearly(mass: list[float], sigma: float, key: str) -> None:
    together = total([(m, 0.0, sigma, f"{n}", key) for n, m in enumerate(mass)])
    alone = total([(sum(mass), 0.0, sigma, "0", key)])
    assert together == pytest.approx(alone, rel=1e-6)


@given(st.lists(st.floats(1, 10), min_size=2, max_size=12), st.floats(0.02, 0.3), words)
@settings(max_examples=25, deadline=None)
def test_own_errors_add_in_squares(mass: list[float], sigma: float, key: str) -> None:
    _, lower, upper = total([(m, sigma, 0.0, f"{key} {n}", "nobody") for n, m in enumerate(mass)])
    spread = math.sqrt(sum(m**2 for m in mass)) / sum(mass) * cv(sigma)
    whole = math.sqrt(math.log1p(spread**2))
    half = (quantile(sum(mass), whole, Z) - quantile(sum(mass), whole, -Z)) / 2
    assert (upper - lower) / 2 == pytest.approx(half, rel=0.08)


@given(
    st.lists(st.tuples(masses, sigmas, sigmas, words, words), min_size=1, max_size=20), st.integers(1, 7)
)
@settings(max_examples=25, deadline=None)
def test_the_block_changes_nothing_but_rounding(parts: list[tuple[float, float, float, str, str]], block: int) -> None:
    numbers = np.arange(len(parts)) // 3
    laid = terms(parts, groups=(numbers, numbers // 2), members={n: [0, n + 1] for n in range(len(parts))})
    for small, whole in zip(simulate(laid, 500, block), simulate(laid, 500), strict=True):
        assert small.number.tolist() == whole.number.tolist() == sorted(set(whole.number.tolist()))
        assert small.mass_kg == pytest.approx(whole.mass_kg, rel=1e-12)


def test_totals_hold_their_parts_and_regions_all_their_totals() -> None:
    parts = [(mass, 0.0, 0.0, f"{mass}", "m") for mass in (10.0, 20.0, 40.0, 80.0)]
    laid = terms(
        parts, groups=(np.array([1, 1, 2, 3]), np.array([1, 1, 1, 2])), members={1: [0, 1], 2: [1, 2]}
    )
    site, row, region = simulate(laid, 10)
    assert (site.number.tolist(), site.mass_kg[:, 0].tolist()) == ([1, 2, 3], [30, 40, 80])
    assert (row.number.tolist(), row.mass_kg[:, 1].tolist()) == ([1, 2], [70, 80])
    assert (region.number.tolist(), region.mass_kg[:, 2].tolist()) == ([0, 1, 2], [70, 150, 80])


def test_a_plant_more_changes_no_other_plants_draws() -> None:
    parts = [(1.0, 0.5, 0.2, "a", "m"), (2.0, 0.5, 0.2, "b", "m"), (3.0, 0.5, 0.3, "c", "n")]
    three = simulate(terms(parts, groups=(np.arange(3), np.zeros(3, np.int64))))[0]
    two = simulate(terms(parts[::2], groups=(np.arange(2), np.zeros(2, np.int64))))[0]
    assert three.mass_kg[[0, 2]].tolist() == two.mass_kg.tolist()


def test_nothing_is_nothing() -> None:
    assert total([(0.0, 0.3, 0.3, "a", "m")]).tolist() == [0, 0, 0]
    empty = simulate(terms([(1.0, 0.1, 0.1, "a", "m")], mass_kg=np.empty(0), groups=(np.empty(0, np.int64),) * 2))
    assert [level.mass_kg.shape for level in empty] == [(0, 3)] * 3
