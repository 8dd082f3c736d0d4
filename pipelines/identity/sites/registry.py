"""Lasting site ids: what the parent release called the places, and what changed since.

Here: reading the parent's crosswalk and events, naming the sites of this refresh, recording new sites, merges and
splits, the links by those names. Not here: which records are one place (`stages`, `found`).

An id stays with the record that founded the site, else with most of its records (ties: the smallest id). Two old ids in
one site are a merge: the one that is not kept resolves to the other. An old id in two sites is a split: the one that
does not keep it gets an id of its own. Ids of sites are never given twice.
"""

from pathlib import Path

import duckdb

from pipelines.codes.spelling import quote

ROOM = Path(__file__).parent
_LINKS = "feed varchar, scheme varchar, record_key varchar, valid_from date, site_id varchar"
_EVENTS = (
    "event_id varchar, event varchar, old_site_id varchar, site_id varchar, feed varchar, scheme varchar,"
    " record_key varchar, valid_from date, after_release varchar, reason varchar"
)


def name_sites(con: duckdb.DuckDBPyConnection, parent: Path | None, whole: bool) -> None:
    """Give the sites of the temp table `changed_label` their lasting ids; write `identity.named`, `site`, `site_event`.

    Args:
        con: the work file, with `identity.keyed` and `identity.match` (sites under provisional labels).
        parent: folder of the release whose ids hold, None for the first. Only its Parquet files are read.
        whole: all sites are named; otherwise the tables of the work file are those that the parent was made of.
    """
    if whole:
        read_parent(con, parent)
        con.execute("create or replace table identity.site_event as from parent_event")
        con.execute(
            "create or replace temp table changed_label as select distinct site_id as label from identity.match"
        )
    else:
        con.execute("create or replace temp view parent_link as from identity.link_version")
    con.execute(f"set variable parent_release = {quote(parent.name) if parent else 'null'}")
    for part in ("scope.sql", "registry.sql", "events.sql"):
        con.execute((ROOM / part).read_text(encoding="utf-8"))


def write_links(con: duckdb.DuckDBPyConnection) -> None:
    """Write `identity.link` and `identity.link_version` of the sites that changed, by their lasting ids."""
    con.execute((ROOM / "link.sql").read_text(encoding="utf-8"))


def read_parent(con: duckdb.DuckDBPyConnection, parent: Path | None) -> tuple[str, str]:
    """Make the temp views `parent_link` and `parent_event`, empty without a parent; returns their names."""
    for table, view, columns in (("crosswalk", "parent_link", _LINKS), ("site_event", "parent_event", _EVENTS)):
        typed = [column.split() for column in columns.split(", ")]
        query = "select " + ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in typed)
        # A release of an earlier version has no events yet.
        if parent and (folder := parent / "parquet" / "v1" / table).is_dir():
            query += f" from read_parquet({quote(f'{folder}/*.parquet')})"
        else:
            query = "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in typed) + " limit 0"
        con.execute(f"create or replace temp view {view} as {query}")
    return "parent_link", "parent_event"
