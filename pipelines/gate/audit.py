"""Audit: running a gate, and its outcome as rows of the contract `audit_result`.

Here: expected checks put beside what happened — a check without an outcome has not run and so has not
passed —, sentences for people, storage of the raw gate's rows. Not here: writing rows into a release
(`release/`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import duckdb

from pipelines.errors import GateRefused, InventoryError
from pipelines.gate import evidence, frames, suites
from pipelines.gate.suites import RULE_BOOK, ExpectedCheck, Suite
from pipelines.gate.validate import Outcome, Validator
from pipelines.gate.waivers import Waiver, load_waivers, signer
from pipelines.home import Home

if TYPE_CHECKING:
    import pandas as pd


class AuditRow(TypedDict):
    """One row of `audit_result`."""

    check_id: str
    gate: str
    table_name: str
    severity: str
    has_run: bool
    has_passed: bool
    observed: str | None
    expected: str
    message: str
    waived_by: str | None


@dataclass(frozen=True)
class Finding:
    """Outcome of one check, before it is put beside what was expected."""

    has_run: bool
    has_passed: bool
    observed: str | None = None
    message: str = ""


@dataclass(frozen=True)
class GateRun:
    """What the suites of one gate need: tables, rule book, parameters, one validator."""

    con: duckdb.DuckDBPyConnection
    gate: suites.Gate
    book: Path
    parameters: Mapping[str, Any]
    validator: Validator = field(default_factory=Validator)


def run_raw_gate(
    con: duckdb.DuckDBPyConnection, expected_feeds: Iterable[str], on: date, book: Path = RULE_BOOK
) -> list[AuditRow]:
    """Run the raw gate on schema `raw` of the work file.

    Args:
        expected_feeds: feeds that the feed set promises.
        on: day on which waivers must hold.
    """
    values = suites.thresholds(book)
    frames.prepare(con, values, None)
    run = GateRun(con, "raw", book, {**values, "expected_feeds": sorted(set(expected_feeds))})
    return _rows(run, on)


def run_candidate_gate(
    home: Home, candidate: Path, docs: Path | None = None, book: Path = RULE_BOOK
) -> list[AuditRow]:
    """Run the candidate gate on the candidate's own `warehouse.duckdb`, opened read-only.

    Args:
        docs: folder for Data Docs, or None.
    """
    with duckdb.connect(str(candidate / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set enable_progress_bar = false")
        return audit_open_candidate(con, home.releases, docs, book)


def audit_open_candidate(
    con: duckdb.DuckDBPyConnection, releases: Path, docs: Path | None = None, book: Path = RULE_BOOK
) -> list[AuditRow]:
    """The candidate gate on an open connection whose schema `v1` holds the candidate."""
    release = con.execute(
        "select parent_release_id, feed_set, territory, input_fingerprint, cast(known_at as date) from v1.release"
    ).fetchone()
    if release is None:
        raise InventoryError("the candidate has no release record; export it again", exit_code=3)
    values = suites.thresholds(book)
    frames.prepare(con, values, _comparable_parent(releases, *release[:4]))
    run = GateRun(con, "candidate", book, values)
    rows = _rows(run, release[4])
    if docs:
        run.validator.write_docs(docs)
    return rows


def _comparable_parent(
    releases: Path, parent_id: str | None, feed_set: str, territory: str, input_fingerprint: str
) -> Path | None:
    """The nearest earlier release of the same feed set that rests on other inputs; None if there is none.

    Totals of another feed set say nothing about this one, and a forced repetition is compared with what the first
    build was compared with, so that the same input gives the same audit.
    """
    while parent_id:
        manifest = json.loads((releases / parent_id / "manifest.json").read_text(encoding="utf-8"))
        if (manifest["feed_set"], manifest["territory"]) != (feed_set, territory):
            return None
        if manifest["input_fingerprint"] != input_fingerprint:
            return releases / parent_id
        parent_id = manifest["parent_release_id"]
    return None


def _rows(run: GateRun, on: date) -> list[AuditRow]:
    findings: dict[str, Finding] = {}
    for suite in suites.load_suites(run.gate, run.book):
        findings |= suite_findings(run, suite)
    waivers = load_waivers(run.book / "waivers.csv")
    rows = []
    for check in suites.expected_checks(run.gate, run.book):
        finding = findings.get(check.check_id) or Finding(False, False, message="The check reported nothing.")
        is_waivable = finding.has_run and not finding.has_passed
        rows.append(
            AuditRow(
                check_id=check.check_id,
                gate=check.gate,
                table_name=check.table_name,
                severity=check.severity,
                has_run=finding.has_run,
                has_passed=finding.has_passed,
                observed=finding.observed,
                expected=check.expected,
                message=finding.message,
                waived_by=signer(waivers, check.check_id, on) if is_waivable else None,
            )
        )
    return rows


def suite_findings(run: GateRun, suite: Suite) -> dict[str, Finding]:
    """Run one suite on its frame; findings by check id. What is absent has not run."""
    try:
        if suite.floor:
            layer, schema = ("raw", "raw") if run.gate == "raw" else ("public", "v1")
            tables = suites.floor_tables(layer)  # type: ignore[arg-type]
            found = evidence.collect(run.con, suite.floor, tables, schema)
            frame = frames.evidence_frame(found)
        else:
            found, frame = [], frames.frame(run.con, run.book / "frames" / f"{suite.name}.sql")
    except duckdb.Error as error:
        message = f"The evidence could not be computed: {str(error).splitlines()[0]}"
        ids = [c.check_id for c in suite.floor] + [suite.check_id(e) for e in suite.expectations]
        return {check_id: Finding(False, False, message=message) for check_id in ids}
    ids = [check.check_id for check in suite.floor]
    parameters = {**run.parameters, "floor_check_ids": ids, "floor_check_count": len(ids)}
    outcomes = run.validator.run(suite, frame, parameters)
    findings = {
        suite.check_id(e): _expectation_finding(e, outcomes[e["meta"]["rule_id"]], frame, parameters)
        for e in suite.expectations
        if e["meta"]["rule_id"] in outcomes
    }
    if suite.floor:
        findings |= _floor_findings(found, outcomes.get("violations"))
    return findings


def _expectation_finding(
    expectation: Mapping[str, Any], outcome: Outcome, frame: "pd.DataFrame", parameters: Mapping[str, Any]
) -> Finding:
    if not outcome.has_run:
        return Finding(False, False, message=f"The expectation raised an error: {outcome.error}")
    rows, kwargs = len(frame), expectation["kwargs"]
    observed = (
        f"{outcome.unexpected_count} of {rows}" if outcome.observed is None else _text(outcome.observed)
    )
    wanted = ""
    if "value_set" in kwargs and len(values := set(frame[kwargs["column"]])) <= 20:
        value_set = kwargs["value_set"]
        wanted = _text(parameters[value_set["$PARAMETER"]] if isinstance(value_set, dict) else value_set)
        observed = _text(values)
    if outcome.has_passed:
        return Finding(
            True, True, observed, f"{rows:,} evidence row(s) looked at, none in breach: {observed}."
        )
    says = str(expectation["meta"].get("says", expectation["meta"]["why"])).rstrip(".")
    count = outcome.unexpected_count
    where = f"{count} of {rows} evidence row(s)" if count else f"observed {observed}"
    where += f"; expected {wanted}" if wanted else ""
    worst = outcome.unexpected[0] if outcome.unexpected else {}
    example = ", ".join(f"{key}={_text(value)}" for key, value in worst.items())
    return Finding(True, False, observed, f"{says}: {where}{', for example ' if example else ''}{example}.")


def _floor_findings(found: Sequence[evidence.Evidence], outcome: Outcome | None) -> dict[str, Finding]:
    """One finding per evidence row; Great Expectations' list of unexpected rows decides."""
    if outcome is None or not outcome.has_run:
        return {}
    in_breach = {row["check_id"] for row in outcome.unexpected}
    findings = {}
    for e in found:
        has_passed = e.check.check_id not in in_breach and e.violations == 0
        column = f".{e.check.column}" if e.check.column else ""
        message = (
            f"{e.rows:,} row(s) of {e.check.table} looked at, none in breach."
            if has_passed
            else f"{e.check.table}{column}: {e.violations:,} of {e.rows:,} row(s) break the rule "
            f"({e.check.expected}), for example {e.example}."
        )
        findings[e.check.check_id] = Finding(True, has_passed, f"{e.violations} of {e.rows}", message)
    return findings


def _text(value: Any) -> str:
    """Numbers to six significant digits: sums of doubles differ beyond that between two runs."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple | set):
        return ", ".join(sorted(_text(item) for item in value)[:20])
    return str(value)


def blocking(rows: Iterable[AuditRow]) -> list[AuditRow]:
    """Critical rows that neither passed nor carry a waiver."""
    return [r for r in rows if r["severity"] == "critical" and not r["has_passed"] and not r["waived_by"]]


def refusal(rows: Sequence[AuditRow], limit: int = 12) -> str:
    """What blocks, one line per check."""
    lines = [f"{row['check_id']}: {row['message']}" for row in rows[:limit]]
    return "\n".join(lines + ([f"… and {len(rows) - limit} more."] if len(rows) > limit else []))


def require(rows: Iterable[AuditRow]) -> None:
    """Raise GateRefused (exit code 3) if any row blocks."""
    if stopped := blocking(rows):
        raise GateRefused(
            f"The {stopped[0]['gate']} gate refused; nothing was published.\n{refusal(stopped)}"
        )


def unmet(
    expected: Iterable[ExpectedCheck], rows: Iterable[AuditRow], waivers: Sequence[Waiver], on: date
) -> list[str]:
    """Why these audit rows do not allow a release, one sentence per expected check; empty if they do.

    Severity comes from the expected check and the signature from the waiver file, never from the stored row.
    """
    by_id = {row["check_id"]: row for row in rows}
    found = []
    for check in expected:
        row = by_id.get(check.check_id)
        if row is None or not row["has_run"]:
            if check.severity == "critical" or row is None:
                found.append(f"{check.check_id} did not run")
        elif (
            check.severity == "critical" and not row["has_passed"] and not signer(waivers, check.check_id, on)
        ):
            found.append(f"{check.check_id} failed: {row['message']}")
    return found


def store_rows(home: Home, run_id: str, gate: str, rows: Sequence[AuditRow]) -> Path:
    """Write the rows of one gate of one run to `work/audit/<run_id>/<gate>.json`."""
    path = home.work / "audit" / run_id / f"{gate}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def load_rows(home: Home, run_id: str, gate: str) -> list[AuditRow]:
    """Rows stored by `store_rows`; empty if that gate has not run, so that its checks count as not run."""
    path = home.work / "audit" / run_id / f"{gate}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
