"""The reference tables are files of this repository, so their contracts can be checked before any run."""

import csv
from pathlib import Path

import pytest

from pipelines.contracts import Column, Contract, load

SEEDED = [contract for contract in load("public").values() if contract.seed]
every_seed = pytest.mark.parametrize("contract", SEEDED, ids=lambda c: c.table)


def seed_rows(repository: Path, contract: Contract) -> list[dict[str, str]]:
    """Rows of the seed behind a reference table, as text."""
    path = repository / "dbt_project" / "seeds" / f"{contract.seed}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def wrong(column: Column, value: str) -> bool:
    """True if the contract does not allow this cell."""
    if not value:
        return column.required
    if column.type == "bool":
        return value not in ("true", "false")
    if column.type in ("int", "double"):
        number = float(value)
        low = column.min is not None and number < column.min
        return low or (column.max is not None and number > column.max)
    return column.values is not None and value not in column.values


@every_seed
def test_the_header_is_the_contract(repository: Path, contract: Contract) -> None:
    rows = seed_rows(repository, contract)
    assert len(rows) >= max(contract.min_rows, 1)
    assert list(rows[0]) == [column.name for column in contract.columns]


@every_seed
def test_every_cell_is_what_the_contract_allows(repository: Path, contract: Contract) -> None:
    rows = seed_rows(repository, contract)
    found = [
        (n, c.name, row[c.name])
        for n, row in enumerate(rows, 2)
        for c in contract.columns
        if wrong(c, row[c.name])
    ]
    assert found == []


@every_seed
def test_keys_are_unique_and_codes_are_known(repository: Path, contract: Contract) -> None:
    rows = seed_rows(repository, contract)
    keys = [tuple(row[name] for name in contract.key) for row in rows]
    assert len(keys) == len(set(keys))
    for column in contract.columns:
        if column.codes:
            target = load("public")[column.codes]
            known = {row[target.key[0]] for row in seed_rows(repository, target)}
            assert {row[column.name] for row in rows} - known <= {""}, column.name
