"""The dbt groups as Dagster assets, their tests as checks.

Here: one `@dbt_assets` per group, and the translation of dbt's results into Dagster events and audit rows.
Not here: running dbt (`dbt_runner.py`), names (`translator.py`).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg
from dagster_dbt import dbt_assets

from pipelines.errors import GateRefused
from pipelines.gate import AuditRow, ExpectedCheck, store_rows
from pipelines.home import Home
from pipelines.orchestration import dbt_groups
from pipelines.orchestration.dbt_runner import DbtRunner, NodeResult
from pipelines.orchestration.steps import LOCK, WRITER_POOL, errors_as_sentences, failure
from pipelines.orchestration.translator import LayerTranslator, check_key, layer_of


def dbt_group_assets(home: Home, runner: DbtRunner, group: str) -> dg.AssetsDefinition:
    """The assets and checks of one group; the step fails if a critical test failed, was skipped or did not
    report.

    It fails from inside (`dg.Failure`), so that no later step of the run can start; and its tests are stored
    as audit rows of the run, which publish reads again, because blocking holds only inside one run.
    """
    manifest = runner.manifest
    unique_ids = dbt_groups.group_nodes(manifest)[group]
    translator = LayerTranslator()

    @dbt_assets(
        manifest=manifest,
        name=f"dbt_{group}",
        select=" ".join(".".join(manifest["nodes"][uid]["fqn"]) for uid in unique_ids),
        dagster_dbt_translator=translator,
        pool=WRITER_POOL,
        required_resource_keys={LOCK},
    )
    def build_group(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        selected = _selected(context, manifest, unique_ids, translator)
        with errors_as_sentences():
            results = runner.build(selected, on_finished=partial(_tell, context))
        audit = [audit_row(results[unique_id], manifest) for unique_id in dbt_groups.data_tests(selected)]
        store_rows(home, context.run.run_id, f"dbt_{group}", audit)
        for result in results.values():
            yield from _events(result, manifest, translator)
        broken = [r for r in results.values() if _blocks(r, manifest)]
        if broken:
            raise failure(refusal(broken, manifest), GateRefused.EXIT_CODE)

    return build_group


def _tell(context: dg.AssetExecutionContext, unique_id: str, status: str) -> None:
    """Log what dbt is busy with. A test that passed has its own event in the end, and there are hundreds."""
    if status != "pass":
        context.log.info(f"{unique_id}: {status}")


def refusal(broken: list[NodeResult], manifest: Mapping[str, Any]) -> str:
    """One sentence per cause; what merely did not run because of it is only counted."""
    causes = [result for result in broken if result.status != "skipped"] or broken
    lines = [f"{manifest['nodes'][r.unique_id]['name']}: {r.message}" for r in causes]
    not_run = len(broken) - len(causes)
    return "\n".join(lines + ([f"{not_run} more did not run because of that."] if not_run else []))


def expected_tests(manifest: Mapping[str, Any]) -> list[ExpectedCheck]:
    """Every data test of the project as a check that must have run before a publish, sorted by id."""
    tests = (node for node in manifest["nodes"].values() if node["resource_type"] == "test")
    return sorted((_expected(test, manifest) for test in tests), key=lambda check: check.check_id)


def audit_row(result: NodeResult, manifest: Mapping[str, Any]) -> AuditRow:
    """The outcome of a dbt test as a row of `audit_result`."""
    check = _expected(manifest["nodes"][result.unique_id], manifest)
    return AuditRow(
        check_id=check.check_id,
        gate=check.gate,
        table_name=check.table_name,
        severity=check.severity,
        has_run=result.status in ("pass", "warn", "fail"),
        has_passed=result.is_good,
        observed=None if result.rows is None else f"{result.rows} row(s)",
        expected=check.expected,
        message=result.message or "Passed.",
        waived_by=None,
    )


def _expected(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> ExpectedCheck:
    owner = manifest["nodes"][dbt_groups.owner_of(test, manifest)]
    severity = "critical" if dbt_groups.is_critical(test) else "warning"
    table = f"{layer_of(owner)}.{owner['name']}"
    return ExpectedCheck(f"dbt.{test['name']}", "build", table, severity, "0 row(s)")


def _events(
    result: NodeResult, manifest: Mapping[str, Any], translator: LayerTranslator
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    if result.unique_id.startswith("test."):
        key = check_key(manifest, result.unique_id, translator)
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=result.is_good,
            severity=dg.AssetCheckSeverity.ERROR if _blocks(result, manifest) else dg.AssetCheckSeverity.WARN,
            description=result.message or None,
            metadata={"seconds": result.seconds, "status": result.status},
        )
    elif result.is_good:
        rows = {} if result.rows is None else {"dagster/row_count": result.rows}
        asset_key = translator.get_asset_key(manifest["nodes"][result.unique_id])
        yield dg.MaterializeResult(asset_key=asset_key, metadata={"seconds": result.seconds, **rows})


def _blocks(result: NodeResult, manifest: Mapping[str, Any]) -> bool:
    if result.is_good or result.status == "warn":
        return False
    node = manifest["nodes"][result.unique_id]
    return node["resource_type"] != "test" or dbt_groups.is_critical(node)


def _selected(
    context: dg.AssetExecutionContext,
    manifest: Mapping[str, Any],
    unique_ids: list[str],
    translator: LayerTranslator,
) -> list[str]:
    """The nodes this run asks for: all of the group, or what somebody picked in the web page."""

    def is_wanted(unique_id: str) -> bool:
        if unique_id.startswith("test."):
            return check_key(manifest, unique_id, translator) in context.selected_asset_check_keys
        return translator.get_asset_key(manifest["nodes"][unique_id]) in context.selected_asset_keys

    return [unique_id for unique_id in unique_ids if is_wanted(unique_id)]
