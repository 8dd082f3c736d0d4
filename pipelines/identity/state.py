"""Whether a linking has anything to do: most days bring hours and no new head.

Here: fingerprints of what a linking reads and of what it left in the work file. Not here: linking.
"""

from pathlib import Path

import duckdb

from pipelines.identity.registry import read_parent

_READ = (
    "from identity.record",
    "from identity.decision",
    "from identity.coordinate_decision",
    "select scheme, record_key, outlet_code, outlet_name, monitor_key, lon_deg, lat_deg"
    " from staging.stg_permit__outlet",
)
_LEFT = "select feed, scheme, record_key, valid_from, site_id from identity.link_version"


def begin(con: duckdb.DuckDBPyConnection) -> None:
    """Make room for a linking; what an earlier version of this room left is thrown away."""
    con.execute("create schema if not exists identity")
    if not _exists(con, "state"):
        con.execute("drop schema identity cascade; create schema identity")


def fingerprint(con: duckdb.DuckDBPyConnection, code: str) -> str:
    """What a linking reads, as text: equal for equal rows in whatever order, and for the same code and rules."""
    return "|".join([code, *(_hash(con, query) for query in _READ)])


def is_up_to_date(con: duckdb.DuckDBPyConnection, inputs: str, parent: Path | None) -> bool:
    """True if the work file holds the links of these inputs, and the parent release is made of them."""
    if parent is None or not _exists(con, "state"):
        return False
    if con.execute("select inputs from identity.state").fetchall() != [(inputs,)]:
        return False
    read_parent(con, parent)
    pairs = ((_LEFT, "select feed, scheme, record_key, valid_from, site_id from parent_link"),
             ("from identity.site_event", "from event"))  # fmt: skip
    return all(_hash(con, here) == _hash(con, there) for here, there in pairs)


def remember(con: duckdb.DuckDBPyConnection, inputs: str) -> None:
    """The work file now holds the links of these inputs."""
    con.execute("create or replace table identity.state as select ? as inputs", [inputs])


def forget(con: duckdb.DuckDBPyConnection) -> None:
    """From here on the links in the work file are those of no inputs."""
    con.execute("create or replace table identity.state (inputs varchar)")


def _hash(con: duckdb.DuckDBPyConnection, query: str) -> str:
    # Two sums, because equal rows would cancel each other out in one that is only xor.
    row = con.execute(
        f"select count(*), bit_xor(hash(given)), sum(hash(given)::hugeint) from ({query}) as given"
    ).fetchone()
    return ",".join(map(str, row or ()))


def _exists(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'identity' and table_name = ?", [table]
    ).fetchone()
    return found == (1,)
