"""Running dbt inside this process.

Here: parsing the project, invoking one group of nodes, letting go of the work file afterwards, and saying in
a sentence what a failing test found. Not here: Dagster (`dbt_assets.py`) and which node belongs to which
group (`dbt_groups.py`). In process, because every dbt subprocess costs seconds before it does anything.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import InventoryError

WORK_DB_VARIABLE = "FUSEDINV_WORK_DB"  # dbt_project/profiles.yml reads the path of the work file from it
EXAMPLE_ROWS = 3
WANTED = "fusedinv_wanted"
QUIET = ("--no-version-check", "--log-level", "none", "--log-level-file", "none", "--no-print", "--quiet")


@dataclass(frozen=True)
class NodeResult:
    """What became of one dbt node.

    `status` is dbt's word: success, pass, warn, fail, error, skipped, no-op; `rows` is the row count of a
    table or seed, the number of offending rows of a test, None where there is nothing to count.
    """

    unique_id: str
    status: str
    rows: int | None
    seconds: float
    message: str

    @property
    def is_good(self) -> bool:
        return self.status in ("success", "pass", "no-op")


class DbtRunner:
    """One dbt project on one work file."""

    def __init__(self, project_dir: Path, work_db: Path) -> None:
        self.project_dir = project_dir
        self.work_db = work_db
        self.target_dir = work_db.parent / "dbt"
        # dbt keeps what it parsed in a target folder and next time reads only what changed. One folder for
        # all homes and one fixed path of the work file (any other value in the profile makes dbt parse
        # everything again); the file name stays, because dbt takes the name of the database from it.
        shared = project_dir / "target"
        self.parse_dir = (shared if os.access(project_dir, os.W_OK) else self.target_dir) / "parsed"
        self.parse_db = self.parse_dir / work_db.name

    @cached_property
    def _parsed(self) -> Any:
        self.parse_dir.mkdir(parents=True, exist_ok=True)
        with (self.parse_dir / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # processes on several homes share the folder; dbt writes it in place
            self._forget_older_than_seeds()
            outcome = self._invoke(None, [], ["parse"], self.parse_dir, self.parse_db)
        if not outcome.success:
            raise InventoryError(f"dbt cannot read the project {self.project_dir}: {outcome.exception}")
        return outcome.result

    def _forget_older_than_seeds(self) -> None:
        """Drop what dbt parsed before a seed changed: it would go on using the seed's old rows in unit tests."""
        known = self.parse_dir / "partial_parse.msgpack"
        seeds = [path.stat().st_mtime for path in (self.project_dir / "seeds").glob("*.csv")]
        if known.exists() and max(seeds, default=0.0) > known.stat().st_mtime:
            known.unlink()

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The parsed project as a plain mapping (dbt's manifest.json)."""
        return self._parsed.writable_manifest().to_dict(omit_none=False)

    def build(
        self, unique_ids: Iterable[str], on_finished: Callable[[str, str], None] | None = None
    ) -> dict[str, NodeResult]:
        """Build and test exactly these nodes; returns a result for every one of them, in the order they
        ended, which puts parents before children.

        A node that dbt did not report at all is returned as `skipped`: not run is not passed. `on_finished`
        gets (unique_id, status) the moment a node ends. The work file is free again on return.

        Raises:
            InventoryError: dbt itself broke, before or beside the nodes.
        """
        wanted = sorted(unique_ids)
        if not wanted:
            return {}
        nodes = self.manifest["nodes"]
        command = ["build", "--select", f"tag:{WANTED}", "--indirect-selection", "empty",
                   "--exclude-resource-type", "unit_test", "--no-write-json"]  # fmt: skip
        try:
            callbacks = [_finished_callback(on_finished)]
            with self._tagged(wanted):
                outcome = self._invoke(self._parsed, callbacks, command, self.target_dir, self.work_db)
        finally:
            release_work_file()
        if outcome.result is None:
            raise InventoryError(f"dbt stopped: {outcome.exception}")
        reported = {result.node.unique_id: result for result in outcome.result.results}
        tables = [unique_id for unique_id in wanted if _is_stored(nodes[unique_id], reported.get(unique_id))]
        counts = self._row_counts(tables)
        in_order = [*reported, *(unique_id for unique_id in wanted if unique_id not in reported)]
        return {uid: self._node_result(uid, reported.get(uid), counts) for uid in in_order}

    @contextmanager
    def _tagged(self, unique_ids: Iterable[str]) -> Iterator[None]:
        """Let these nodes and no others carry the tag WANTED.

        dbt looks up every name of a selection among all nodes, twice; one tag it looks up once.
        """
        nodes = self._parsed.nodes
        before = {unique_id: nodes[unique_id].tags for unique_id in unique_ids}
        for unique_id, tags in before.items():
            nodes[unique_id].tags = [*tags, WANTED]
        try:
            yield
        finally:
            for unique_id, tags in before.items():
                nodes[unique_id].tags = tags

    def _invoke(
        self, manifest: Any, callbacks: list, command: Sequence[str], target: Path, work_db: Path
    ) -> Any:
        from dbt.cli.main import dbtRunner

        os.environ[WORK_DB_VARIABLE] = str(work_db)
        places = {"project-dir": self.project_dir, "profiles-dir": self.project_dir,
                  "target-path": target, "log-path": target / "logs"}  # fmt: skip
        folders = [word for name, path in places.items() for word in (f"--{name}", str(path))]
        return dbtRunner(manifest=manifest, callbacks=callbacks).invoke([*QUIET, *command, *folders])

    def _row_counts(self, unique_ids: Sequence[str]) -> dict[str, int]:
        if not unique_ids:
            return {}
        import duckdb

        relation = {unique_id: self.manifest["nodes"][unique_id]["relation_name"] for unique_id in unique_ids}
        with duckdb.connect(str(self.work_db), read_only=True) as con:
            counted = " union all ".join(
                f"select '{uid}', count(*) from {name}" for uid, name in relation.items()
            )
            return dict(con.execute(counted).fetchall())

    def _node_result(self, unique_id: str, result: Any, counts: Mapping[str, int]) -> NodeResult:
        if result is None:
            return NodeResult(unique_id, "skipped", None, 0.0, "dbt did not run it.")
        status = str(result.status)
        rows = counts.get(unique_id, result.failures)
        message = self._sentence(result, status)
        return NodeResult(unique_id, status, rows, result.execution_time, message)

    def _sentence(self, result: Any, status: str) -> str:
        if status in ("success", "pass", "no-op"):
            return ""
        if status == "skipped":
            return "Not run, because something before it failed."
        if status in ("fail", "warn") and result.failures is not None:
            return f"{result.failures} row(s) break it{self._examples(result.node.compiled_code)}."
        return " ".join((result.message or "dbt gives no reason").split())

    def _examples(self, sql: str | None) -> str:
        """The first offending rows of a test, as `: column=value, …; …` (empty if they cannot be shown)."""
        if not sql:
            return ""
        import duckdb

        try:
            with duckdb.connect(str(self.work_db), read_only=True) as con:
                cursor = con.execute(f"select * from ({sql}) order by all limit {EXAMPLE_ROWS}")
                columns = [column[0] for column in cursor.description]
                rows = cursor.fetchall()
        except duckdb.Error:  # a courtesy only: the verdict stands without it
            return ""
        shown = "; ".join(", ".join(f"{c}={v}" for c, v in zip(columns, row, strict=True)) for row in rows)
        return f", e.g. {shown}" if shown else ""


def release_work_file() -> None:
    """Close what dbt-duckdb keeps open, so that the next step can open the work file.

    `close_all_connections()` alone only drops the reference: the file stays locked (measured with dbt-duckdb
    1.11.1).
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment: Any = DuckDBConnectionManager._ENV
    DuckDBConnectionManager.close_all_connections()
    if environment is not None:
        environment.close()


def _is_stored(node: Mapping[str, Any], result: Any) -> bool:
    materialized = node["config"].get("materialized")
    return (
        result is not None
        and str(result.status) == "success"
        and materialized in ("table", "seed", "incremental")
    )


def _finished_callback(on_finished: Callable[[str, str], None] | None) -> Callable[[Any], None]:
    def callback(event: Any) -> None:
        if on_finished and event.info.name == "NodeFinished":
            on_finished(event.data.node_info.unique_id, str(event.data.run_result.status))

    return callback
