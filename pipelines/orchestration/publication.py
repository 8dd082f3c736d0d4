"""The steps after dbt: candidate, gate on the candidate, publish.

Here: the Dagster assets and the check, and which function of a room each calls. Not here: writing files
(`release/`), rules (`gate/`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.gate import AuditRow, checks_page, expected_checks, load_rows, run_candidate_gate, store_rows
from pipelines.home import Home
from pipelines.orchestration import gates
from pipelines.orchestration.arrival import Arrival
from pipelines.orchestration.dbt_assets import expected_tests
from pipelines.orchestration.dbt_groups import GROUPS
from pipelines.orchestration.ingest import LANDING
from pipelines.orchestration.steps import LOCK, WRITER_POOL, errors_as_sentences, work_file

CANDIDATE = dg.AssetKey(["release", "candidate"])
PUBLISHED = dg.AssetKey(["release", "published"])


def candidate_asset(home: Home, after: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """Every public table as Parquet and in `warehouse.duckdb`, where no reader looks yet."""

    @dg.multi_asset(
        name="candidate",
        specs=[
            dg.AssetSpec(
                CANDIDATE,
                group_name="release",
                deps=[LANDING, *after],
                description="Every public table as Parquet and DuckDB, not yet visible to readers.",
                kinds={"duckdb", "parquet"},
            )
        ],
        ins={"arrival": dg.AssetIn(key=LANDING)},
        pool=WRITER_POOL,
        required_resource_keys={LOCK},
    )
    def candidate(context: dg.AssetExecutionContext, arrival: Arrival) -> dg.MaterializeResult:
        from pipelines import release

        with errors_as_sentences(), work_file(home) as con:
            for folder in release.stale_candidates(home):  # of runs that ended: this one holds the home
                release.remove_candidate(home, folder)
            record = release.new_record(
                home, con, input_fingerprint=arrival.fingerprint, code_version=arrival.code
            )
            folder = release.export_candidate(con, home, context.run.run_id, record, _stored_wide())
        return dg.MaterializeResult(
            asset_key=CANDIDATE, metadata={"release_id": record.release_id, "path": str(folder)}
        )

    return candidate


def _stored_wide() -> dict[str, Any]:
    """Hours are the bulk of a release: its DuckDB file stores them wide and shows them long."""
    from pipelines.monitoring import released_hours_sql
    from pipelines.release import StoredView

    stored = {"hour": "monitoring.hour", "quarter": "monitoring.quarter"}
    return {"monitored_hour": StoredView(stored, released_hours_sql("storage"))}


def candidate_gate(home: Home) -> dg.AssetChecksDefinition:
    """The gate on the candidate: one blocking check per public table; seals it with its whole audit."""
    places = gates.check_places(expected_checks("candidate"), {}, CANDIDATE, "gate")

    @dg.multi_asset_check(
        name="gate_candidate", specs=gates.check_specs(places), required_resource_keys={LOCK}
    )
    def gate_candidate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        from pipelines import release

        run_id = context.run.run_id
        with errors_as_sentences():
            folder = _candidate_of(home, run_id)
            rows = run_candidate_gate(home, folder, docs=folder / "audit" / "docs")
            store_rows(home, run_id, "candidate", rows)
            audit = [*_earlier_rows(home, run_id), *rows]
            release.attach_audit(folder, audit)
            (folder / "audit" / "index.html").write_text(checks_page(audit), encoding="utf-8")
            release.seal(folder)
        yield from gates.check_results(rows, places)
        with errors_as_sentences():
            gates.require(rows)

    return gate_candidate


def published_asset(home: Home, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The release that readers open.

    Publish verifies the stored audit itself: blocking holds only inside one run.
    """

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                PUBLISHED,
                group_name="release",
                deps=[CANDIDATE],
                description="The release that readers open (`releases/current`), once every check has passed.",
                kinds={"duckdb", "parquet"},
            )
        ],
        required_resource_keys={LOCK},
    )
    def publish(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from pipelines import release

        with errors_as_sentences():
            folder = _candidate_of(home, context.run.run_id)
            release_id = release.publish(home, folder, build_checks=expected_tests(manifest))
        return dg.MaterializeResult(asset_key=PUBLISHED, metadata={"release_id": release_id})

    return publish


def _candidate_of(home: Home, run_id: str) -> Path:
    from pipelines.errors import GateRefused
    from pipelines.release.candidate import PREFIX

    folder = home.releases / f"{PREFIX}{run_id}"
    if not folder.is_dir():
        raise GateRefused(
            "This run has built no candidate, so there is nothing to check or publish; "
            "run the whole job `refresh`."
        )
    return folder


def _earlier_rows(home: Home, run_id: str) -> list[AuditRow]:
    gates_before = ["raw", *(f"dbt_{group}" for group in GROUPS)]
    return [row for gate in gates_before for row in load_rows(home, run_id, gate)]
