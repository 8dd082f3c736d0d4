"""The floor of the gate: what a contract alone demands of its rows.

Here: the rules as plain data. Not here: how they are checked (`gate/`), nor thresholds a person chose
(`expectations/`).
"""

from typing import Any

from pipelines.contracts.model import Contract


def floor_rules(contract: Contract) -> list[dict[str, Any]]:
    """The contract's rules, in column order, uniqueness and row count last.

    Each is `{column, rule, argument}` with rule one of `not_null` (argument None), `min`, `max` (number),
    `values` (list of text), `codes` (reference table), `unique_key` (list of columns; nulls count as equal;
    column None) and `min_rows` (number; column None; only where the contract asks for rows at all).
    """
    rules: list[dict[str, Any]] = []
    for column in contract.all_columns:
        if column.required:
            rules.append({"column": column.name, "rule": "not_null", "argument": None})
        if column.min is not None:
            rules.append({"column": column.name, "rule": "min", "argument": column.min})
        if column.max is not None:
            rules.append({"column": column.name, "rule": "max", "argument": column.max})
        if column.values is not None:
            rules.append({"column": column.name, "rule": "values", "argument": list(column.values)})
        if column.codes is not None:
            rules.append({"column": column.name, "rule": "codes", "argument": column.codes})
    for columns in (contract.key, *contract.unique):
        rules.append({"column": None, "rule": "unique_key", "argument": list(columns)})
    if contract.min_rows:
        rules.append({"column": None, "rule": "min_rows", "argument": contract.min_rows})
    return rules
