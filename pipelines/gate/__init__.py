"""The gate: expected checks, the evidence they look at, and audit rows as their outcome.

Here: floor rules of the contracts as evidence, Great Expectations suites on bounded frames, waivers, audit
rows. Not here: the rules themselves (`expectations/`, `contracts/`), the writing of a release (`release/`).
"""

from pipelines.gate.audit import (
    AuditRow,
    blocking,
    load_rows,
    refusal,
    require,
    run_candidate_gate,
    run_raw_gate,
    store_rows,
    unmet,
)
from pipelines.gate.page import checks_page
from pipelines.gate.suites import RULE_BOOK, ExpectedCheck, expected_checks, load_suites
from pipelines.gate.waivers import Waiver, load_waivers

__all__ = [
    "RULE_BOOK",
    "AuditRow",
    "ExpectedCheck",
    "Waiver",
    "blocking",
    "checks_page",
    "expected_checks",
    "load_rows",
    "load_suites",
    "load_waivers",
    "refusal",
    "require",
    "run_candidate_gate",
    "run_raw_gate",
    "store_rows",
    "unmet",
]
