"""Evidence: what the floor rules find in the tables, as one bounded frame (one row per expected check).

Here: the set-based SQL, one query per table. Not here: the verdict — that is the suite's — and which rules
exist (`floor.py`). A check that could not be computed has no row: the suite demands the full set of rows
and so fails.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import duckdb

from pipelines.contracts import Contract, duckdb_columns, load
from pipelines.gate.floor import ROW_RULES, FloorCheck, quoted

COLUMNS = ("check_id", "table_name", "column_name", "rule", "rows", "violations", "example")


@dataclass(frozen=True)
class Evidence:
    """Outcome of one floor check: rows looked at, rows in breach, one example as text."""

    check: FloorCheck
    rows: int
    violations: int
    example: str


def collect(
    con: duckdb.DuckDBPyConnection, checks: Iterable[FloorCheck], tables: Mapping[str, Contract], schema: str
) -> list[Evidence]:
    """Evidence of every check that can be computed in `schema`; `checks` come grouped by table."""
    found: list[Evidence] = []
    for table, group in groupby(checks, key=lambda check: check.table):
        found += _table(con, list(group), tables[table], schema)
    return found


def _table(
    con: duckdb.DuckDBPyConnection, checks: list[FloorCheck], contract: Contract, schema: str
) -> Iterator[Evidence]:
    present = dict(
        con.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = current_database() and schema_name = ? and table_name = ? "
            "order by column_index",
            [schema, contract.table],
        ).fetchall()
    )
    if not present:
        return
    relation = f"{quoted(schema)}.{quoted(contract.table)}"
    # NULL as well as a wrong value would make a rule on a missing column pass, so such a rule is left out.
    able = [c for c in checks if c.rule != "columns" and _needs(c) <= present.keys()]
    sums = ", ".join(_measure(check, relation, schema) for check in able)
    rows, *violations = con.execute(
        f"select count(*){', ' if sums else ''}{sums} from {relation}"
    ).fetchone() or (0,)
    for check in checks:
        if check.rule == "columns":
            wrong = _column_differences(contract, present)
            yield Evidence(check, rows, len(wrong), "; ".join(wrong[:3]))
    for check, counted in zip(able, violations, strict=True):
        yield _evidence(con, check, contract, relation, schema, rows, int(counted or 0))


def _needs(check: FloorCheck) -> set[str]:
    if check.rule == "unique_key":
        return set(check.argument)
    return {check.column} if check.column else set()


def _measure(check: FloorCheck, relation: str, schema: str) -> str:
    """Scalar SQL expression that counts the rows in breach."""
    if check.rule in ROW_RULES:
        return f"count(*) filter (where {check.predicate()})"
    if check.rule == "codes":
        return f"(select coalesce(sum(n), 0) from ({_unknown_codes(check, relation, schema)}))"
    if check.rule == "unique_key":
        # Distinct hashes never hide a repeated key; a collision only asks for the exact count below.
        return f"count(*) - count(distinct hash({', '.join(map(quoted, check.argument))}))"
    if check.rule == "min_rows":
        return f"greatest({check.argument} - count(*), 0)"
    raise ValueError(f"floor rule {check.rule} has no measure")


def _unknown_codes(check: FloorCheck, relation: str, schema: str) -> str:
    name, code_table = quoted(check.column or ""), check.argument
    key = load("public")[code_table].key[0]
    return (
        f"select {name} as code, count(*) as n from {relation} where {name} is not null and {name} not in "
        f"(select {quoted(key)} from {quoted(schema)}.{quoted(code_table)} where {quoted(key)} is not null) "
        "group by 1"
    )


def _evidence(
    con: duckdb.DuckDBPyConnection,
    check: FloorCheck,
    contract: Contract,
    relation: str,
    schema: str,
    rows: int,
    counted: int,
) -> Evidence:
    if not counted:
        return Evidence(check, rows, 0, "")
    if check.rule == "min_rows":
        return Evidence(check, rows, counted, f"{rows} row(s)")
    if check.rule == "codes":
        code = con.execute(f"select min(code) from ({_unknown_codes(check, relation, schema)})").fetchone()
        return Evidence(check, rows, counted, f"{check.column}={code[0] if code else ''}")
    names = list(check.argument) if check.rule == "unique_key" else [*contract.key, check.column]
    shown = list(dict.fromkeys(name for name in names if name))
    columns = ", ".join(map(quoted, shown))
    if check.rule == "unique_key":
        repeated = f"select {columns}, count(*) as n from {relation} group by {columns} having count(*) > 1"
        exact = con.execute(f"select coalesce(sum(n - 1), 0) from ({repeated})").fetchone()
        counted = int(exact[0]) if exact else 0
        source = f"select {columns} from ({repeated})"
    else:
        source = f"select {columns} from {relation} where {check.predicate()}"
    first = con.execute(f"{source} order by all nulls first limit 1").fetchone()
    example = ", ".join(f"{name}={value}" for name, value in zip(shown, first, strict=True)) if first else ""
    return Evidence(check, rows, counted, example)


def _column_differences(contract: Contract, present: Mapping[str, str]) -> list[str]:
    wanted = dict(duckdb_columns(contract))
    found = [f"{name} is missing" for name in wanted if name not in present]
    found += [f"{name} is not in the contract" for name in present if name not in wanted]
    found += [
        f"{name} is {present[name]} instead of {kind}"
        for name, kind in wanted.items()
        if name in present and present[name] != kind
    ]
    if not found and list(present) != list(wanted):
        found = ["columns stand in another order than in the contract"]
    return found
