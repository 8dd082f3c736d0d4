"""The rule book: reading the reviewed suites of `expectations/` and listing the checks they promise.

Here: loading of suites, frames and thresholds, the guards against suites that pass on nothing, and the list
of expected checks — computed from the rule book and the contracts, never from results. Not here: running
(`validate.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

from pipelines import contracts
from pipelines.contracts import Contract
from pipelines.errors import InventoryError
from pipelines.gate.floor import NOT_AT_RAW, FloorCheck, floor_checks

RULE_BOOK = Path(__file__).resolve().parents[2] / "expectations"
Gate = Literal["raw", "candidate"]
ROW_COUNTS = ("expect_table_row_count_to_equal", "expect_table_row_count_to_be_between")
NOT_NULL = "expect_column_values_to_not_be_null"


@dataclass(frozen=True)
class ExpectedCheck:
    """A check that must have run and passed before anything is published."""

    check_id: str
    gate: str
    table_name: str
    severity: str
    expected: str


@dataclass(frozen=True)
class Suite:
    """One suite file: a Great Expectations suite; its meta names gate, table and the index columns."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.content["name"])

    @property
    def gate(self) -> str:
        return str(self.content["meta"]["gate"])

    @property
    def index(self) -> list[str]:
        """Columns that name a row of the frame in examples."""
        return list(self.content["meta"]["index"])

    @property
    def expectations(self) -> list[Mapping[str, Any]]:
        return list(self.content["expectations"])

    @cached_property
    def floor(self) -> list[FloorCheck]:
        """Floor checks behind this suite's frame; empty for a suite with a frame of its own in SQL."""
        layer = self.content["meta"].get("floor_of")
        if layer is None:
            return []
        return floor_checks(
            floor_tables(layer).values(), self.name, NOT_AT_RAW if layer == "raw" else frozenset()
        )

    def check_id(self, expectation: Mapping[str, Any]) -> str:
        return f"{self.name}.{expectation['meta']['rule_id']}"

    def table_of(self, expectation: Mapping[str, Any]) -> str:
        return str(expectation["meta"].get("table", self.content["meta"]["table"]))


def floor_tables(layer: Literal["raw", "public"]) -> dict[str, Contract]:
    """Tables the floor looks at: all of the layer, but the audit itself, which is written after it."""
    return {name: contract for name, contract in contracts.load(layer).items() if name != "audit_result"}


def load_suites(gate: str, book: Path = RULE_BOOK) -> list[Suite]:
    """The suites of a gate in the order of their names.

    Raises:
        InventoryError: a suite is not well formed, or could pass on an empty or all-null frame.
    """
    suites = [read_suite(path) for path in sorted((book / "suites").glob("*.json"))]
    if not (chosen := [suite for suite in suites if suite.gate == gate]):
        raise InventoryError(f"{book / 'suites'}: no suite for the gate {gate}; the rule book is incomplete")
    return chosen


def read_suite(path: Path) -> Suite:
    """Read one suite file and refuse it unless its guards are in place."""
    try:
        suite = Suite(path, json.loads(path.read_text(encoding="utf-8")))
        problems = _problems(suite)
    except (KeyError, TypeError, ValueError) as error:
        raise InventoryError(f"{path.name}: not a suite: {error!r}") from error
    if problems:
        raise InventoryError(f"{path.name}: {problems[0]}")
    return suite


def _problems(suite: Suite) -> list[str]:
    found = []
    if suite.name != suite.path.stem:
        found.append("the name inside must repeat the file name")
    if suite.gate not in ("raw", "candidate"):
        found.append(f"unknown gate {suite.gate}")
    rule_ids = [expectation["meta"]["rule_id"] for expectation in suite.expectations]
    found += [f"rule_id {rule} stands twice" for rule in sorted(set(rule_ids)) if rule_ids.count(rule) > 1]
    for expectation in suite.expectations:
        missing = {"why", "zh", "source"} - expectation["meta"].keys()
        if missing or expectation["severity"] not in ("critical", "warning"):
            found.append(f"{expectation['meta']['rule_id']}: needs meta why, zh and source, and a severity")
    return found + unguarded(suite.expectations)


def unguarded(expectations: list[Mapping[str, Any]]) -> list[str]:
    """Why these expectations could pass on nothing: no lower bound on rows, or a column with no null guard.

    Great Expectations calls most expectations met on an empty frame and on a column that is null throughout.
    """
    critical = [expectation for expectation in expectations if expectation["severity"] == "critical"]
    found = []
    if not any(_counts_rows(expectation) for expectation in critical):
        found.append("no critical expectation asks for rows; the suite would pass on an empty frame")
    guarded = {
        e["kwargs"]["column"] for e in critical if e["type"] == NOT_NULL and "mostly" not in e["kwargs"]
    }
    used = {
        name
        for e in expectations
        for key, name in e["kwargs"].items()
        if key in ("column", "column_A", "column_B")
    }
    used |= {name for e in expectations for name in e["kwargs"].get("column_list", [])}
    found += [
        f"column {name} has no {NOT_NULL}; the suite would pass if it were empty"
        for name in sorted(used - guarded)
    ]
    return found


def _counts_rows(expectation: Mapping[str, Any]) -> bool:
    kwargs = expectation["kwargs"]
    wanted = kwargs.get("value", kwargs.get("min_value", 0))
    return expectation["type"] in ROW_COUNTS and (isinstance(wanted, dict) or wanted >= 1)


def thresholds(book: Path = RULE_BOOK) -> dict[str, float]:
    """Thresholds by name; suites use them as `$PARAMETER`, frames as DuckDB variables."""
    rows = yaml.safe_load((book / "thresholds.yaml").read_text(encoding="utf-8"))
    return {name: float(row["value"]) for name, row in rows.items()}


def expected_checks(gate: str, book: Path = RULE_BOOK) -> list[ExpectedCheck]:
    """Every check that the gate must run, sorted by id."""
    found = []
    for suite in load_suites(gate, book):
        found += [ExpectedCheck(c.check_id, gate, c.table, "critical", c.expected) for c in suite.floor]
        found += [
            ExpectedCheck(
                suite.check_id(expectation),
                gate,
                suite.table_of(expectation),
                expectation["severity"],
                str(expectation["meta"]["why"]),
            )
            for expectation in suite.expectations
        ]
    return sorted(found, key=lambda check: check.check_id)


def in_chinese(book: Path = RULE_BOOK) -> dict[str, str]:
    """What each check of the suites asks for, in Chinese, by check id."""
    found: dict[str, str] = {}
    for path in sorted((book / "suites").glob("*.json")):
        suite = read_suite(path)
        found |= {check.check_id: check.expected_zh for check in suite.floor}
        found |= {suite.check_id(expectation): str(expectation["meta"]["zh"]) for expectation in suite.expectations}
    return found
