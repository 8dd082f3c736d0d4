"""Permit and registration numbers (HJ 608-2017): unit code of 18, serial of the site of three, one letter.

Here: their grammar. The 22nd character is no check character: appendix A of HJ 608 gives two serials of one unit the
same letter. Not here: whether a permit is in force.
"""

from pipelines.codes import spelling
from pipelines.codes.grammar import Grammar, Repair, Rule, differs
from pipelines.codes.uscc import USCC


def _unit_is_doubtful(text: str) -> bool:
    return not USCC.judge(text[:18]).is_valid


PERMIT_NUMBER = Grammar(
    name="permit_number",
    repairs=(Repair("permit_spelling", spelling.code, spelling.code_sql),),
    rules=(
        Rule("permit_length", lambda text: len(text) != 22, lambda text: f"length({text}) <> 22"),
        differs("permit_alphabet", "[0-9A-Z]{22}"),
        differs("permit_serial", ".{18}[0-9]{3}."),
        differs("permit_letter", ".{21}[A-Z]"),
        Rule(
            "permit_unit",
            _unit_is_doubtful,
            lambda text: f"{USCC.fault_sql(f'substr({text}, 1, 18)')} is not null",
        ),
    ),
    kinds=((".{21}[WXYZ]", "registration"), (".*", "permit")),  # the letter as seen; no rule of the standard
    doubts=("permit_unit",),
)
