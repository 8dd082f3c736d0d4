"""The gates as Dagster checks: one check per table, blocking.

Here: grouping audit rows into checks, failing the step if a gate refuses. Not here: rules and verdicts
(`gate/`). One check per table and not per rule, because a page of hundreds of green dots hides the red one;
the rows have it all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg

from pipelines.errors import GateRefused
from pipelines.gate import AuditRow, ExpectedCheck, blocking, refusal

EXAMPLES = 5
Places = Mapping[str, dg.AssetCheckKey]


def check_places(
    expected: Iterable[ExpectedCheck], assets: Mapping[str, dg.AssetKey], fallback: dg.AssetKey, prefix: str
) -> dict[str, dg.AssetCheckKey]:
    """Which Dagster check stands for the rules on a table; rules on all tables together go to `fallback`."""
    tables = sorted({check.table_name for check in expected})
    return {
        table: dg.AssetCheckKey(assets.get(table, fallback), f"{prefix}_{table.strip('()')}")
        for table in tables
    }


def check_specs(places: Places, also_reads: Sequence[dg.AssetKey] = ()) -> list[dg.AssetCheckSpec]:
    """Blocking check specs for `check_places`; `also_reads`: assets read beside the one that is checked."""
    return [
        dg.AssetCheckSpec(name=key.name, asset=key.asset_key, blocking=True, additional_deps=also_reads)
        for key in places.values()
    ]


def check_results(rows: Sequence[AuditRow], places: Places) -> Iterator[dg.AssetCheckResult]:
    """One result per table; a table without any row has not been checked and so fails."""
    for table, key in places.items():
        of_table = [row for row in rows if row["table_name"] == table]
        failed = [row for row in of_table if not row["has_passed"] and not row["waived_by"]]
        stopped = blocking(of_table)
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=bool(of_table) and not failed,
            severity=dg.AssetCheckSeverity.ERROR if stopped or not of_table else dg.AssetCheckSeverity.WARN,
            description=refusal(failed, EXAMPLES) or ("" if of_table else "Nothing was checked."),
            metadata={
                "rules": len(of_table),
                "failed": len(failed),
                "waived": sum(bool(row["waived_by"]) for row in of_table),
            },
        )


def require(rows: Sequence[AuditRow]) -> None:
    """Refuse if a critical rule neither passed nor is waived, or if nothing was checked at all.

    Raises:
        GateRefused: one line per rule.
    """
    if not rows:
        raise GateRefused("The gate checked nothing, so nothing can pass.")
    if stopped := blocking(rows):
        raise GateRefused(refusal(stopped))
