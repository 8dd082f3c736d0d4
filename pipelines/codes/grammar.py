"""Grammars: an ordered list of rules, of which the first that speaks decides.

Here: the mechanism, in Python and in SQL. Each rule says the same in both (the tests compare them on random texts).
Not here: any rule of a code (`uscc`, `permit`, `outlet`, `names`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipelines.codes.spelling import quote

Predicate = Callable[[str], bool]
Expression = Callable[[str], str]


@dataclass(frozen=True)
class Verdict:
    """What was found in one text.

    `code` is the normal form; `finding` a stable word, None where the text is in order as written; `kind` what the
    code belongs to. A repaired spelling is a finding too, but the code is valid.
    """

    code: str
    finding: str | None
    kind: str | None
    is_valid: bool


@dataclass(frozen=True)
class Rule:
    """`applies` and its SQL twin look at a normal form; `finding` is None for codes that are good without more."""

    finding: str | None
    applies: Predicate
    sql: Expression


def matches(finding: str | None, pattern: str) -> Rule:
    """The rule applies to a text that is wholly of this pattern (one that Python and RE2 read alike)."""
    compiled = re.compile(pattern)
    return Rule(
        finding,
        lambda text: compiled.fullmatch(text) is not None,
        lambda text: f"regexp_full_match({text}, {quote(pattern)})",
    )


def differs(finding: str, pattern: str) -> Rule:
    """The rule applies to a text that is not wholly of this pattern."""
    positive = matches(finding, pattern)
    return Rule(finding, lambda text: not positive.applies(text), lambda text: f"not {positive.sql(text)}")


@dataclass(frozen=True)
class Repair:
    """A step of spelling and the word for a code that needed it."""

    finding: str
    repair: Callable[[str], str]
    sql: Expression


@dataclass(frozen=True)
class Grammar:
    """One kind of code.

    `form` are the findings that say the text is no such code at all; the others doubt a well-formed one.
    """

    name: str
    repairs: tuple[Repair, ...]
    rules: tuple[Rule, ...]
    kinds: tuple[tuple[str, str], ...] = ()  # pattern, word; the first that fits
    doubts: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Findings that no change of spelling mends, in the order of the rules."""
        return tuple(dict.fromkeys(rule.finding for rule in self.rules if rule.finding))

    @property
    def form(self) -> tuple[str, ...]:
        """Faults of form: the text is no such code."""
        return tuple(word for word in self.faults if word not in self.doubts)

    @property
    def repaired(self) -> tuple[str, ...]:
        """Findings of a valid code that was written otherwise."""
        return tuple(repair.finding for repair in self.repairs)

    def judge(self, text: str) -> Verdict:
        """Verdict on one text."""
        normal, finding = text, None
        for step in self.repairs:
            if (mended := step.repair(normal)) != normal:
                normal, finding = mended, step.finding
        fault = self._fault(normal)
        kind = next((word for pattern, word in self.kinds if re.fullmatch(pattern, normal)), None)
        return Verdict(normal, fault or finding, None if fault in self.form else kind, fault is None)

    def _fault(self, normal: str) -> str | None:
        return next((rule.finding for rule in self.rules if rule.applies(normal)), None)

    def normal_sql(self, text: str) -> str:
        """Normal form of a text expression."""
        for step in self.repairs:
            text = step.sql(text)
        return text

    def fault_sql(self, normal: str) -> str:
        """Fault of an expression that is a normal form already; NULL if it has none."""
        cases = " ".join(
            f"when {rule.sql(normal)} then {quote(rule.finding) if rule.finding else 'null'}" for rule in self.rules
        )
        return f"case when {normal} is not null then case {cases} end end"

    def finding_sql(self, text: str, normal: str) -> str:
        """Finding of a text expression, given that of its normal form; NULL if it is in order as written."""
        steps, before = [], text
        for step in self.repairs:
            after = step.sql(before)
            steps.append(f"when {after} <> {before} then {quote(step.finding)}")
            before = after
        spelt = f"case when {normal} <> {text} then case {' '.join(reversed(steps))} end end" if steps else "null"
        return f"coalesce({self.fault_sql(normal)}, {spelt})"
