"""The online monitoring feed: what the instruments on the stacks sent, hour by hour.

Here: instrument error, data flags, state tags, gaps, re-sent rows, slips of units. The truth comes from
`hours`; the operators' own totals for their reports are at the end, because they are made from what the
operators see.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipelines.sample import noise
from pipelines.sample.hours import Hours, spans
from pipelines.sample.world import Streams, World

MEASURED = ("SO2", "NOx", "PM")
FLAGS = np.array(list("NCMDFTB"))
N, C, M, D, F, T, B = range(len(FLAGS))
SPAN_MG_M3 = {"SO2": 100.0, "NOx": 150.0, "PM": 20.0}  # calibration gas, and the upper end of the range × 0.5


@dataclass(frozen=True)
class Signals:
    """What arrived: outlets with a monitor × hours (nan: empty cell); not `arrived`: no row ever came."""

    rows: np.ndarray  # positions in world.outlets
    flow: np.ndarray  # m3/h, dry, standard state
    oxygen: np.ndarray
    temperature: np.ndarray
    moisture: np.ndarray
    concentration: dict[str, np.ndarray]  # mg/m3, dry, standard state, not folded
    mass: dict[str, np.ndarray]  # kg in the hour, as the logger computes it
    flag: dict[str, np.ndarray]  # index into FLAGS
    tag: np.ndarray  # 0 running, 1 starting, 2 stopped, 3 no tag
    arrived: np.ndarray
    running: np.ndarray  # the truth, for the operator's report


def listen(world: World, hours: Hours, streams: Streams) -> Signals:
    """Instrument signals of every outlet with a monitor."""
    rng = streams.of_year("instruments")
    rows = np.flatnonzero(world.outlets["has_cems"])
    outlets, shape = world.outlets.iloc[rows], (len(rows), world.hours)
    running, starting = hours.running[rows], hours.starting[rows]
    share = hours.activity[rows] / outlets["rate"].to_numpy()[:, None]
    mean_o2 = outlets["o2"].to_numpy()[:, None]
    # Low load and starts run with more air; the dry volume grows with it at constant mass.
    oxygen = mean_o2 + 2.0 * (0.75 - share) + np.where(starting, 3.0, 0.0) + 0.15 * rng.standard_normal(shape)
    oxygen = np.clip(oxygen, 0.5, 20.8)
    with np.errstate(divide="ignore"):
        volume = np.where(mean_o2 < 18, (21 - mean_o2) / (21 - oxygen), 1.0)
    true_flow = hours.activity[rows] * outlets["flue_gas"].to_numpy()[:, None] * volume
    flow = true_flow * _error(rng, shape, noise.FLOW_BIAS)
    oxygen = np.where(running, oxygen, 20.9)
    flow = np.where(running, flow, 0.0)
    stale = (rng.random(len(rows)) < noise.ZERO_DRIFT_OUTLETS)[:, None] & ~running
    full = (outlets["rate"] * outlets["flue_gas"]).to_numpy()[:, None]
    flow = np.where(stale, full * 0.02 * rng.uniform(0.5, 1.5, shape), flow)
    base, arrived = _device_states(world, running, rng)
    concentration, mass, flag = {}, {}, {}
    for species in MEASURED:
        has = np.array([species in text.split() for text in outlets["monitored"]])[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            true = np.where(running, hours.mass_kg(species, rows) / true_flow * 1e6, 0.0)
        level = noise.LOW_RANGE_NOISE[species]
        value = true * _error(rng, shape, noise.CONCENTRATION_BIAS) + np.where(
            running | stale, level * rng.standard_normal(shape), 0.0
        )
        value = np.maximum(value, 0.0)  # platforms cut negative readings
        flags = base.copy()
        over = starting & (flags == N) & (rng.random(shape) < noise.OVER_RANGE_AT_START) & has
        flags[over] = T
        value = np.where(over, 2 * SPAN_MG_M3[species], value)
        value = np.where(flags == C, SPAN_MG_M3[species], value)
        value = np.where(flags == M, 0.0, value)
        value = np.where(flags == D, value * rng.choice([0.0, 0.3, 3.0], shape), value)
        value = np.where((flags == B) | (flags == F), np.nan, value)
        concentration[species] = np.where(has, np.round(value, 2), np.nan)
        flag[species] = np.where(has, flags, -1)
        mass[species] = concentration[species] * 1e-6  # × flow below, once the flow is rounded
    dead = (base == B) | (base == F)
    flow = np.where(dead, np.nan, np.round(flow, 0))
    for species in MEASURED:
        mass[species] = np.round(mass[species] * flow, 4)
    weather = rng.standard_normal(shape)
    temperature = np.where(running, outlets["temp"].to_numpy()[:, None] + 3 * weather, 22 + 4 * weather)
    moisture = np.where(running, outlets["moisture"].to_numpy()[:, None] + 0.6 * weather, 2.0)
    return Signals(
        rows,
        flow,
        np.where(dead, np.nan, np.round(oxygen, 2)),
        np.where(dead, np.nan, np.round(temperature, 1)),
        np.where(dead, np.nan, np.round(moisture, 2)),
        concentration,
        mass,
        flag,
        _tags(world, rows, running, starting, rng),
        arrived,
        running,
    )


def _error(rng: np.random.Generator, shape: tuple[int, int], bias: float) -> np.ndarray:
    """Multiplicative error: fixed bias, saw-tooth drift between quarterly calibrations, hourly noise."""
    hour = np.arange(shape[1])
    phase = rng.integers(0, 2190, shape[0])[:, None]
    saw = ((hour + phase) % 2190) / 2190 - 0.5
    drift = noise.DRIFT * 2 * saw * rng.choice([-1.0, 1.0], shape[0])[:, None]
    return (1 + bias * rng.standard_normal(shape[0])[:, None] + drift) * (
        1 + noise.HOUR_NOISE * rng.standard_normal(shape)
    )


def _random_spans(
    rng: np.random.Generator, shape: tuple[int, int], a_year: float, median_h: float
) -> np.ndarray:
    number = rng.poisson(a_year * shape[1] / 8760, shape[0])
    row = np.repeat(np.arange(shape[0]), number)
    begin = rng.integers(0, shape[1], len(row))
    length = np.maximum(1, median_h * np.exp(0.9 * rng.standard_normal(len(row)))).astype(int)
    return spans(row, begin, begin + length, shape)


def _device_states(
    world: World, running: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Flag of the instrument in every hour, and whether the row arrived at all."""
    shape, hour = running.shape, np.arange(running.shape[1])
    flags = np.full(shape, N, dtype=np.int8)
    flags[(hour + rng.integers(0, 24, (shape[0], 1))) % noise.CALIBRATION_EVERY_H == 9] = C
    care = (hour + rng.integers(0, noise.MAINTENANCE_EVERY_H, (shape[0], 1))) % noise.MAINTENANCE_EVERY_H
    flags[care < noise.MAINTENANCE_H] = M
    flags[_random_spans(rng, shape, noise.LINK_FAULTS_A_YEAR, noise.LINK_FAULT_H)] = B
    flags[_random_spans(rng, shape, noise.FAULTS_A_YEAR, noise.FAULT_H)] = D
    arrived = ~_random_spans(rng, shape, noise.MISSING_A_YEAR, noise.MISSING_H)
    quarters = max(1, -(-world.months // 3))
    bad: np.ndarray = np.argwhere(rng.random((shape[0], quarters)) < noise.LONG_OUTAGE)
    first = world.month_starts[bad[:, 1] * 3]
    begin = first + rng.integers(0, 24 * 20, len(bad))
    end = begin + 24 * rng.integers(*noise.LONG_OUTAGE_DAYS, len(bad))
    lost = rng.random(len(bad)) < 0.5
    flags[spans(bad[~lost, 0], begin[~lost], end[~lost], shape)] = D
    arrived &= ~spans(bad[lost, 0], begin[lost], end[lost], shape)
    off = _long_stops(~running) & (rng.random((shape[0], 1)) < noise.F_WHEN_STOPPED)
    flags[off] = F
    return flags, arrived


def _long_stops(stopped: np.ndarray) -> np.ndarray:
    """Hours that lie at least INSTRUMENT_OFF_AFTER_H inside a stop."""
    after = noise.INSTRUMENT_OFF_AFTER_H
    count = np.cumsum(np.pad(stopped, ((0, 0), (after, 0))), axis=1, dtype=np.int32)
    return count[:, after:] - count[:, :-after] == after


def _tags(
    world: World, rows: np.ndarray, running: np.ndarray, starting: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """State tags: only kinds under the tag rule have them; some stops are tagged late."""
    tagged = world.sites["tagged"].to_numpy()[world.outlets["site"].to_numpy()[rows]] == 1
    tag = np.where(starting, 1, 0) + np.where(running, 0, 2)
    began = ~running & np.pad(running[:, :-1], ((0, 0), (1, 0)))
    row, hour = np.nonzero(began & (rng.random(running.shape) < noise.LATE_TAG))
    late = spans(row, hour, hour + noise.LATE_TAG_H, running.shape) & ~running
    tag = np.where(late, 0, tag)
    return np.where(tagged[:, None], tag, 3).astype(np.int8)


def operator_quarters(world: World, signals: Signals) -> dict[str, np.ndarray]:
    """What operators report, kg: outlets with a monitor × quarters; nan if too little was valid.

    Valid hours are summed, missing running hours filled with the upper end of the quarter's valid hours: the
    habit that HJ 75 breeds, in short. Its size matters here, not its letter.
    """
    edges = np.r_[world.month_starts[:-1:3], world.hours]
    result = {}
    for species in MEASURED:
        valid = signals.arrived & (signals.flag[species] == N) & signals.running
        totals = np.full((len(signals.rows), len(edges) - 1), np.nan)
        for q, (a, b) in enumerate(pairwise(edges)):
            good, run = valid[:, a:b], signals.running[:, a:b]
            mass = np.where(good, signals.mass[species][:, a:b], np.nan)
            usable = good.sum(axis=1) >= 0.75 * np.maximum(run.sum(axis=1), 1)
            high = np.zeros(len(mass))
            some = good.any(axis=1)
            high[some] = np.nanquantile(mass[some], noise.FILL_QUANTILE, axis=1)
            filled = np.nansum(mass, axis=1) + high * (run & ~good).sum(axis=1)
            totals[:, q] = np.where(usable | ~run.any(axis=1), filled, np.nan)
        has = (signals.flag[species] >= 0).any(axis=1)
        totals[~has] = np.nan
        result[species] = totals
    return result
