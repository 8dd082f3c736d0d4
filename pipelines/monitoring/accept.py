"""From a batch on the grid to its accepted and filled hours, and the Arrow tables that go back.

Here: which rule set fills which quarter, stopped hours as zero, outliers, the wide table of hours and the
table of quarters. Not here: the statistics of filling (`substitution.py`), the database (`build.py`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.monitoring.hours import STOPPED, Batch, Calendar, Series
from pipelines.monitoring.rules import ORIGINS, STATES, TREATMENTS, RuleSet
from pipelines.monitoring.substitution import Substituted, keep_substitutes, outliers, substitute

OUTLIER = "outlier"

Hours = NDArray[np.bool_]  # [monitors, hours]
Quarters = NDArray[np.bool_]  # [quarters]


@dataclass
class Accepted:
    """One species of a batch after acceptance and filling [monitors, hours]; NaN where there is no value."""

    series: Series
    accepted_kg: NDArray[np.float64]
    filled_kg: NDArray[np.float64]
    fill_rule: NDArray[np.int32]  # position in fill_texts, -1 is none
    fill_texts: list[str]
    by_quarter: dict[str, NDArray]  # QUARTER_COLUMNS, each [monitors, quarters]
    outliers: int = 0


QUARTER_COLUMNS: dict[str, type] = {
    "stopped_hours": np.int64,
    "accepted_hours": np.int64,
    "filled_hours": np.int64,
    "capture": np.float64,
    "is_usable": np.bool_,
    "rule_set": object,
}


def accept(
    series: Series, stopped: Hours, calendar: Calendar, plan: list[tuple[RuleSet, Quarters]]
) -> Accepted:
    """Accepted and filled mass of one species.

    Args:
        series: one species on the grid.
        stopped: hours in which the source stood still [monitors, hours]; they are accepted as zero.
        calendar: hours of the grid.
        plan: rule sets and the quarters [quarters] each of them governs.
    """
    shape = series.mass_kg.shape
    by_quarter = (shape[0], len(calendar.quarter_starts))
    one = Accepted(
        series,
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, -1, np.int32),
        [],
        {name: np.zeros(by_quarter, kind) for name, kind in QUARTER_COLUMNS.items()},
    )
    for rules, of_quarters in plan:
        _accept_by(rules, one, stopped, calendar, of_quarters)
    one.accepted_kg[stopped] = 0.0
    one.accepted_kg[~series.is_reported] = np.nan
    return one


def _accept_by(
    rules: RuleSet, one: Accepted, stopped: Hours, calendar: Calendar, of_quarters: Quarters
) -> None:
    """Apply one rule set to whole series (windows reach back over its border), keep its own quarters."""
    series, of_hours = one.series, of_quarters[calendar.quarter]
    has_value = np.isfinite(series.mass_kg) & (series.mass_kg >= 0) & ~stopped
    valid = has_value & (series.treatment == TREATMENTS.index("accept"))
    wild = np.zeros_like(valid)
    if rules.outlier_ratio is not None:
        wild = outliers(series.mass_kg, valid, rules.outlier_ratio)
        valid &= ~wild
    result = _fill(rules, series, valid, has_value, stopped, calendar)

    names = rules.fill_names
    text = result.fill_code + np.int32(len(names)) * wild
    np.copyto(one.fill_rule, np.where(text > 0, text + len(one.fill_texts), -1), where=of_hours)
    one.fill_texts += [*names, *(f"{name} {OUTLIER}".strip() for name in names)]
    np.copyto(one.accepted_kg, series.mass_kg, where=of_hours & valid)
    np.copyto(one.filled_kg, result.filled_kg, where=of_hours)
    one.outliers += int(np.count_nonzero(wild & of_hours))

    first_hour = np.flatnonzero(np.diff(calendar.quarter, prepend=-1))
    found = {
        "stopped_hours": result.stopped_hours,
        "accepted_hours": result.accepted_hours,
        "filled_hours": np.add.reduceat(result.fill_code > 0, first_hour, axis=1, dtype=np.int64),
        "capture": result.capture,
        "is_usable": result.is_usable,
    }
    for name, value in found.items():
        one.by_quarter[name][:, of_quarters] = value[:, of_quarters]
    one.by_quarter["rule_set"][:, of_quarters] = rules.name


def _fill(
    rules: RuleSet, series: Series, valid: Hours, has_value: Hours, stopped: Hours, calendar: Calendar
) -> Substituted:
    treated = series.treatment
    kept = has_value & (treated == TREATMENTS.index("substitute"))
    if rules.method == "as_reported":
        return keep_substitutes(series.mass_kg, valid, kept, stopped, calendar.quarter, rules)
    silent = stopped | ~series.is_reported[:, None]  # a species a monitor never reports has no gaps
    result = substitute(
        series.mass_kg,
        valid,
        silent,
        calendar.quarter,
        rules,
        month_index=calendar.month if any(rule.statistic == "month_mean" for rule in rules.fills) else None,
        out_of_control=treated == TREATMENTS.index("out_of_control"),
        calibration=treated == TREATMENTS.index("calibration"),
    )
    if rules.kept_as:  # the platform has filled such an hour by its own rule, and the rule set trusts it
        np.copyto(result.filled_kg, series.mass_kg, where=kept)
        np.copyto(result.fill_code, np.uint8(rules.fill_names.index(rules.kept_as)), where=kept)
    return result


def hour_table(
    monitor_ids: list[str],
    batch: Batch,
    accepted: list[Accepted],
    calendar: Calendar,
    in_calendar: NDArray[np.bool_],
) -> pa.Table:
    """Wide rows of `monitoring.hour`, sorted by monitor and hour; years not the monitor's dropped."""
    monitors, hours = batch.state.shape
    columns: dict[str, pa.Array] = {
        "monitor_id": _texts(np.repeat(np.arange(monitors, dtype=np.int32), hours), monitor_ids),
        "hour_start": pa.array(np.tile(calendar.hour_start.astype("M8[us]"), monitors)),
        "state": _texts(batch.state.reshape(-1).astype(np.int32), list(STATES)),
    }
    columns |= batch.row_columns
    for one in accepted:
        code, series = one.series.species, one.series
        columns[f"{code}_reported_kg"] = _numbers(series.reported_kg)
        columns[f"{code}_accepted_kg"] = _numbers(one.accepted_kg)
        columns[f"{code}_filled_kg"] = _numbers(one.filled_kg)
        columns[f"{code}_fill_rule"] = _texts(one.fill_rule.reshape(-1), one.fill_texts)
        columns[f"{code}_flag"] = _texts(series.flag.reshape(-1), series.flag_texts)
        if series.record:
            columns[f"{code}_revised_kg"] = _numbers(series.record.revised_kg)
            columns[f"{code}_mark"] = _texts(series.record.mark.reshape(-1), series.record.mark_texts)
            columns[f"{code}_origin"] = _texts(series.record.origin.reshape(-1), list(ORIGINS))
    table = pa.table(columns)
    return table if in_calendar.all() else table.filter(pa.array(in_calendar.reshape(-1)))


def quarter_table(
    monitor_ids: list[str],
    accepted: list[Accepted],
    names: dict[str, str],
    calendar: Calendar,
    in_calendar: NDArray[np.bool_],
) -> pa.Table:
    """Rows of `monitoring.quarter` by monitor, species, quarter; only species that a monitor reports."""
    starts = calendar.quarter_starts
    first_hour = np.flatnonzero(np.diff(calendar.quarter, prepend=-1))
    calendar_hours = np.diff(first_hour, append=len(calendar.hour_start))
    shown = np.stack(
        [one.series.is_reported[:, None] & in_calendar[:, first_hour] for one in accepted], axis=1
    )
    monitor, species, quarter = np.nonzero(shown)
    columns: dict[str, pa.Array] = {
        "monitor_id": _texts(monitor.astype(np.int32), monitor_ids),
        "species": _texts(species.astype(np.int32), [names[one.series.species] for one in accepted]),
        "quarter_start": pa.array(starts[quarter]),
        "calendar_hours": pa.array(calendar_hours[quarter]),
    }
    for column in QUARTER_COLUMNS:
        values = np.stack([one.by_quarter[column] for one in accepted], axis=1)[monitor, species, quarter]
        columns[column] = _numbers(values) if column == "capture" else pa.array(values)
    return pa.table(columns)


def stopped_hours(batch: Batch, in_calendar: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Hours in which nothing can be missing: the source stood still, or the year is not the monitor's."""
    return (batch.state == STOPPED) | ~in_calendar


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    flat = values.reshape(-1)
    return pa.array(flat, mask=np.isnan(flat))


def _texts(index: NDArray[np.int32], texts: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index < 0), pa.array(texts, pa.string()))
