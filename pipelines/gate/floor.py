"""The floor: every rule that a contract alone implies, as a list of checks with stable ids.

Here: which floor checks are expected and how each reads as SQL and as a sentence. Not here: running them
(`evidence.py`), the contracts' own derivation of rules (`contracts/rules.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipelines import contracts
from pipelines.contracts import Contract

# At the raw gate the code tables are not loaded yet; the reader has refused unknown codes row by row. Keys
# may repeat across files (heads in every monthly file, corrected forms): the reader has refused repeats in
# a file, and staging takes the row of the file received last.
NOT_AT_RAW = frozenset({"codes", "unique_key"})


# What each rule asks for, in English and Chinese; its argument stands in the braces.
_SENTENCES = {
    "not_null": ("a value in every row", "每行均有值"),
    "finite": ("no infinite value and no NaN", "没有无穷大或非数值"),
    "min": ("at least {:g}", "不小于 {:g}"),
    "max": ("at most {:g}", "不大于 {:g}"),
    "values": ("one of {}", "取值限于 {}"),
    "codes": ("a code of table {}", "为 {} 表中的代码"),
    "unique_key": ("no two rows alike in {}", "{} 不重复"),
    "min_rows": ("at least {} row(s)", "至少 {} 行"),
    "columns": ("columns and types as in the contract", "列及类型与契约一致"),
}


@dataclass(frozen=True)
class FloorCheck:
    """One rule on one column (or, with `column` None, on the whole table)."""

    check_id: str
    table: str
    column: str | None
    rule: str
    argument: Any

    @property
    def expected(self) -> str:
        """What is asked for, in words."""
        return self._said(0, ", ")

    @property
    def expected_zh(self) -> str:
        """The same in Chinese."""
        return self._said(1, "、")

    def _said(self, language: int, comma: str) -> str:
        if self.rule not in _SENTENCES:
            raise ValueError(f"floor rule {self.rule} has no meaning here")
        listed = self.rule in ("values", "unique_key")
        return _SENTENCES[self.rule][language].format(comma.join(self.argument) if listed else self.argument)

    def predicate(self) -> str:
        """SQL condition that is true for a row in breach (column rules that look at one row only)."""
        name = quoted(self.column or "")
        match self.rule:
            case "not_null":
                return f"{name} is null"
            case "finite":
                return f"not isfinite({name})"
            case "min":
                return f"{name} < {self.argument!r}"
            case "max":
                return f"{name} > {self.argument!r}"
            case "values":
                return f"{name} not in ({', '.join(literal(value) for value in self.argument)})"
        raise ValueError(f"floor rule {self.rule} is not a condition on one row")


ROW_RULES = frozenset({"not_null", "finite", "min", "max", "values"})


def floor_checks(tables: Iterable[Contract], suite: str, without: frozenset[str] = frozenset()) -> list[FloorCheck]:
    """Expected checks of these contracts; ids are `<suite>.<table>.<column or columns>.<rule>`."""
    found = []
    for contract in tables:
        rules = [{"column": None, "rule": "columns", "argument": None}, *contracts.floor_rules(contract)]
        rules += [
            {"column": column.name, "rule": "finite", "argument": None}
            for column in contract.all_columns
            if column.type == "double"
        ]
        for rule in rules:
            if rule["rule"] not in without:
                found.append(_check(contract, suite, **rule))
    return found


def _check(contract: Contract, suite: str, column: str | None, rule: str, argument: Any) -> FloorCheck:
    parts = [suite, contract.table]
    if column:
        parts.append(column)
    elif rule == "unique_key":
        parts.append("+".join(argument))
    plain = tuple(argument) if isinstance(argument, list) else argument  # hashable, as the check is a key
    return FloorCheck(".".join([*parts, rule]), contract.table, column, rule, plain)


def quoted(name: str) -> str:
    """A column or table name as SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL literal."""
    return "'" + text.replace("'", "''") + "'"
