"""`warehouse.duckdb` of a release: what analysts open.

Here: schema `v1` with the public tables, plain views of the same names in `main`, comments on everything,
in a storage version that DuckDB 1.x reads. Rows come from the Parquet files beside it, so both say the
same. Not here: the work file, which only the pipeline opens.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines import contracts
from pipelines.contracts import Contract
from pipelines.errors import InventoryError
from pipelines.release.parquet import files_of

FILE_NAME = "warehouse.duckdb"
STORAGE_VERSION = "v1.0.0"


@dataclass(frozen=True)
class StoredView:
    """A public table shown as a view over tables of another shape (hours: stored wide, shown long).

    Attributes:
        stored: table name in schema `storage` of the release → relation in the work file it is copied from.
        sql: SELECT with the contract's columns over `storage.<table>` and `v1.<table>`; None takes the work
            file's own view and puts the release's names in the place of the work file's.
    """

    stored: Mapping[str, str] = field(default_factory=dict)
    sql: str | None = None


def build(
    con: duckdb.DuckDBPyConnection,
    candidate: Path,
    tables: Mapping[str, Contract],
    views: Mapping[str, StoredView],
) -> None:
    """Write the file from the candidate's Parquet; `con` is open on the work file (for stored views)."""
    work = _name_of(con)
    definitions = {name: view.sql or _moved(con, name, view, tables) for name, view in views.items()}
    with _attached(con, candidate / FILE_NAME):
        con.execute("create schema if not exists v1")
        for name, contract in tables.items():
            if name not in views:
                load(con, contract, candidate / "parquet/v1" / name)
        for name, sql in definitions.items():
            _stored_view(con, work, tables[name], views[name], sql)
    _check_shape(candidate, tables)


def add_table(candidate: Path, contract: Contract) -> None:
    """Load one more table (the audit) from the candidate's Parquet into its existing file."""
    with duckdb.connect() as con, _attached(con, candidate / FILE_NAME):
        con.execute("set enable_progress_bar = false")
        load(con, contract, candidate / "parquet/v1" / contract.table)


def load(con: duckdb.DuckDBPyConnection, contract: Contract, folder: Path) -> None:
    """Create and comment `v1.<table>` in the current database, fill it from Parquet, show it in `main`."""
    paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files_of(folder))
    con.execute(contracts.create_sql(contract, "v1"))
    con.execute(
        f'insert into v1."{contract.table}" select * from read_parquet([{paths}], hive_partitioning = false)'
    )
    for statement in contracts.comment_sql(contract, "v1"):
        con.execute(statement)
    _plain_view(con, contract)


def _stored_view(
    con: duckdb.DuckDBPyConnection, work: str, contract: Contract, view: StoredView, sql: str
) -> None:
    con.execute("create schema if not exists storage")
    for name, relation in view.stored.items():
        con.execute(f'create table storage."{name}" as select * from "{work}".{relation}')
        shown = f"v1.{contract.table}"
        note = f"Storage of {shown}, not part of the contract: read the view. | {shown} 的存储表，请读视图。"
        con.execute(f"comment on table storage.\"{name}\" is '{note}'")
    columns = ", ".join(
        f'cast("{name}" as {kind}) as "{name}"' for name, kind in contracts.duckdb_columns(contract)
    )
    con.execute(f'create view v1."{contract.table}" as select {columns} from ({sql})')
    _comment_view(con, contract, "v1")
    _plain_view(con, contract)


def _plain_view(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    con.execute(f'create view main."{contract.table}" as select * from v1."{contract.table}"')
    _comment_view(con, contract, "main")


def _comment_view(con: duckdb.DuckDBPyConnection, contract: Contract, schema: str) -> None:
    for statement in contracts.comment_sql(contract, schema):
        con.execute(re.sub("^comment on table", "comment on view", statement))


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[None]:
    """Make the release's file the current database of `con`; leave it checkpointed, closed, without a log."""
    before = _name_of(con)
    con.execute(f"attach '{path}' as candidate (storage_version '{STORAGE_VERSION}')")
    try:
        # Row order in the file is the order of the Parquet files: sorted data compresses and skips better.
        con.execute("set preserve_insertion_order = true")
        con.execute("use candidate")
        con.execute("begin")  # hundreds of comments: each by itself would wait for the disk
        yield
        con.execute("commit")
        con.execute("checkpoint candidate")
    finally:
        con.execute(f'use "{before}"')
        con.execute("detach candidate")
    if path.with_name(path.name + ".wal").exists():
        raise InventoryError(
            f"{path.name}: DuckDB left a write-ahead log behind; the candidate is not complete."
        )


def _name_of(con: duckdb.DuckDBPyConnection) -> str:
    row = con.execute("select current_database()").fetchone()
    return str(row[0]) if row else "memory"


def _moved(
    con: duckdb.DuckDBPyConnection, table: str, view: StoredView, tables: Mapping[str, Contract]
) -> str:
    """The work file's definition of `marts.<table>` with relation names of the release."""
    row = con.execute(
        "select sql from duckdb_views() "
        "where database_name = current_database() and schema_name = 'marts' and view_name = ?",
        [table],
    ).fetchone()
    if row is None:
        raise InventoryError(f"marts.{table} is no view of the work file; give the SQL of its stored view.")
    select = re.sub(r"^\s*create\s+view\s+.*?\sas\s", "", row[0], count=1, flags=re.IGNORECASE | re.DOTALL)
    names = {relation: f"storage.{stored}" for stored, relation in view.stored.items()}
    names |= {f"marts.{name}": f"v1.{name}" for name in tables if name != table}
    for old, new in names.items():
        schema, relation = old.split(".")
        database = rf'(?:"?{re.escape(_name_of(con))}"?\.)?'
        pattern = rf'(?<![\w."]){database}"?{re.escape(schema)}"?\."?{re.escape(relation)}"?(?![\w"])'
        select = re.sub(pattern, new, select)
    return select.strip().rstrip(";")


def _check_shape(candidate: Path, tables: Mapping[str, Contract]) -> None:
    """Open the file as a reader would: every table must bind by itself and hold what its Parquet holds."""
    with duckdb.connect(str(candidate / FILE_NAME), read_only=True) as con:
        for name, contract in tables.items():
            try:
                shape = con.execute(f'describe v1."{name}"').fetchall()
                found = con.execute(f'select count(*) from main."{name}"').fetchone()
            except duckdb.Error as error:
                raise InventoryError(f"{FILE_NAME}: v1.{name} cannot be read by itself: {error}") from error
            if [(row[0], row[1]) for row in shape] != contracts.duckdb_columns(contract):
                raise InventoryError(f"{FILE_NAME}: v1.{name} does not have the columns of its contract.")
            paths = [str(path) for path in files_of(candidate / "parquet/v1" / name)]
            if found != con.execute("select count(*) from read_parquet(?)", [paths]).fetchone():
                raise InventoryError(
                    f"{FILE_NAME}: v1.{name} and its Parquet files differ in their number of rows."
                )
