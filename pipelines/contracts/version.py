"""Version and compatibility of the contracts: what a release writes down, and what a later one may not break.

Here: the contracts as plain data, their hash, and the list of breaking differences between two such sets.
"""

import hashlib
import json
from typing import Any

from pipelines.contracts.model import load

MAJOR = "v1"


def serialise() -> dict[str, Any]:
    """The public contracts as plain JSON data, by table, without how we build them."""
    return {
        table: contract.model_dump(mode="json", exclude_defaults=True, exclude={"materialized", "seed"})
        for table, contract in load("public").items()
    }


def contract_version() -> str:
    """`v1.` and the first 8 hex digits of the SHA-256 of the canonical JSON of all public contracts."""
    canonical = json.dumps(serialise(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{MAJOR}.{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader of `old` would stumble over in `new`, one sentence each; empty if nothing.

    Both are `serialise()` results. New tables and columns, and columns that become required, are no break.
    A renamed column shows as a dropped one.
    """
    found: list[str] = []
    for table, before in old.items():
        if table not in new:
            found.append(f"{table}: the table was dropped")
            continue
        after = new[table]
        if before["key"] != after["key"]:
            found.append(f"{table}: the key changed from {before['key']} to {after['key']}")
        if before.get("partition_year") != after.get("partition_year"):
            found.append(f"{table}: the partition column changed")
        columns = {column["name"]: column for column in after["columns"]}
        for column in before["columns"]:
            found += _column_breaks(table, column, columns.get(column["name"]))
    return found


def _column_breaks(table: str, before: dict[str, Any], after: dict[str, Any] | None) -> list[str]:
    name = f"{table}.{before['name']}"
    if after is None:
        return [f"{name}: the column was dropped or renamed"]
    found = []
    for field, word in (("type", "type"), ("unit", "unit"), ("codes", "code table")):
        if before.get(field) != after.get(field):
            found.append(f"{name}: the {word} changed from {before.get(field)} to {after.get(field)}")
    if before.get("required") and not after.get("required"):
        found.append(f"{name}: may now be empty")
    old_values, new_values = before.get("values"), after.get("values")
    if old_values and (not new_values or set(new_values) - set(old_values)):
        found.append(f"{name}: may now hold values outside {old_values}")
    return found
