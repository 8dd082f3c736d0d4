"""The page of checks: what did not pass stands first, both languages, nothing from another host, no text as markup."""

import re

from pipelines.gate import AuditRow, checks_page, expected_checks
from pipelines.gate.suites import in_chinese


def row(check_id: str, **fields: object) -> AuditRow:
    base = {
        "check_id": check_id, "gate": "candidate", "table_name": "emission", "severity": "critical", "has_run": True,
        "has_passed": True, "observed": "0 of 3", "expected": "e", "message": "m.", "waived_by": None,
    }  # fmt: skip
    return {**base, **fields}  # type: ignore[typeddict-item,return-value]


ROWS = [
    row("closure.yearly_gap_given"),
    row("closure.rows", has_passed=False, message="2 < 3 & more"),
    row("ledger.rows", has_passed=False, has_run=False),
    row("unit_slip.rows", has_passed=False, severity="warning"),
    row("dbt.key", gate="build", has_passed=False, waived_by="Li <Wei>"),
]


def test_what_did_not_pass_is_told_first_with_its_state() -> None:
    page = checks_page(ROWS)
    first = page[page.index("Not passed") : page.index("All checks by table")]
    assert [f"<code>{r['check_id']}</code>" in first for r in ROWS] == [False, True, True, True, True]
    for state in ("✗ failed · 未通过", "✗ did not run · 未运行", "! note · 警告", "! waived by · 豁免：Li &lt;Wei&gt;"):
        assert first.count(state) == 1
    assert "2 &lt; 3 &amp; more" in first and "至少一个物质 × 年" in first


def test_every_check_is_on_the_page_once_and_counted_by_gate() -> None:
    page = checks_page(ROWS)
    tables = page[page.index("All checks by table") :]
    assert [tables.count(f"<code>{r['check_id']}</code>") for r in ROWS] == [1] * len(ROWS)
    assert "<td>candidate (release · 候选发布)</td><td class=number>4</td>" in page


def test_the_page_needs_no_other_host() -> None:
    assert re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", checks_page(ROWS)) == []


def test_every_check_of_the_rule_book_is_told_in_chinese() -> None:
    chinese = in_chinese()
    checks = [check.check_id for gate in ("raw", "candidate") for check in expected_checks(gate)]
    assert len(checks) > 500
    assert [check for check in checks if not re.search(r"[\u4e00-\u9fff]", chinese[check])] == []
