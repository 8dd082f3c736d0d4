"""Every rule that a contract implies is found broken when it is broken, and only then (real DuckDB)."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines import contracts
from pipelines.contracts import Column, Contract
from pipelines.gate.evidence import collect
from pipelines.gate.floor import NOT_AT_RAW, FloorCheck, floor_checks, literal

PLAIN = {"text": "x", "bool": "true", "date": "2020-01-01", "timestamp": "2020-01-01"}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """All tables of both layers, in schemas `v1` and `raw`, each with one row in which all rules hold."""
    with duckdb.connect() as con:
        for schema, layer in (("v1", "public"), ("raw", "raw")):
            con.execute(f"create schema {schema}")
            for contract in contracts.load(layer).values():  # type: ignore[arg-type]
                con.execute(contracts.create_sql(contract, schema))
                values = ", ".join(literal(sound(column)) for column in contract.all_columns)
                con.execute(f'insert into {schema}."{contract.table}" values ({values})')
                for _ in range(contract.min_rows - 1):
                    raise AssertionError("give the fixture more rows: a contract wants more than one")
        yield con


def sound(column: Column) -> str:
    if column.values:
        return column.values[0]
    if column.type in ("int", "double"):
        return str(max(column.min or 0, 1 if column.max is None else min(1, column.max)))
    return PLAIN[column.type]


def cases() -> list[Any]:
    found = []
    for schema, layer, without in (("v1", "public", frozenset()), ("raw", "raw", NOT_AT_RAW)):
        for contract in contracts.load(layer).values():  # type: ignore[arg-type]
            checks = floor_checks([contract], "floor", without)
            found.append(pytest.param(schema, contract, checks, id=f"{layer}.{contract.table}"))
    return found


def breakage(check: FloorCheck, relation: str, contract: Contract) -> str:
    match check.rule:
        case "unique_key":
            return f"insert into {relation} from {relation}"
        case "min_rows":
            return f"delete from {relation}"
        case "columns":
            return f'alter table {relation} drop column "{contract.all_columns[-1].name}"'
    wrong = {
        "not_null": "null",
        "finite": "'nan'::double",
        "min": f"{check.argument} - 1" if check.rule == "min" else "",
        "max": f"{check.argument} + 1" if check.rule == "max" else "",
        "values": "'no such value'",
        "codes": "'no such code'",
    }[check.rule]
    return f'update {relation} set "{check.column}" = {wrong}'


@pytest.mark.parametrize(("schema", "contract", "checks"), cases())
def test_each_rule_finds_its_breach(
    con: duckdb.DuckDBPyConnection, schema: str, contract: Contract, checks: list[FloorCheck]
) -> None:
    tables, relation = {contract.table: contract}, f'{schema}."{contract.table}"'
    before = collect(con, checks, tables, schema)
    assert [e.check for e in before if e.violations] == []
    assert {e.check for e in before} == set(checks)
    for check in checks:
        con.execute("begin")
        con.execute(breakage(check, relation, contract))
        found = {e.check: e for e in collect(con, [check], tables, schema)}
        con.execute("rollback")
        assert found[check].violations > 0, check.check_id
        assert found[check].example, check.check_id


def test_rules_of_a_missing_table_or_column_have_no_evidence(con: duckdb.DuckDBPyConnection) -> None:
    contract = contracts.load("public")["emission"]
    checks, tables = floor_checks([contract], "floor"), {"emission": contract}
    con.execute("begin")
    con.execute("alter table v1.emission drop column mass_kg")
    left = collect(con, checks, tables, "v1")
    assert not [e for e in left if e.check.column == "mass_kg"]
    con.execute("drop table v1.emission")
    assert collect(con, checks, tables, "v1") == []
    con.execute("rollback")


def test_nulls_in_a_key_count_as_equal(con: duckdb.DuckDBPyConnection) -> None:
    contract = contracts.load("raw")["statistics__emission"]
    checks = [c for c in floor_checks([contract], "floor") if c.rule == "unique_key"]
    con.execute("begin")
    con.execute("update raw.statistics__emission set part_code = null")
    con.execute("insert into raw.statistics__emission from raw.statistics__emission")
    [evidence] = collect(con, checks, {contract.table: contract}, "raw")
    con.execute("rollback")
    assert evidence.violations == 1
