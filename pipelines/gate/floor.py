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
        match self.rule:
            case "not_null":
                return "a value in every row"
            case "finite":
                return "no infinite value and no NaN"
            case "min":
                return f"at least {self.argument:g}"
            case "max":
                return f"at most {self.argument:g}"
            case "values":
                return "one of " + ", ".join(self.argument)
            case "codes":
                return f"a code of table {self.argument}"
            case "unique_key":
                return "no two rows alike in " + ", ".join(self.argument)
            case "min_rows":
                return f"at least {self.argument} row(s)"
            case "columns":
                return "columns and types as in the contract"
        raise ValueError(f"floor rule {self.rule} has no meaning here")

    @property
    def expected_zh(self) -> str:
        """The same in Chinese."""
        match self.rule:
            case "not_null":
                return "每行均有值"
            case "finite":
                return "没有无穷大或非数值"
            case "min":
                return f"不小于 {self.argument:g}"
            case "max":
                return f"不大于 {self.argument:g}"
            case "values":
                return "取值限于 " + "、".join(self.argument)
            case "codes":
                return f"为 {self.argument} 表中的代码"
            case "unique_key":
                return "、".join(self.argument) + " 不重复"
            case "min_rows":
                return f"至少 {self.argument} 行"
            case "columns":
                return "列及类型与契约一致"
        raise ValueError(f"floor rule {self.rule} has no meaning here")

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


def floor_checks(
    tables: Iterable[Contract], suite: str, without: frozenset[str] = frozenset()
) -> list[FloorCheck]:
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
