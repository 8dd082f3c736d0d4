"""Filling of gaps in hourly mass series: pure functions on dense arrays, series x hours.

Here: acceptance arithmetic, quarterly capture, the substitution statistics. Not here: where arrays come from,
what a flag means, which rules hold. No loop runs over hours: valid hours are packed per series, windows of
the last k valid hours are running maxima in blocks (van Herk, Gil and Werman), and gaps are handled as
segments, not hour by hour.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.monitoring.rules import RuleSet

Grid = NDArray[np.float64]  # series x hours or series x quarters
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


class Substituted(NamedTuple):
    """Result of a rule set on a batch of series (s series, h hours, q quarters)."""

    filled_kg: Grid  # [s, h], NaN where nothing was filled
    fill_code: NDArray[np.uint8]  # [s, h], position in RuleSet.fill_names
    capture: Grid  # [s, q], accepted / (calendar - stopped); NaN where the source never ran
    is_usable: Mask  # [s, q]
    accepted_hours: Index  # [s, q]
    stopped_hours: Index  # [s, q]


class _Gaps(NamedTuple):
    """Gap hours and the segments they form; a segment shares series, gap and period."""

    hours: Index  # flat index of each gap hour
    sizes: Index  # hours per segment
    row: Index  # series of the segment
    first: Index  # flat index of the first hour of the whole gap
    before: Index  # valid hours of the series before the gap
    length_h: Index  # hours of the whole gap
    period: Index  # finest period (month or quarter) of the segment
    quarter: Index


def substitute(
    mass_kg: Grid,
    valid: Mask,
    stopped: Mask,
    quarter_index: NDArray[np.integer],
    rules: RuleSet,
    *,
    month_index: NDArray[np.integer] | None = None,
    out_of_control: Mask | None = None,
    calibration: Mask | None = None,
) -> Substituted:
    """Fill the gaps of hourly mass by the rules (HJ 75-2017, table of substitute data; it fills mass).

    A gap is all running hours between two valid hours: stopped hours neither count in it nor break it, and it
    may cross month, quarter and year. Each hour follows the capture of its own quarter and the length of the
    whole gap. In a quarter below every rule's capture nothing is filled. A gap with an out-of-control hour
    counts its window back from the last passed calibration (a calibration hour followed by a valid one), else
    from the gap's start.

    Args:
        mass_kg: mass of the hour [s, h]; only read where valid.
        valid: the value is good [s, h].
        stopped: the source stood still [s, h]; such an hour is neither valid nor a gap.
        quarter_index: ordinal of the quarter of each hour [h], not decreasing.
        rules: a rule set of method "substitute".
        month_index: ordinal of the month [h]; needed by the statistic month_mean only.
        out_of_control: hours of an out-of-control period [s, h].
        calibration: hours in which the instrument was calibrated [s, h].
    """
    valid = valid & ~stopped
    edges = _edges(quarter_index)
    accepted_hours, stopped_hours = _per_period(valid, edges), _per_period(stopped, edges)
    capture, base = _capture(accepted_hours, stopped_hours, edges)
    is_usable = (base == 0) | (accepted_hours * 100 >= rules.capture_min_pct * base)

    filled = np.full(mass_kg.shape, np.nan)
    code = np.zeros(mass_kg.shape, np.uint8)
    done = Substituted(filled, code, capture, is_usable, accepted_hours, stopped_hours)
    count = accepted_hours.sum(axis=1)
    period_edges = edges if month_index is None else _edges(month_index)
    gaps = _gaps(valid, stopped, count, edges, period_edges)
    if not gaps.hours.size:
        return done
    if out_of_control is not None and calibration is not None and out_of_control.any():
        gaps = gaps._replace(before=_back_to_calibration(gaps, valid, out_of_control, calibration))
    value, segment_code = _fill_segments(
        mass_kg, valid, gaps, count, accepted_hours, base, period_edges, rules
    )
    filled.reshape(-1)[gaps.hours] = np.repeat(value, gaps.sizes)
    code.reshape(-1)[gaps.hours] = np.repeat(segment_code, gaps.sizes)
    return done


def keep_substitutes(
    mass_kg: Grid, valid: Mask, kept: Mask, stopped: Mask, quarter_index: NDArray[np.integer], rules: RuleSet
) -> Substituted:
    """The as_reported method: values the agency substituted stay, as filled; nothing else is filled."""
    valid, kept = valid & ~stopped, kept & ~stopped
    edges = _edges(quarter_index)
    accepted_hours, stopped_hours = _per_period(valid, edges), _per_period(stopped, edges)
    capture, base = _capture(accepted_hours, stopped_hours, edges)
    is_usable = (base == 0) | (accepted_hours * 100 >= rules.capture_min_pct * base)
    filled = np.where(kept, mass_kg, np.nan)
    return Substituted(filled, kept.astype(np.uint8), capture, is_usable, accepted_hours, stopped_hours)


def outliers(mass_kg: Grid, valid: Mask, ratio: float) -> Mask:
    """Valid hours above `ratio` x the median of the series' positive valid hours [s, h]."""
    found = np.zeros(valid.shape, bool)
    for series, (mass, good) in enumerate(zip(mass_kg, valid, strict=True)):
        positive = mass[good & (mass > 0)]
        if positive.size:
            found[series] = good & (mass > ratio * np.median(positive))
    return found


def _edges(period_index: NDArray[np.integer]) -> Index:
    """First hour of each period, then the number of hours."""
    changes = np.flatnonzero(np.diff(period_index)) + 1
    return np.concatenate(([0], changes, [len(period_index)]))


def _per_period(mask: Mask, edges: Index) -> Index:
    counts = [np.count_nonzero(mask[:, first:last], axis=1) for first, last in pairwise(edges)]
    return np.stack(counts, axis=1)


def _capture(accepted_hours: Index, stopped_hours: Index, edges: Index) -> tuple[Grid, Index]:
    base = np.diff(edges) - stopped_hours
    return np.divide(accepted_hours, base, out=np.full(base.shape, np.nan), where=base > 0), base


def _gaps(valid: Mask, stopped: Mask, count: Index, edges: Index, period_edges: Index) -> _Gaps:
    hours_total = valid.shape[1]
    hours = np.flatnonzero(~(valid | stopped))
    row, hour = np.divmod(hours, hours_total)
    before_all = np.cumsum(valid.reshape(-1), dtype=np.int64)[hours]
    period = np.searchsorted(period_edges, hour, side="right") - 1
    new_gap = np.ones(hours.size, bool)
    new_gap[1:] = (np.diff(before_all) != 0) | (np.diff(row) != 0)
    new_segment = new_gap.copy()
    new_segment[1:] |= np.diff(period) != 0
    first, start = np.flatnonzero(new_gap), np.flatnonzero(new_segment)
    gap = np.cumsum(new_gap)[start] - 1
    row = row[start]
    return _Gaps(
        hours=hours,
        sizes=np.diff(start, append=hours.size),
        row=row,
        first=hours[first][gap],
        before=before_all[start] - (np.cumsum(count) - count)[row],
        length_h=np.diff(first, append=hours.size)[gap],
        period=period[start],
        quarter=np.searchsorted(edges, hour[start], side="right") - 1,
    )


def _back_to_calibration(gaps: _Gaps, valid: Mask, out_of_control: Mask, calibration: Mask) -> Index:
    """Valid hours of the series before the last passed calibration, for gaps with an out-of-control hour."""
    hours_total = valid.shape[1]
    passed = np.zeros(valid.shape, bool)
    passed[:, :-1] = calibration[:, :-1] & valid[:, 1:]
    marks = np.flatnonzero(passed)
    segment = np.repeat(np.arange(gaps.sizes.size), gaps.sizes)
    lost = gaps.first[segment[out_of_control.reshape(-1)[gaps.hours]]]
    before = gaps.before.copy()
    for index in np.flatnonzero(np.isin(gaps.first, lost)):
        mark = np.searchsorted(marks, gaps.first[index]) - 1
        row_start = gaps.row[index] * hours_total
        if mark >= 0 and marks[mark] >= row_start:
            before[index] = np.count_nonzero(valid.reshape(-1)[row_start : marks[mark]])
    return before


def _fill_segments(
    mass_kg: Grid,
    valid: Mask,
    gaps: _Gaps,
    count: Index,
    accepted_hours: Index,
    base: Index,
    period_edges: Index,
    rules: RuleSet,
) -> tuple[Grid, NDArray[np.uint8]]:
    """Value and fill code of each segment: the first rule that fits its quarter's capture and its gap."""
    value = np.full(gaps.sizes.size, np.nan)
    code = np.zeros(gaps.sizes.size, np.uint8)
    open_ = np.ones(gaps.sizes.size, bool)
    scaled, whole = accepted_hours[gaps.row, gaps.quarter] * 100, base[gaps.row, gaps.quarter]
    packed, origin = _pack(
        mass_kg, valid, count, max((r.window_valid_h or 1 for r in rules.fills), default=1)
    )
    for number, rule in enumerate(rules.fills):
        fits = open_ & (scaled >= rule.capture_min_pct * whole)
        if rule.capture_max_pct is not None:
            fits &= scaled < rule.capture_max_pct * whole
        if rule.gap_max_h is not None:
            fits &= gaps.length_h <= rule.gap_max_h
        open_ &= ~fits
        chosen = np.flatnonzero(fits)
        row, before = gaps.row[chosen], gaps.before[chosen]
        end = origin[row] + before
        if rule.statistic == "max":
            window = rule.window_valid_h or 1
            found, short = _last_max(packed, end, _reach(window, count)), before < window
        elif rule.statistic == "neighbour_mean":
            found, short = _neighbour_mean(packed, end, before, count[row])
        elif rule.statistic == "month_mean":
            found = _period_mean(mass_kg, valid, period_edges)[row, gaps.period[chosen]]
            short = np.zeros(chosen.size, bool)
        else:
            found, short = np.zeros(chosen.size), np.zeros(chosen.size, bool)
        known = np.isfinite(found)
        value[chosen[known]] = found[known]
        code[chosen[known]] = 1 + 2 * number + short[known]
    return value, code


def _pack(mass_kg: Grid, valid: Mask, count: Index, window: int) -> tuple[Grid, Index]:
    """Valid values of each series side by side in one flat array, -inf between, and where each series begins.

    The padding before a series is as long as the longest window, so that no window can reach the series
    before it.
    """
    pad = _reach(window, count)
    origin = np.cumsum(count) - count + pad * np.arange(1, count.size + 1)
    packed = np.full(int(count.sum()) + pad * (count.size + 2), -np.inf)
    for series, (start, n) in enumerate(zip(origin, count, strict=True)):
        packed[start : start + n] = mass_kg[series][valid[series]]
    return packed, origin


def _reach(window: int, count: Index) -> int:
    """A window never needs to be longer than the longest series."""
    return max(1, min(window, int(count.max())))


def _last_max(packed: Grid, end: Index, window: int) -> Grid:
    """Maximum of packed[end - window : end]: suffix maximum of one block, prefix maximum of the next."""
    blocks = packed[: packed.size // window * window].reshape(-1, window)
    prefix = np.maximum.accumulate(blocks, axis=1).reshape(-1)
    suffix = np.empty_like(blocks)
    np.maximum.accumulate(blocks[:, ::-1], axis=1, out=suffix[:, ::-1])
    return np.maximum(suffix.reshape(-1)[end - window], prefix[end - 1])


def _neighbour_mean(packed: Grid, end: Index, before: Index, count: Index) -> tuple[Grid, Mask]:
    """Mean of the valid hours just before and after; at the edge of a series the one there is (short)."""
    left, right = packed[end - 1], packed[end]
    has_left, has_right = before > 0, before < count
    pair = np.where(has_left & has_right, (left + right) / 2, np.where(has_left, left, right))
    return pair, ~(has_left & has_right)


def _period_mean(mass_kg: Grid, valid: Mask, edges: Index) -> Grid:
    total = np.add.reduceat(np.where(valid, mass_kg, 0.0), edges[:-1], axis=1)
    hours = _per_period(valid, edges)
    return np.divide(total, hours, out=np.full(total.shape, np.nan), where=hours > 0)
