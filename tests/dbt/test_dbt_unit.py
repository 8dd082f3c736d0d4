"""The dbt unit tests: all pass, and no model that computes is without one.

What a model computes is read from its compiled SQL by DuckDB's own parser, so that nobody has to keep a list.
"""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

LAYERS = ("intermediate", "marts")  # staging shows the latest rows; what it computes beside that may have a test
OPERATORS = {"+", "-", "*", "/", "//", "%", "**", "^"}


def computes(con: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """True if a query aggregates, uses a window or calculates with an operator."""
    parsed = json.loads(con.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()[0])
    assert not parsed["error"], parsed.get("error_message")
    aggregates = {
        name for (name,) in con.execute(
            "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
        ).fetchall()
    }  # fmt: skip
    return any(
        node.get("class") == "WINDOW"
        or (node.get("class") == "FUNCTION" and node["function_name"] in aggregates | OPERATORS)
        for node in _nodes(parsed)
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select a, b || '-' as c from t where a > 1 order by b", False),
        ("select t.*, u.* from t inner join u on u.a = t.a and u.b between 1 and 2", False),
        ("select coalesce(a, b) as c, make_date(2023, 1, 1) as d from t", False),
        ("select a - b as c from t", True),
        ("with s as (select x.a / 2 as b from t as x) select b from s", True),
        ("select a from t where a in (select max(b) from u)", True),
        ("select count(*) as n from t", True),
        ("select a from t qualify row_number() over (partition by a order by b) = 1", True),
    ],
)
def test_what_counts_as_computing(sql: str, expected: bool) -> None:
    assert computes(duckdb.connect(), sql) is expected


def test_every_computing_model_has_a_unit_test(inventory) -> None:
    compiled = inventory.dbt("compile", "--select", "path:models")
    con = duckdb.connect()
    nodes = [result.node for result in compiled.results if result.node.resource_type == "model"]
    models = {node.name: node.compiled_code for node in nodes}
    assert len(models) > 20, "the project has more models than that: the selection is wrong"
    computing = {node.name for node in nodes if node.fqn[1] in LAYERS and computes(con, node.compiled_code)}
    tested = {test["model"] for test in inventory.runner.manifest["unit_tests"].values()}
    assert computing - tested == set(), "these models compute, but no unit test works an example of them"
    assert tested <= models.keys()


def test_every_unit_test_says_how_its_numbers_were_worked(inventory) -> None:
    bare = [t["name"] for t in inventory.runner.manifest["unit_tests"].values() if len(t["description"]) < 40]
    assert bare == []


def test_unit_tests_pass(inventory, show) -> None:
    unit_tests = inventory.runner.manifest["unit_tests"].values()
    results = list(inventory.dbt("test", "--select", "test_type:unit").results)
    failed = [f"{result.node.name}: {result.message}" for result in results if str(result.status) != "pass"]
    assert failed == [], "\n".join(failed)
    assert len(results) == len(unit_tests) > 0
    models = {test["model"] for test in unit_tests}
    show(f"{len(results)} dbt unit tests of {len(models)} models passed")
