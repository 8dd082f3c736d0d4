"""A small inventory in which the whole dbt project can be built: an empty work file, made from the contracts.

The Python steps between the dbt groups are the real ones; raw rows come from the test. One work file for all
tests: another path would make dbt parse the project again.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.contracts import create_sql, load
from pipelines.identity import link_records
from pipelines.monitoring import build_hours
from pipelines.orchestration.dbt_groups import group_nodes
from pipelines.orchestration.dbt_runner import WORK_DB_VARIABLE, DbtRunner, release_work_file
from pipelines.uncertainty import build_intervals

YEAR = 2023
FEED_SET = {
    "name": "worked",
    "territory": "330000",
    "timezone_offset": "+08:00",
    "year_first": YEAR,
    "year_last": YEAR,
}
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


class Inventory:
    """The dbt project on a work file of its own."""

    def __init__(self, project_dir: Path, work_db: Path) -> None:
        self.runner = DbtRunner(project_dir, work_db)
        self.groups = group_nodes(self.runner.manifest)
        self.is_seeded = False

    def build(self, raw: Rows) -> None:
        """Build everything from these raw rows.

        Raises:
            AssertionError: a model could not be built or a data test fails.
        """
        with duckdb.connect(str(self.runner.work_db)) as con:
            _fill_raw(con, raw)
        self._run(uid for uid in self.groups["staging"] if not (self.is_seeded and uid.startswith("seed.")))
        self.is_seeded = True
        with duckdb.connect(str(self.runner.work_db)) as con:
            link_records(con)
            build_hours(con)
        self._run(self.groups["intermediate"])
        with duckdb.connect(str(self.runner.work_db)) as con:
            build_intervals(con)
        self._run(self.groups["marts"])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the work file."""
        with duckdb.connect(str(self.runner.work_db), read_only=True) as con:
            return con.execute(sql).fetchall()

    def dbt(self, *command: str) -> Any:
        """Results of one dbt command, in process."""
        from dbt.cli.main import dbtRunner

        os.environ[WORK_DB_VARIABLE] = str(self.runner.work_db)
        project, target = str(self.runner.project_dir), str(self.runner.target_dir)
        places = [
            "--project-dir",
            project,
            "--profiles-dir",
            project,
            "--target-path",
            target,
            "--log-path",
            target,
        ]
        try:
            outcome = dbtRunner(manifest=self.runner._parsed).invoke(
                ["--quiet", "--log-level-file", "none", *command, *places]
            )
        finally:
            release_work_file()
        assert outcome.result is not None, outcome.exception
        return outcome.result

    def _run(self, nodes: Iterable[str]) -> None:
        results = self.runner.build([uid for uid in nodes if not uid.startswith("test.")])
        broken = [f"{node.unique_id}: {node.message}" for node in results.values() if not node.is_good]
        assert not broken, "\n".join(broken)


def _fill_raw(con: duckdb.DuckDBPyConnection, raw: Rows) -> None:
    con.execute("drop schema if exists raw cascade")
    con.execute("create schema raw")
    for contract in (*load("raw").values(), load("public")["source_file"]):
        con.execute(create_sql(contract, "raw"))
    con.register("given", pa.Table.from_pylist([FEED_SET]))
    con.execute("create table raw.feed_set as select * from given")
    con.unregister("given")
    for table, rows in raw.items():
        con.register("given", pa.Table.from_pylist(list(rows)))
        con.execute(f"insert into raw.{table} by name select * from given")
        con.unregister("given")


@pytest.fixture(scope="session")
def inventory(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """The project on a work file of its own; built once on empty input, so that every relation exists."""
    inventory = Inventory(repository / "dbt_project", tmp_path_factory.mktemp("worked") / "warehouse.duckdb")
    inventory.build({})
    return inventory
