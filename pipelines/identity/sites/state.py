"""What a linking leaves behind for the next one: most days bring hours and no new head, or a few of them.

Here: fingerprints of what a linking reads and of what it left in the work file, and the records that changed since. Not
here: linking. The work file may be thrown away at any time: what is linked anew is the same.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.identity.sites.registry import read_parent
from pipelines.identity.small import NUMBER, TEXT, write_temp

ROOM = Path(__file__).parent
_READ = "select source_hash from used_record"
_DECIDED = ("from identity.decision", "from identity.coordinate_decision")
_OUTLETS = (
    "select scheme, record_key, outlet_code, outlet_name, monitor_key, lon_deg, lat_deg from staging.stg_permit__outlet"
)
_LINKS = "select feed, scheme, record_key, valid_from, site_id from"
_LEFT = (f"{_LINKS} identity.link_version", "from identity.site_event")


@dataclass(frozen=True)
class State:
    """Fingerprints: of code, rules and registers; of everything that is read; of the links and events that it left."""

    rules: str
    inputs: str
    left: str = ""


def take(con: duckdb.DuckDBPyConnection) -> State | None:
    """The state of the last linking, None if there is none; a linking that fails leaves none."""
    con.execute("create schema if not exists identity")
    found = []
    if _exists(con, "state"):
        columns = [name for name, *_ in con.execute("describe identity.state").fetchall()]
        found = con.execute("from identity.state").fetchall() if columns == ["rules", "inputs", "left_behind"] else []
    con.execute("create or replace table identity.state (rules varchar, inputs varchar, left_behind varchar)")
    return State(*found[0]) if len(found) == 1 else None


def remember(con: duckdb.DuckDBPyConnection, state: State) -> None:
    """The work file now holds the links of this state."""
    left = state.left or "|".join(_hash(con, query) for query in _LEFT)
    con.execute("insert into identity.state values (?, ?, ?)", [state.rules, state.inputs, left])


def read(con: duckdb.DuckDBPyConnection, code: str, feed_order: tuple[str, ...]) -> State:
    """What a linking reads now, for equal rows in whatever order; leaves the temp table `register`."""
    registers = con.execute("select distinct feed, scheme from used_record").fetchall()
    registers.sort(key=lambda register: (feed_order.index(register[0]), register[1]))
    numbered = [(*register, number) for number, register in enumerate(registers)]
    write_temp(con, "register", {"feed": TEXT, "scheme": TEXT, "register_no": NUMBER}, numbered)
    rules = "|".join([code, duckdb.__version__, *map(str, registers)])
    return State(rules, "|".join([rules, *(_hash(con, q) for q in (_READ, *_DECIDED, _OUTLETS))]))


def is_of_parent(con: duckdb.DuckDBPyConnection, state: State, parent: Path | None) -> bool:
    """True if the parent release is made of the links that the state's linking left."""
    if parent is None:
        return False
    links, events = read_parent(con, parent)
    return state.left == "|".join((_hash(con, f"{_LINKS} {links}"), _hash(con, f"from {events}")))


def begin(con: duckdb.DuckDBPyConnection, whole: bool) -> None:
    """Make room for a linking, anew or as a continuation; leaves the temp table `changed_record`.

    That is every record of which a version is new or gone, and all that people decided on, now or before.
    """
    if whole:
        keep = "'state', 'decision', 'coordinate_decision'"
        tables = con.execute(
            f"select table_name from duckdb_tables() where schema_name = 'identity' and table_name not in ({keep})"
        ).fetchall()
        for (table,) in tables:
            con.execute(f'drop table identity."{table}"')
    con.execute((ROOM / "state.sql").read_text(encoding="utf-8"))
    if whole:
        con.execute(
            "create or replace temp table changed_record as select distinct feed, scheme, record_key from used_record"
        )
        return
    con.execute("""
        create or replace temp table changed_record as
        with given as (
            select feed, scheme, record_key, source_hash from used_record
        )

        select feed, scheme, record_key from given anti join identity.every_keyed using (source_hash)
        union
        select feed, scheme, record_key from identity.every_keyed
        where source_hash not in (select source_hash from given) or group_key is not null
        union
        select feed, scheme, record_key from given semi join decided using (scheme, record_key)
    """)


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
