"""Candidate: a release that nobody reads yet, in `releases/.candidate-<run_id>`.

Here: writing it, putting its audit into it, sealing it with a manifest, throwing it away. Not here: the
checks (`gate/`) and the flip (`publish.py`).
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from pipelines import contracts
from pipelines.errors import InventoryError, UsageError
from pipelines.gate.audit import AuditRow
from pipelines.home import Home
from pipelines.release import manifest, parquet, warehouse
from pipelines.release.record import ReleaseRecord
from pipelines.release.warehouse import StoredView

PREFIX = ".candidate-"
LATER = ("audit_result", "release")  # not tables of the work file
AUDIT = "audit/results.json"


def export_candidate(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    run_id: str,
    record: ReleaseRecord,
    views: Mapping[str, StoredView] | None = None,
) -> Path:
    """Write Parquet and `warehouse.duckdb` of every public table in schema `marts` of the work file.

    Args:
        con: open connection to the work file.
        run_id: names the directory; a candidate of the same run is replaced.
        record: the release to come.
        views: public tables that the release's DuckDB file shows as views (default: none).

    Returns:
        The candidate directory.

    Raises:
        GateRefused: a table does not fit its contract; the candidate is removed.
        InventoryError: `views` names no public table.
    """
    views = views or {}
    public = contracts.load("public")
    if unknown := sorted(set(views) - set(public)):
        raise InventoryError(f"{unknown[0]} is no public table; stored views go by table name.")
    folder = home.releases / f"{PREFIX}{run_id}"
    if folder.exists():
        shutil.rmtree(folder)
    tables = {name: contract for name, contract in public.items() if name not in LATER}
    con.execute("set enable_progress_bar = false")  # DuckDB would draw over the display of the command line
    try:
        for name, contract in tables.items():
            parquet.write_table(con, f'marts."{name}"', contract, folder / "parquet/v1" / name)
        parquet.write_rows([asdict(record)], public["release"], folder / "parquet/v1/release")
        warehouse.build(con, folder, {**tables, "release": public["release"]}, views)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def attach_audit(candidate: Path, rows: Sequence[AuditRow]) -> None:
    """Put the audit of all gates into the candidate: Parquet, `v1.audit_result`, `audit/results.json`."""
    contract = contracts.load("public")["audit_result"]
    folder = candidate / "parquet/v1/audit_result"
    if folder.exists():
        raise InventoryError(f"{candidate.name} holds its audit already; an audit is written once.")
    parquet.write_rows([dict(row) for row in rows], contract, folder)
    warehouse.add_table(candidate, contract)
    path = candidate / AUDIT
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(rows, key=lambda row: row["check_id"])
    path.write_text(json.dumps(ordered, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def seal(candidate: Path) -> dict[str, Any]:
    """Write `datapackage.json` and `manifest.json` over the finished candidate; nothing may change after."""
    return manifest.write(candidate)


def stale_candidates(home: Home) -> list[Path]:
    """Candidates that were never published, oldest first (for `doctor`; a running refresh has one)."""
    return sorted(home.releases.glob(f"{PREFIX}*"), key=lambda path: path.stat().st_mtime)


def remove_candidate(home: Home, candidate: Path) -> None:
    """Delete a candidate directory; refuses any other path."""
    if candidate.parent != home.releases or not candidate.name.startswith(PREFIX):
        raise UsageError(f"{candidate} is no candidate of {home.releases}; only candidates can be removed.")
    shutil.rmtree(candidate)
