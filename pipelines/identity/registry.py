"""Lasting site ids: what the parent release called the places, and what changed since.

Here: reading the parent's crosswalk and events, naming the sites of this refresh, recording new sites, merges and
splits. Not here: which records are one place (`stages`, `found`).

An id stays with the record that founded the site, else with most of its records (ties: the smallest id). Two old ids in
one site are a merge: the one that is not kept resolves to the other. An old id in two sites is a split: the one that
does not keep it gets an id of its own. Ids of sites are never given twice.
"""

from pathlib import Path

import duckdb

from pipelines.codes.spelling import quote

# What is read of the parent: table, name here, columns.
_PARENT = (
    ("crosswalk", "parent_link", "feed scheme record_key valid_from site_id"),
    (
        "site_event",
        "event",
        "event_id event old_site_id site_id feed scheme record_key valid_from after_release reason",
    ),
)


def name_sites(con: duckdb.DuckDBPyConnection, parent: Path | None) -> None:
    """Give the sites of `identity.match` their lasting ids; write `identity.site` and `identity.site_event`.

    Args:
        con: the work file, with `identity.keyed` and `identity.match` (sites under provisional labels).
        parent: folder of the release whose ids hold, None for the first. Only its Parquet files are read.
    """
    read_parent(con, parent)
    con.execute(f"set variable parent_release = {quote(parent.name) if parent else 'null'}")
    for part in ("registry.sql", "events.sql"):
        con.execute((Path(__file__).parent / part).read_text(encoding="utf-8"))


def read_parent(con: duckdb.DuckDBPyConnection, parent: Path | None) -> None:
    """Write the temp tables `parent_link` and `event`: the parent's links and events, empty without a parent."""
    for table, name, columns in _PARENT:
        wanted = columns.split()
        typed = ", ".join(f"{column} {'date' if column == 'valid_from' else 'varchar'}" for column in wanted)
        con.execute(f"create or replace temp table {name} ({typed})")
        # A release of an earlier version has no events yet.
        if parent and (folder := parent / "parquet" / "v1" / table).is_dir():
            source = f"read_parquet({quote(f'{folder}/*.parquet')})"
            con.execute(f"insert into {name} by name select {', '.join(wanted)} from {source}")
