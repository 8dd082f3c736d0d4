"""A small consistent world (`world.sql`, `raw.sql`) as work file, candidate and published release.

The tables are made from the contracts. Exports and audits are made once per session; tests get copies.
"""

import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from pipelines import contracts, gate, release
from pipelines.contracts import Column
from pipelines.home import Home

HERE = Path(__file__).parent
KNOWN_AT = datetime(2021, 3, 4, 5, 6, 7)
FEEDS = ["permit", "statistics", "monitoring"]


def fill(con: duckdb.DuckDBPyConnection, schema: str) -> duckdb.DuckDBPyConnection:
    """Create every public table in `schema` and fill the world in."""
    con.execute(f"create schema {schema}")
    for contract in contracts.load("public").values():
        con.execute(contracts.create_sql(contract, schema))
    con.execute(f"set schema = '{schema}'")
    con.execute((HERE / "world.sql").read_text(encoding="utf-8"))
    con.execute("set schema = 'main'")
    for contract in contracts.load("public").values():
        for column in contract.columns:
            if column.required:
                _default(con, f'{schema}."{contract.table}"', column)
    return con


def _default(con: duckdb.DuckDBPyConnection, relation: str, column: Column) -> None:
    """Fill a required column that the world says nothing about: a new contract column breaks no test."""
    plain = {"int": "1", "double": "1", "bool": "false", "date": "2020-01-01", "timestamp": "2020-01-01"}
    value = column.values[0] if column.values else plain.get(column.type, "x")
    con.execute(f"""update {relation} set "{column.name}" = '{value}' where "{column.name}" is null""")


def record(home: Home) -> release.ReleaseRecord:
    """The record of the next release of the world."""
    return release.ReleaseRecord(
        release_id=release.next_release_id(home, KNOWN_AT.date()),
        feed_set="test",
        territory="T",
        years="2020",
        known_at=KNOWN_AT,
        input_fingerprint="f" * 64,
        code_version="c" * 64,
        contract_version=contracts.contract_version(),
        parent_release_id=release.current_id(home),
        is_synthetic=True,
    )


@pytest.fixture(scope="session")
def raw_con() -> duckdb.DuckDBPyConnection:
    """A work file in memory with schema `raw`. Tests change it inside a transaction and roll back."""
    con = duckdb.connect()
    con.execute("create schema raw")
    for contract in [*contracts.load("raw").values(), contracts.load("public")["source_file"]]:
        con.execute(contracts.create_sql(contract, "raw"))
    con.execute((HERE / "raw.sql").read_text(encoding="utf-8"))
    return con


@pytest.fixture(scope="session")
def candidate_con(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A candidate in memory: schema `v1` with the world and its release record; changed likewise."""
    con = fill(duckdb.connect(), "v1")
    row = record(Home(tmp_path_factory.mktemp("no_release")).ensure())
    values = list(vars(row).values())
    con.execute(f"insert into v1.release values ({', '.join('?' * len(values))})", values)
    return con


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A work file whose schema `marts` holds the world."""
    return fill(duckdb.connect(str(tmp_path_factory.mktemp("work") / "warehouse.duckdb")), "marts")


@pytest.fixture(scope="session")
def raw_rows(raw_con: duckdb.DuckDBPyConnection) -> list[gate.AuditRow]:
    """Audit of the raw gate."""
    return gate.run_raw_gate(raw_con, FEEDS, date(2021, 3, 4))


@pytest.fixture(scope="session")
def template(
    work: duckdb.DuckDBPyConnection, raw_rows: list[gate.AuditRow], tmp_path_factory: pytest.TempPathFactory
) -> Home:
    """One published release, and a candidate `next` that has neither audit nor manifest yet."""
    home = Home(tmp_path_factory.mktemp("template")).ensure()
    first = release.export_candidate(work, home, "first", record(home))
    rows = gate.run_candidate_gate(home, first, docs=first / "docs")
    release.attach_audit(first, [*raw_rows, *rows])
    release.seal(first)
    release.publish(home, first)
    release.export_candidate(work, home, "next", record(home))
    return home


@pytest.fixture(scope="session")
def audit(raw_rows: list[gate.AuditRow], template: Home) -> list[gate.AuditRow]:
    """The complete audit of the candidate `next`."""
    return [*raw_rows, *gate.run_candidate_gate(template, template.releases / ".candidate-next")]


@pytest.fixture
def copy(template: Home, tmp_path: Path) -> Home:
    """A copy of the template that the test may change."""
    shutil.copytree(template.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")
