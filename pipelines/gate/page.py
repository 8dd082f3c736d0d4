"""The checks of a release as one page for a browser, in English and Chinese, that needs no other host.

Here: the page of all audit rows. Not here: the outcome of a check (`audit.py`), the Data Docs of Great Expectations
(`validate.py`), which share the style sheet.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from pipelines.gate.audit import AuditRow
from pipelines.gate.suites import RULE_BOOK, in_chinese

_CSS = Path(__file__).with_suffix(".css")
_GATES = {"raw": "files · 原始数据", "build": "tables · 构建", "candidate": "release · 候选发布"}
_HEAD = (
    "<tr><th>Check · 检查</th><th>Outcome · 结果</th><th>What is asked · 要求</th><th>Seen · 观测值</th>"
    "<th>Says · 说明</th></tr>"
)


def checks_page(rows: Sequence[AuditRow], book: Path = RULE_BOOK) -> str:
    """HTML of all checks: counts by gate, what did not pass in full, then every check by table.

    Args:
        rows: audit rows of all gates.
        book: folder of the rule book; the Chinese of a rule stands there.
    """
    chinese = in_chinese(book)
    ordered = sorted(rows, key=lambda row: (row["table_name"], row["check_id"]))
    open_rows = [row for row in ordered if not row["has_passed"]]
    tables = [
        f"<details><summary><code>{escape(table)}</code> · {len(part)} · {_tally(part)}</summary>"
        f"{_table(part, chinese)}</details>"
        for table, part in ((table, list(part)) for table, part in groupby(ordered, lambda row: row["table_name"]))
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checks · 检查</title>'
        f"<style>{_CSS.read_text(encoding='utf-8')}</style></head><body>"
        "<h1>Checks of this release · 本次发布的检查</h1>"
        f"{_counts(ordered)}"
        f"<h2>Not passed · 未通过（{len(open_rows)}）</h2>"
        f"{_table(open_rows, chinese) if open_rows else '<p class=good>None · 无</p>'}"
        f"<h2>All checks by table · 全部检查（按表）</h2>{''.join(tables)}"
        '<p><a href="docs/index.html">Great Expectations Data Docs</a> · <a href="results.json">results.json</a></p>'
        "</body></html>\n"
    )


def _counts(rows: Sequence[AuditRow]) -> str:
    body = ""
    for gate, name in _GATES.items():
        part = [row for row in rows if row["gate"] == gate]
        body += f"<tr><td>{gate} ({name})</td><td class=number>{len(part)}</td><td>{_tally(part)}</td></tr>"
    return f"<table><tr><th>Gate · 门禁</th><th>Checks · 检查</th><th>Outcome · 结果</th></tr>{body}</table>"


def _tally(rows: Sequence[AuditRow]) -> str:
    states = [_state(row) for row in rows]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states), key=_by_outcome))


def _by_outcome(state: str) -> tuple[bool, str]:
    return "passed" not in state, state


def _state(row: AuditRow) -> str:
    if row["has_passed"]:
        return "<span class=good>✓ passed · 通过</span>"
    if not row["has_run"]:
        return "<span class=bad>✗ did not run · 未运行</span>"
    if row["severity"] == "warning":
        return "<span class=note>! note · 警告</span>"
    if row["waived_by"]:
        return f"<span class=note>! waived by · 豁免：{escape(row['waived_by'])}</span>"
    return "<span class=bad>✗ failed · 未通过</span>"


def _table(rows: Sequence[AuditRow], chinese: dict[str, str]) -> str:
    body = "".join(
        f"<tr><td><code>{escape(row['check_id'])}</code></td><td class=state>{_state(row)}</td>"
        f"<td>{escape(row['expected'])}<br><span class=zh>{escape(chinese.get(row['check_id'], ''))}</span></td>"
        f"<td>{escape(row['observed'] or '')}</td><td>{escape(row['message'])}</td></tr>"
        for row in rows
    )
    return f"<table>{_HEAD}{body}</table>"
