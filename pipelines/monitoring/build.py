"""The step that fills the schema `monitoring` of the work file, in batches so that memory stays bounded.

Here: what is read from DuckDB, in which batches, and what is counted. Not here: what makes an hour count
(`hours.py`, `accept.py`), what fills it (`substitution.py`), the shape of the tables (`tables.py`).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.contracts import load
from pipelines.errors import InventoryError
from pipelines.monitoring.accept import Accepted, accept, hour_table, quarter_table, stopped_hours
from pipelines.monitoring.crosscheck import crosscheck
from pipelines.monitoring.hours import Batch, Calendar, lay_out
from pipelines.monitoring.rules import Marks, RuleSet, RuleTable, read_flags, read_rules, read_states
from pipelines.monitoring.tables import KEPT, create_tables, insert, long_sql, mark_table, totals

VIEW = "staging.stg_monitoring__hour"
CELLS_PER_BATCH = 2_000_000  # monitor x hour x species; about 0.3 GiB at the peak

Plan = list[tuple[RuleSet, NDArray[np.bool_]]]  # rule set and the quarters [quarters] it governs


@dataclass(frozen=True)
class Monitor:
    """One monitor of the feed set: the years in which it has records and what it reports."""

    monitor_id: str
    scheme: str
    monitor_key: str
    years: frozenset[int]
    species: frozenset[str]
    recorded: frozenset[str]  # species that come with a platform's revised values and marks
    paired: frozenset[str]  # species with both a mass and flow x concentration in some hour


@dataclass
class _Build:
    con: duckdb.DuckDBPyConnection
    calendar: Calendar
    territory: str
    rules: RuleTable
    flags: Marks
    states: Marks
    species: dict[str, str]  # lower-case code → code as published
    rule_set: str | None
    counts: Counter[str] = field(default_factory=Counter)
    marks: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)

    def plan(self, scheme: str) -> Plan:
        days = self.calendar.quarter_starts.tolist()
        chosen = [self.rules.choose(scheme, self.territory, day, self.rule_set) for day in days]
        return [(rules, np.array([one == rules for one in chosen])) for rules in dict.fromkeys(chosen)]

    def staged(self) -> str:
        # written out, not bound: DuckDB fetches a relation with parameters row by row, ten times slower
        start, end = (f"timestamp '{day}'" for day in self.calendar.bounds)
        return (
            f"(select *, date_diff('hour', {start}, hour_start)::integer as hour from {VIEW} "
            f"where hour_start >= {start} and hour_start < {end})"
        )


def build_hours(con: duckdb.DuckDBPyConnection, rule_set: str | None = None) -> dict[str, Any]:
    """Create the tables of the schema `monitoring` (see `tables.py`) from the staged hours.

    Args:
        con: the work file, with `staging.stg_monitoring__hour`, `raw.feed_set` and the seeds.
        rule_set: rule set to use for every monitor, instead of the one its scheme, place and date choose.

    Returns:
        Counts: monitors, hours, raw_rows, outside_years, duplicates, outliers; accepted, filled and missing
        hours (per species); unusable_quarters, unknown_flags, unknown_states, slips.

    Raises:
        InventoryError: not exactly one rule set holds for a monitor, a seed row is wrong, or the work file
            holds no feed set.
    """
    build = _prepare(con, rule_set)
    monitors = _survey(build)
    reported = [s for s in build.species if any(s in monitor.species for monitor in monitors)]
    recorded = [s for s in reported if any(s in monitor.recorded for monitor in monitors)]
    con.begin()
    try:
        create_tables(con, build.species, reported, recorded)
        for scheme, group in groupby(monitors, key=lambda monitor: monitor.scheme):
            _build_scheme(build, scheme, list(group))
        insert(con, "mark_count", mark_table(build.marks))
        con.commit()
    except BaseException:
        con.rollback()
        raise
    counted = ("raw_rows", "outside_years", "duplicates", "outliers")
    return {"monitors": len(monitors), **{name: build.counts[name] for name in counted}, **totals(con)}


def species_codes() -> dict[str, str]:
    """Species of the raw contract: lower-case code → as written (a flag's description begins with it)."""
    columns = load("raw")["monitoring__hour"].columns
    return {c.name.removesuffix("_flag"): c.en.split()[0] for c in columns if c.name.endswith("_flag")}


def released_hours_sql(schema: str) -> str:
    """The public table `monitored_hour` over wide hours and quarters in `schema`, beside the public table `monitor`."""
    return f"""
        select hour.monitor_id, monitor.outlet_id as source_id, hour.species, hour.hour_start, hour.reported_kg,
            hour.revised_kg, hour.accepted_kg, hour.filled_kg, hour.fill_rule, hour.state, hour.flag, hour.origin,
            coalesce(hour.accepted_kg, hour.filled_kg) as mass_kg
        from ({long_sql(species_codes(), schema)}) as hour
        inner join v1.monitor as monitor
            on monitor.monitor_id = hour.monitor_id
            and cast(hour.hour_start as date)
                between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
    """


def _prepare(con: duckdb.DuckDBPyConnection, rule_set: str | None) -> _Build:
    feed_set = con.execute("select territory, year_first, year_last from raw.feed_set").fetchall()
    if len(feed_set) != 1:
        raise InventoryError(f"raw.feed_set has {len(feed_set)} rows; a work file holds exactly one feed set")
    territory, year_first, year_last = feed_set[0]
    days = date(int(year_first), 1, 1), date(int(year_last), 12, 31)
    return _Build(
        con=con,
        calendar=Calendar(int(year_first), int(year_last)),
        territory=str(territory),
        rules=read_rules(con),
        flags=read_flags(con, *days),
        states=read_states(con, *days),
        species=species_codes(),
        rule_set=rule_set,
    )


def _mass(species: str, version: str = "") -> str:
    """Mass of the hour as given, else G = C x Q x 1e-6 kg (HJ 212-2017 appendix D; C is never folded)."""
    return f"coalesce({species}{version}_kg, {species}{version}_mg_m3 * flow_m3_h * 1e-6)"


def _counting_mass(species: str) -> str:
    """The revised mass where the enterprise's mark is valid, else the reported one."""
    is_revised = f"{species}_origin in ('revised', 'substituted')"
    return f"case when {is_revised} then {_mass(species, '_revised')} else {_mass(species)} end"


def _survey(build: _Build) -> list[Monitor]:
    """Monitors with any record in the feed set's years, sorted by monitor_id."""
    pairs = "count_if({0}_kg > 0 and {0}_mg_m3 * flow_m3_h > 0) as {0}_pairs, count({0}_origin) as {0}_records"
    counted = ", ".join(f"count({_counting_mass(s)}) as {s}, {pairs.format(s)}" for s in build.species)
    query = f"""
        select scheme || ':' || monitor_key as monitor_id, scheme, monitor_key, year(hour_start) as year,
               count(*) as raw_rows, {counted}
        from {VIEW} group by all order by monitor_id, scheme, year
    """
    rows = build.con.sql(query).to_arrow_table().to_pylist()
    years = range(build.calendar.year_first, build.calendar.year_last + 1)
    inside = [row for row in rows if row["year"] in years]
    build.counts["raw_rows"] = sum(row["raw_rows"] for row in rows)
    build.counts["outside_years"] = build.counts["raw_rows"] - sum(row["raw_rows"] for row in inside)
    monitors = []
    for key, group in groupby(inside, key=lambda row: (row["monitor_id"], row["scheme"], row["monitor_key"])):
        found = list(group)
        species = frozenset(s for s in build.species if any(row[s] for row in found))
        recorded, paired = (
            frozenset(s for s in build.species if any(row[f"{s}_{what}"] for row in found))
            for what in ("records", "pairs")
        )
        monitors.append(Monitor(*key, frozenset(row["year"] for row in found), species, recorded, paired))
    return monitors


def _build_scheme(build: _Build, scheme: str, monitors: list[Monitor]) -> None:
    plan = build.plan(scheme)
    species = [s for s in build.species if any(s in monitor.species for monitor in monitors)]
    size = max(1, CELLS_PER_BATCH // (len(build.calendar.hour_start) * max(1, len(species))))
    for first in range(0, len(monitors), size):
        _build_batch(build, scheme, monitors[first : first + size], species, plan)
    paired = {s: build.species[s] for s in species if any(s in monitor.paired for monitor in monitors)}
    ratio_max = plan[-1][0].crosscheck_ratio
    if paired and ratio_max:
        found = crosscheck(build.con, build.staged(), scheme, paired, ratio_max)
        build.con.executemany("insert into monitoring.crosscheck values (?, ?, ?, ?, ?, ?, ?, ?)", found)


def _build_batch(build: _Build, scheme: str, monitors: list[Monitor], species: list[str], plan: Plan) -> None:
    calendar, ids = build.calendar, [monitor.monitor_id for monitor in monitors]
    raw = _read(build, monitors, species)
    shape = (len(monitors), len(calendar.hour_start))
    batch = lay_out(raw, shape, species, scheme, build.flags, build.states)
    years = range(calendar.year_first, calendar.year_last + 1)
    in_year = np.array([[year in monitor.years for year in years] for monitor in monitors])
    in_calendar = in_year[:, calendar.year]
    stopped = stopped_hours(batch, in_calendar)
    accepted = [accept(series, stopped, calendar, plan) for series in batch.series]
    insert(build.con, KEPT, hour_table(ids, batch, accepted, calendar, in_calendar))
    if accepted:
        insert(build.con, "quarter", quarter_table(ids, accepted, build.species, calendar, in_calendar))
    _count(build, scheme, batch, accepted)


def _read(build: _Build, monitors: list[Monitor], species: list[str]) -> pa.Table:
    """Raw rows of a batch with monitor and hour as ordinals."""
    wanted = {
        "scheme": [monitor.scheme for monitor in monitors],
        "monitor_key": [monitor.monitor_key for monitor in monitors],
        "monitor": pa.array(range(len(monitors)), pa.int32()),
    }
    values = "".join(f", {_counting_mass(s)} as {s}_mass, {s}_flag" for s in species)
    recorded = [s for s in species if any(s in monitor.recorded for monitor in monitors)]
    values += "".join(
        f", {_mass(s)} as {s}_raw, {_mass(s, '_revised')} as {s}_revised, {s}_mark, {s}_origin" for s in recorded
    )
    build.con.register("monitoring_batch", pa.table(wanted))
    try:
        return build.con.sql(f"""
            select monitor, hour, source_file_id, row_no, operating_fraction, production_state, heat_input_gj,
                   gross_load_mwh{values}
            from {build.staged()} join monitoring_batch using (scheme, monitor_key)
        """).to_arrow_table()
    finally:
        build.con.unregister("monitoring_batch")


def _count(build: _Build, scheme: str, batch: Batch, accepted: list[Accepted]) -> None:
    build.counts["duplicates"] += batch.duplicates
    for kind, species, mark, meaning, hours in batch.marks:
        build.marks[scheme, kind, build.species.get(species, ""), mark, meaning] += hours
    for one in accepted:
        build.counts["outliers"] += one.outliers
        if one.outliers:
            build.marks[scheme, "outlier", build.species[one.series.species], "", "invalid"] += one.outliers
