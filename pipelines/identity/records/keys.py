"""Records of all feeds with their keys in one spelling: what all stages compare.

Here: building them, those that changed since the last linking, and what people decided about each record. Not here:
expressions of one spelling (`names`), comparing (`stages`).
"""

from pathlib import Path

import duckdb

from pipelines.codes.spelling import code_sql
from pipelines.identity.config import Linking
from pipelines.identity.records import names
from pipelines.identity.records.region import county_space
from pipelines.identity.small import TEXT, YES_NO, write_temp

ROOM = Path(__file__).parent
Record = tuple[str, str]  # scheme, record_key


def show_records(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp view `given_record` (all records, one row per version) from the staging views."""
    con.execute((ROOM / "record.sql").read_text(encoding="utf-8"))


def build_keys(con: duckdb.DuckDBPyConnection, linking: Linking) -> int:
    """Bring the table `identity.every_keyed` up to date; its view `identity.keyed` shows no record before its turn.

    Reads the temp tables `changed_record`, `register`, `used_record`, `decided`, `barred_group`. Adds to the columns
    of a record: name_key, legal_key, permit_key, address_key (one spelling), counties (that it may lie in), stay (its
    number of place in time), own_key (its place in its register), group_key (decisions), entity (linked as a whole).
    Leaves temp tables `came` and `gone`: rows that the table did not have before, or has no more.

    Returns:
        Number of changed rows.
    """
    county_space(con)
    con.execute("""
        create or replace temp table fresh_record as
        select * from used_record
        semi join changed_record using (feed, scheme, record_key)
    """)
    names.fold(con, "select record_name from fresh_record union select address from fresh_record")
    folded_name = names.folded_sql("record.record_name", "folded_name.folded")
    folded_address = names.folded_sql("record.address", "folded_address.folded")
    con.execute(
        (ROOM / "keyed.sql").read_text(encoding="utf-8").format(
            name_key=names.name_sql(folded_name),
            legal_key=names.legal_sql("record.legal_code"),
            permit_key=names.permit_sql("record.permit_key"),
            address_key=names.letters_sql(folded_address),
            plant_key=f"nullif({code_sql('record.plant_key')}, '')",
            record_key=code_sql("spelt.record_key"),
            moved_km=linking.move.moved_km,
        )
    )  # fmt: skip
    con.execute(
        "create table if not exists identity.every_keyed as select *, 0::bigint as row_no from fresh_keyed limit 0"
    )
    con.execute((ROOM / "changes.sql").read_text(encoding="utf-8").format(**linking.probabilistic["blocking"]))
    show_registers(con, -1)
    [(rows,)] = con.execute("select (select count(*) from came) + (select count(*) from gone)").fetchall()
    return int(rows)


def show_registers(con: duckdb.DuckDBPyConnection, up_to: int) -> None:
    """Let `identity.keyed` show the records of the registers up to this number."""
    con.execute(f"""
        create or replace view identity.keyed as
        select * exclude (register_no) from identity.every_keyed where register_no <= {up_to}
    """)


def write_decided(con: duckdb.DuckDBPyConnection) -> None:
    """Temp tables `decided` and `barred_group` from `identity.decision`.

    decided: scheme, record_key, group_key, is_shared, reason, reviewer; records decided to be the same share a group.
    barred_group: group_key, other_key, both ways, of groups that hold records decided to be different.
    """
    rows = con.execute(
        "select left_scheme, left_key, right_scheme, right_key, verdict, reviewer, decided_on, note"
        " from identity.decision order by all"
    ).fetchall()
    groups: dict[Record, set[Record]] = {}
    for row in rows:
        left, right = row[:2], row[2:4]
        one, other = groups.setdefault(left, {left}), groups.setdefault(right, {right})
        if row[4] == "same":
            groups.update(dict.fromkeys(one | other, one | other))
    names_of = {record: "=" + "|".join(min(group)) for record, group in groups.items()}
    said: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row[4] == "same":
            text = f"{row[5]} decided on {row[6]}" + (f": {row[7]}" if row[7] else "")
            said.setdefault(names_of[row[:2]], []).append((row[5], text))
    barred = sorted(
        {pair for row in rows if row[4] == "different"
         for pair in ((names_of[row[:2]], names_of[row[2:4]]), (names_of[row[2:4]], names_of[row[:2]]))}
    )  # fmt: skip
    decided = [
        (*record, group, len(groups[record]) > 1, *_told(said.get(group, [])))
        for record, group in sorted(names_of.items())
    ]
    texts = dict.fromkeys(("scheme", "record_key", "group_key"), TEXT)
    write_temp(con, "decided", texts | {"is_shared": YES_NO, "reason": TEXT, "reviewer": TEXT}, decided)
    write_temp(con, "barred_group", {"group_key": TEXT, "other_key": TEXT}, barred)


def _told(said: list[tuple[str, str]]) -> tuple[str | None, str | None]:
    """Reason and reviewer of a group, from all who said something about it."""
    if not said:
        return None, None
    return "; ".join(text for _, text in said), ", ".join(sorted({reviewer for reviewer, _ in said}))
