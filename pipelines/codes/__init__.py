"""Codes of Chinese registers: their grammars and check digits, as pure functions.

Here: what a well-formed credit code, permit number, outlet or facility code is, in Python for one text and as a
DuckDB expression for a column. Not here: which codes exist (seeds), what happens to a row with a bad one (`feeds`).
"""

from pipelines.codes.grammar import Grammar, Verdict
from pipelines.codes.names import NAME
from pipelines.codes.outlet import FACILITY_CODE, OUTLET_CODE
from pipelines.codes.permit import PERMIT_NUMBER
from pipelines.codes.spelling import half_width, half_width_sql
from pipelines.codes.uscc import USCC, organisation_check, uscc_check

GRAMMARS: dict[str, Grammar] = {
    grammar.name: grammar for grammar in (USCC, PERMIT_NUMBER, OUTLET_CODE, FACILITY_CODE, NAME)
}


def judge(grammar: str, text: str) -> Verdict:
    """Verdict on one text, e.g. `judge("uscc", "91330000747735638J")`.

    Raises:
        KeyError: there is no such grammar.
    """
    return GRAMMARS[grammar].judge(text)


__all__ = [
    "GRAMMARS",
    "Grammar",
    "Verdict",
    "half_width",
    "half_width_sql",
    "judge",
    "organisation_check",
    "uscc_check",
]
