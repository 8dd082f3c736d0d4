"""The rule book and the verdict, without running anything: guards, expected checks, waivers, refusals."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines import contracts, gate
from pipelines.errors import GateRefused, InventoryError
from pipelines.gate import AuditRow, ExpectedCheck
from pipelines.gate.floor import FloorCheck, floor_checks
from pipelines.gate.suites import read_suite, thresholds, unguarded
from pipelines.gate.validate import _raised
from pipelines.gate.waivers import Waiver, load_waivers, signer

DAY = date(2021, 3, 4)
ROWS = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}, "severity": "critical"}
GIVEN = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "severity": "critical"}
VALUE = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "a", "max_value": 1},
    "severity": "warning",
}


def row(**fields: object) -> AuditRow:
    base = {
        "check_id": "s.a", "gate": "candidate", "table_name": "t", "severity": "critical", "has_run": True,
        "has_passed": True, "observed": "", "expected": "e", "message": "m.", "waived_by": None,
    }  # fmt: skip
    return {**base, **fields}  # type: ignore[typeddict-item,return-value]


def test_a_guarded_suite_is_accepted() -> None:
    assert unguarded([ROWS, GIVEN, VALUE]) == []


@pytest.mark.parametrize(
    ("expectations", "reason"),
    [
        ([GIVEN, VALUE], "empty frame"),
        ([{**ROWS, "kwargs": {"min_value": 0}}, GIVEN, VALUE], "empty frame"),
        ([{**ROWS, "kwargs": {"max_value": 9}}, GIVEN, VALUE], "empty frame"),
        ([{**ROWS, "severity": "warning"}, GIVEN, VALUE], "empty frame"),
        ([ROWS, VALUE], "column a"),
        ([ROWS, {**GIVEN, "kwargs": {"column": "a", "mostly": 0.5}}, VALUE], "column a"),
        ([ROWS, {**GIVEN, "severity": "warning"}, VALUE], "column a"),
        ([ROWS, GIVEN, {**VALUE, "kwargs": {"column_A": "a", "column_B": "b"}}], "column b"),
    ],
)
def test_a_suite_that_could_pass_on_nothing_is_refused(expectations: list[Any], reason: str) -> None:
    [found] = unguarded(expectations)
    assert reason in found


def test_a_suite_file_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    suite = json.loads((gate.RULE_BOOK / "suites/closure.json").read_text(encoding="utf-8"))
    path = tmp_path / "closure.json"
    for change, sentence in [
        ({"name": "other"}, "repeat the file name"),
        ({"expectations": suite["expectations"] * 2}, "stands twice"),
        ({"expectations": []}, "empty frame"),
        ({"meta": {}}, "not a suite"),
    ]:
        path.write_text(json.dumps({**suite, **change}), encoding="utf-8")
        with pytest.raises(InventoryError, match=sentence):
            read_suite(path)


def test_the_reviewed_rule_book_is_complete() -> None:
    for name in ("raw", "candidate"):
        for suite in gate.load_suites(name):
            assert suite.floor or (gate.RULE_BOOK / "frames" / f"{suite.name}.sql").is_file()
            used = json.dumps(suite.content).split('"$PARAMETER": "')[1:]
            known = {*thresholds(), "floor_check_ids", "floor_check_count", "expected_feeds"}
            assert {part.split('"')[0] for part in used} <= known
    frames = {path.stem for path in (gate.RULE_BOOK / "frames").glob("*.sql")}
    assert frames == {s.name for g in ("raw", "candidate") for s in gate.load_suites(g) if not s.floor}


def test_every_threshold_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in gate.RULE_BOOK.glob("*/*.*"))
    assert [name for name in thresholds() if name not in text] == []


def test_expected_checks_cover_every_rule_of_every_contract() -> None:
    expected = gate.expected_checks("candidate")
    ids = [check.check_id for check in expected]
    assert ids == sorted(set(ids))
    for table, contract in contracts.load("public").items():
        of_table = [i for i in ids if i.startswith(f"floor.{table}.")]
        doubles = sum(column.type == "double" for column in contract.columns)
        rules = 0 if table == "audit_result" else len(contracts.floor_rules(contract)) + doubles + 1
        assert len(of_table) == rules
    assert "floor.emission.mass_kg.min" in ids
    assert "closure.yearly" in ids


def test_an_unknown_gate_has_no_rule_book() -> None:
    with pytest.raises(InventoryError, match="no suite for the gate nonsense"):
        gate.expected_checks("nonsense")


def test_values_are_quoted_in_sql() -> None:
    check = FloorCheck("x", "t", 'a"b', "values", ("it's", "b"))
    assert check.predicate() == "\"a\"\"b\" not in ('it''s', 'b')"
    ids = {check.check_id for check in floor_checks([contracts.load("public")["site"]], "floor")}
    assert "floor.site.site_id+valid_from.unique_key" in ids


def test_only_critical_failures_without_signature_block() -> None:
    rows = [
        row(check_id="good"),
        row(check_id="bad", has_passed=False),
        row(check_id="signed", has_passed=False, waived_by="A"),
        row(check_id="note", has_passed=False, severity="warning"),
        row(check_id="silent", has_run=False, has_passed=False),
    ]
    assert [r["check_id"] for r in gate.blocking(rows)] == ["bad", "silent"]
    with pytest.raises(GateRefused, match="bad: m"):
        gate.require(rows)
    gate.require(rows[:1])
    assert gate.refusal(gate.blocking(rows), limit=1).splitlines() == ["bad: m.", "… and 1 more."]


def test_what_is_expected_decides_not_what_is_stored() -> None:
    critical = ExpectedCheck("s.a", "candidate", "t", "critical", "e")
    warning = ExpectedCheck("s.b", "candidate", "t", "warning", "e")
    signed = [Waiver("s.a", "A. Person", "why", DAY, DAY)]
    failed = row(has_passed=False)
    assert gate.unmet([critical], [row()], [], DAY) == []
    assert gate.unmet([critical], [], [], DAY) == ["s.a did not run"]
    assert gate.unmet([warning], [], [], DAY) == ["s.b did not run"]
    assert gate.unmet([critical], [failed], [], DAY) == ["s.a failed: m."]
    assert gate.unmet([critical], [row(has_passed=False, severity="warning")], [], DAY) == ["s.a failed: m."]
    assert gate.unmet([critical], [row(has_passed=False, waived_by="A")], [], DAY) == ["s.a failed: m."]
    assert gate.unmet([critical], [failed], signed, DAY) == []
    assert gate.unmet([critical], [row(has_run=False)], signed, DAY) == ["s.a did not run"]
    assert gate.unmet([warning], [row(check_id="s.b", has_passed=False)], [], DAY) == []


def test_waivers_are_read_and_dated(tmp_path: Path) -> None:
    path = tmp_path / "waivers.csv"
    path.write_text("check_id,who,why,valid_from,valid_to\ns.a,A. Person,known,2021-03-01,2021-03-04\n")
    waivers = load_waivers(path)
    assert signer(waivers, "s.a", date(2021, 3, 1)) == "A. Person"
    assert signer(waivers, "s.a", DAY) == "A. Person"
    assert signer(waivers, "s.a", date(2021, 3, 5)) is None
    assert signer(waivers, "s.a", date(2021, 2, 28)) is None
    assert signer(waivers, "s.b", DAY) is None
    assert load_waivers(tmp_path / "absent.csv") == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("s.a,,known,2021-03-01,2021-03-04", "line 2: who is empty"),
        ("s.a,A,known,2021-03-01,", "valid_to is empty"),
        ("s.a,A,known,1.3.2021,2021-03-04", "YYYY-MM-DD"),
        ("s.a,A,known,2021-03-05,2021-03-04", "before valid_from"),
    ],
)
def test_an_unsigned_or_undated_waiver_is_refused(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "waivers.csv"
    path.write_text(f"check_id,who,why,valid_from,valid_to\n{line}\n")
    with pytest.raises(InventoryError, match=sentence):
        load_waivers(path)


def test_the_shipped_waiver_file_has_a_header_only() -> None:
    assert (gate.RULE_BOOK / "waivers.csv").exists()
    assert load_waivers(gate.RULE_BOOK / "waivers.csv") == []


def test_both_shapes_of_an_exception_are_seen() -> None:
    flat = {"raised_exception": True, "exception_message": "no column\nmore", "exception_traceback": "…"}
    keyed = {"MetricConfigurationID(…)": {**flat}}
    calm = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    assert _raised(flat) == _raised(keyed) == "no column"
    assert _raised(calm) == _raised({}) == _raised({"m": calm}) == ""
    assert _raised({"raised_exception": True, "exception_message": None}) == "no message"
