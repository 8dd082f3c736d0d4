"""Every expectation of the rule book catches something, none passes on nothing (real Great Expectations)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

from pipelines.gate import load_suites
from pipelines.gate.audit import Finding, GateRun, suite_findings
from pipelines.gate.frames import frame, prepare
from pipelines.gate.suites import NOT_NULL, ROW_COUNTS, RULE_BOOK, Suite, thresholds
from pipelines.gate.validate import Validator

HERE = Path(__file__).parent
MUTATIONS: dict[str, str] = yaml.safe_load((HERE / "mutations.yaml").read_text(encoding="utf-8"))
SUITES = [*load_suites("raw"), *load_suites("candidate")]
FRAMED = {suite.name: suite for suite in SUITES if not suite.floor}
FLOORS = [suite for suite in SUITES if suite.floor]
PARAMETERS = {**thresholds(), "expected_feeds": ["monitoring", "permit", "statistics"]}


def is_guard(expectation: Any) -> bool:
    return expectation["type"] in (NOT_NULL, *ROW_COUNTS)


VALUES = [s.check_id(e) for s in FRAMED.values() for e in s.expectations if not is_guard(e)]
GUARDS = [s.check_id(e) for s in FRAMED.values() for e in s.expectations if is_guard(e)]


@pytest.fixture
def world(
    check: str, raw_con: duckdb.DuckDBPyConnection, candidate_con: duckdb.DuckDBPyConnection
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection that the suite of `check` reads, inside a transaction that is rolled back."""
    con = {"raw": raw_con, "candidate": candidate_con}[FRAMED[check.split(".")[0]].gate]
    con.execute("begin")
    prepare(con, thresholds(), None)
    yield con
    con.execute("rollback")


def run(con: duckdb.DuckDBPyConnection, suite: Suite) -> dict[str, Finding]:
    return suite_findings(GateRun(con, suite.gate, RULE_BOOK, PARAMETERS), suite)  # type: ignore[arg-type]


def test_every_value_expectation_has_a_mutation() -> None:
    assert sorted(MUTATIONS) == sorted(VALUES)


@pytest.mark.parametrize("check", [f"{name}." for name in FRAMED])
def test_the_unbroken_world_passes(check: str, world: duckdb.DuckDBPyConnection) -> None:
    suite = FRAMED[check.removesuffix(".")]
    findings = run(world, suite)
    assert sorted(findings) == sorted(suite.check_id(e) for e in suite.expectations)
    assert [f for f in findings.values() if not (f.has_run and f.has_passed)] == []


@pytest.mark.parametrize("check", VALUES)
def test_a_mutation_is_caught(check: str, world: duckdb.DuckDBPyConnection) -> None:
    world.execute(MUTATIONS[check])
    suite = FRAMED[check.split(".")[0]]
    finding = run(world, suite)[check]
    assert finding.has_run
    assert not finding.has_passed
    assert re.fullmatch(r".+: .*(row\(s\)|observed).+\.", finding.message)


@pytest.mark.parametrize("check", GUARDS)
def test_guards_catch_nothingness(check: str, world: duckdb.DuckDBPyConnection) -> None:
    """An empty frame and an all-null column are what Great Expectations would call met."""
    suite = FRAMED[check.split(".")[0]]
    evidence = frame(world, RULE_BOOK / "frames" / f"{suite.name}.sql")
    [guard] = [e for e in suite.expectations if suite.check_id(e) == check]
    if guard["type"] in ROW_COUNTS:
        evidence = evidence.iloc[:0]
    else:
        evidence[guard["kwargs"]["column"]] = pd.Series([None] * len(evidence), dtype="object")
    outcome = Validator().run(suite, evidence, PARAMETERS)[guard["meta"]["rule_id"]]
    assert outcome.has_run
    assert not outcome.has_passed


@pytest.mark.parametrize("check", ["closure.", "raw_batch."])
def test_a_frame_that_cannot_be_computed_has_not_run(check: str, world: duckdb.DuckDBPyConnection) -> None:
    world.execute("drop table v1.index_input" if check == "closure." else "drop table raw.rejected_row")
    findings = run(world, FRAMED[check.removesuffix(".")])
    assert findings
    assert not any(finding.has_run or finding.has_passed for finding in findings.values())


@pytest.mark.parametrize("check", ["closure."])
def test_an_expectation_that_raises_has_not_run(check: str, world: duckdb.DuckDBPyConnection) -> None:
    suite = FRAMED["closure"]
    evidence = frame(world, RULE_BOOK / "frames/closure.sql").drop(columns="yearly_gap")
    outcomes = Validator().run(suite, evidence, PARAMETERS)
    assert not outcomes["yearly"].has_run
    assert not outcomes["yearly"].has_passed
    assert "yearly_gap" in outcomes["yearly"].error
    assert outcomes["chosen"].has_passed


@pytest.mark.parametrize("suite", FLOORS, ids=lambda suite: suite.name)
@pytest.mark.parametrize(
    ("rule", "breakage"),
    [
        ("rows", lambda f: f.iloc[1:]),
        ("complete", lambda f: f.iloc[1:]),
        ("once", lambda f: pd.concat([f.iloc[1:], f.iloc[-1:]])),
        ("violations", lambda f: f.assign(violations=[3, *f["violations"][1:]])),
        ("check_id_given", lambda f: f.assign(check_id=[None, *f["check_id"][1:]])),
        ("violations_given", lambda f: f.assign(violations=[None, *f["violations"][1:]])),
    ],
)
def test_the_floor_wants_every_rule_once_and_no_breach(suite: Suite, rule: str, breakage: Any) -> None:
    ids = [check.check_id for check in suite.floor]
    sound = pd.DataFrame({"check_id": ids, "violations": [0] * len(ids)})
    parameters = {"floor_check_ids": ids, "floor_check_count": len(ids)}
    assert {e["meta"]["rule_id"] for e in suite.expectations} == {
        "rows", "complete", "once", "violations", "check_id_given", "violations_given"
    }  # fmt: skip
    assert all(outcome.has_passed for outcome in Validator().run(suite, sound, parameters).values())
    assert not Validator().run(suite, breakage(sound), parameters)[rule].has_passed
