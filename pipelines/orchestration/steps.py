"""What every Python step shares: the work file, the lock of the home, errors as sentences.

Here: small things around a step. Not here: steps (`assets.py`, `gates.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb

from pipelines.errors import InventoryError
from pipelines.home import Home
from pipelines.orchestration.lock import exclusive

WRITER_POOL = "duckdb_writer"  # one place: DuckDB allows one writing process and then no other
LOCK = "home_lock"
SETTINGS = {"memory_limit": "4GB", "autoinstall_known_extensions": "false"}


@contextmanager
def work_file(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file, open for writing, closed (and checkpointed) afterwards."""
    with duckdb.connect(str(home.work_db), config=dict(SETTINGS)) as con:
        con.execute("set enable_progress_bar = false")  # it would draw over the display of the command line
        yield con


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """A room's InventoryError fails the step with its sentence and carries its exit code along."""
    try:
        yield
    except InventoryError as error:
        raise failure(error.message, error.exit_code, error.zh) from error


def source_specs(manifest: Mapping[str, Any], source: str, **more: Any) -> list[dg.AssetSpec]:
    """Assets for the tables that dbt reads from a room, described as dbt's sources are."""
    told = {s["name"]: s["description"] for s in manifest["sources"].values() if s["source_name"] == source}
    return [
        dg.AssetSpec(key, group_name=source, description=told[key.path[-1]], kinds={"duckdb", "python"}, **more)
        for key in source_keys(manifest, source)
    ]


def failure(sentence: str, exit_code: int, zh: str | None = None) -> dg.Failure:
    """A step failure that the command line can show as it is, in Chinese where it has it."""
    told = {"exit_code": exit_code} | ({"zh": zh} if zh else {})
    return dg.Failure(description=sentence, metadata=told, allow_retries=False)


def lock_resource(home: Home) -> dg.ResourceDefinition:
    """Holds the home for the length of a run, whoever started it: command line, schedule or web page."""

    @dg.resource(description="One refresh at a time on this home.")
    @contextmanager
    def home_lock(_: dg.InitResourceContext) -> Iterator[None]:
        with exclusive(home):
            yield

    return home_lock


def source_keys(manifest: Mapping[str, Any], source_name: str) -> list[dg.AssetKey]:
    """Keys of the tables that dbt reads from a Python room, sorted: those the room must make."""
    tables = (s["name"] for s in manifest["sources"].values() if s["source_name"] == source_name)
    return [dg.AssetKey([source_name, table]) for table in sorted(tables)]


def row_counts(con: duckdb.DuckDBPyConnection, keys: Sequence[dg.AssetKey]) -> dict[dg.AssetKey, int]:
    """Rows of the tables behind keys [schema, table], in one query."""
    counted = " union all ".join(
        f'select {n}, count(*) from "{key.path[0]}"."{key.path[1]}"' for n, key in enumerate(keys)
    )
    return {keys[n]: rows for n, rows in con.execute(counted).fetchall()}
