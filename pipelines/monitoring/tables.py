"""The tables of the schema `monitoring` in the work file: their shape, and the one way rows get in.

Here: DDL, views, insert, the counts read back for the summary. Not here: how a row comes about.
"""

from collections import Counter
from typing import Any

import duckdb
import pyarrow as pa

PER_SPECIES = {"reported_kg": "double", "accepted_kg": "double", "filled_kg": "double",
               "fill_rule": "varchar", "flag": "varchar"}  # fmt: skip
PER_RECORD = {"revised_kg": "double", "mark": "varchar", "origin": "varchar"}

KEPT = "wide_hour"  # the hours as stored: columns only for species that some monitor reports


def create_tables(
    con: duckdb.DuckDBPyConnection, species: dict[str, str], reported: list[str], recorded: list[str]
) -> None:
    """Create or replace the tables, empty, and the views on the hours.

    Args:
        con: the work file.
        species: lower-case code (as in columns) → code as published, of every species of the raw contract.
        reported: codes that some monitor reports; the others are not stored, `hour` shows them empty.
        recorded: those of them that come with a platform's revised values and marks.
    """
    stored = {f"{s}_{column}": kind for s in reported for column, kind in PER_SPECIES.items()}
    stored |= {f"{s}_{column}": kind for s in recorded for column, kind in PER_RECORD.items()}
    measured = "".join(f", {column} {kind}" for column, kind in stored.items())
    shown = ", ".join(
        f"{s}_{column}" if f"{s}_{column}" in stored else f"null::{kind} as {s}_{column}"
        for s in species
        for column, kind in {**PER_SPECIES, **PER_RECORD}.items()
    )
    con.execute(f"""
        create schema if not exists monitoring;
        create or replace table monitoring.{KEPT} (
            monitor_id varchar, hour_start timestamp, state varchar, heat_input_gj double,
            gross_load_mwh double, source_file_id varchar, row_no bigint{measured});
        create or replace table monitoring.quarter (
            monitor_id varchar, species varchar, quarter_start date, calendar_hours bigint,
            stopped_hours bigint, accepted_hours bigint, filled_hours bigint, capture double,
            rule_set varchar, is_usable boolean);
        create or replace table monitoring.crosscheck (
            monitor_id varchar, species varchar, year bigint, hours bigint, agree_hours bigint, median_ratio double,
            slip varchar, slip_hours bigint);
        create or replace table monitoring.mark_count (
            scheme varchar, kind varchar, species varchar, mark varchar, meaning varchar, hours bigint);
        create or replace view monitoring.hour as
            select monitor_id, hour_start, state, heat_input_gj, gross_load_mwh, source_file_id, row_no,
                   {shown}
            from monitoring.{KEPT};
        create or replace view monitoring.hour_long as {long_sql(species)};
    """)


def long_sql(species: dict[str, str], schema: str = "monitoring") -> str:
    """SELECT that shows the wide hours of `<schema>.hour` long: per monitor the species `<schema>.quarter` knows."""
    return " union all ".join(
        f"""
        select monitor_id, '{name}' as species, hour_start, state, {code}_reported_kg as reported_kg,
               {code}_accepted_kg as accepted_kg, {code}_filled_kg as filled_kg,
               {code}_fill_rule as fill_rule, {code}_flag as flag, {code}_revised_kg as revised_kg,
               {code}_origin as origin, source_file_id, row_no
        from {schema}.hour
        where monitor_id in (select monitor_id from {schema}.quarter where species = '{name}')
        """
        for code, name in species.items()
    )


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append rows by column name, in their order."""
    # in pieces of a row group: DuckDB reads one Arrow chunk with one thread
    pieces = pa.Table.from_batches(rows.to_batches(max_chunksize=122_880), rows.schema)
    con.register("monitoring_rows", pieces)
    try:
        con.execute(f"insert into monitoring.{table} by name select * from monitoring_rows")
    finally:
        con.unregister("monitoring_rows")


def mark_table(marks: Counter[tuple[str, str, str, str, str]]) -> pa.Table:
    """Rows of `monitoring.mark_count` from counts by scheme, kind, species, mark, meaning."""
    names = ("scheme", "kind", "species", "mark", "meaning")
    keys = sorted(marks)
    columns = {name: pa.array([key[at] for key in keys], pa.string()) for at, name in enumerate(names)}
    return pa.table({**columns, "hours": pa.array([marks[key] for key in keys], pa.int64())})


def totals(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Hours by outcome (monitor x species x hour), quarters not usable, unknown marks, unit slips."""
    [(hours,)] = con.execute("select count(*) from monitoring.hour").fetchall()
    [(running, accepted, filled, unusable)] = con.execute("""
        select coalesce(sum(calendar_hours - stopped_hours), 0)::bigint,
               coalesce(sum(accepted_hours), 0)::bigint, coalesce(sum(filled_hours), 0)::bigint,
               count_if(not is_usable)
        from monitoring.quarter
    """).fetchall()
    unknown = con.execute("""
        select kind, scheme || ' ' || mark, sum(hours)::bigint from monitoring.mark_count
        where meaning = 'unknown' group by all order by all
    """).fetchall()
    slips = con.execute("""
        select monitor_id, species, year, slip from monitoring.crosscheck where slip is not null order by all
    """).fetchall()
    return {
        "hours": hours,
        "accepted": accepted,
        "filled": filled,
        "missing": running - accepted - filled,
        "unusable_quarters": unusable,
        "unknown_flags": {mark: n for kind, mark, n in unknown if kind == "flag"},
        "unknown_states": {mark: n for kind, mark, n in unknown if kind == "state"},
        "slips": slips,
    }
