"""Which change of a contract breaks a reader, and that the version follows every change."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import breaking_changes, contract_version, serialise

TABLES = serialise()
columns = st.sampled_from([(t, n) for t in TABLES for n in range(len(TABLES[t]["columns"]))])


def changed(table: str, **fields: Any) -> dict[str, Any]:
    """All contracts, with fields of one table replaced."""
    return {**TABLES, table: {**TABLES[table], **fields}}


def with_column(table: str, name: str, **fields: Any) -> dict[str, Any]:
    """All contracts, with fields of one column replaced."""
    return changed(table, columns=[c | fields if c["name"] == name else c for c in TABLES[table]["columns"]])


def test_version_is_v1_and_a_hash() -> None:
    major, digest = contract_version().split(".")
    assert major == "v1"
    assert len(bytes.fromhex(digest)) == 4


def test_how_we_build_a_table_is_no_promise_to_readers() -> None:
    assert not {"seed", "materialized"} & {field for table in TABLES.values() for field in table}


def test_the_same_contracts_do_not_break() -> None:
    assert breaking_changes(TABLES, copy.deepcopy(TABLES)) == []


@given(columns)
def test_dropping_any_column_breaks(place: tuple[str, int]) -> None:
    table, index = place
    kept = [c for n, c in enumerate(TABLES[table]["columns"]) if n != index]
    name = TABLES[table]["columns"][index]["name"]
    assert breaking_changes(TABLES, changed(table, columns=kept)) == [
        f"{table}.{name}: the column was dropped or renamed"
    ]


@given(columns)
def test_adding_any_column_or_table_does_not_break(place: tuple[str, int]) -> None:
    table, index = place
    added = list(TABLES[table]["columns"])
    added.insert(index, {"name": "brand_new", "type": "text", "en": "x", "zh": "甲"})
    assert breaking_changes(TABLES, changed(table, columns=added) | {"brand_new": TABLES[table]}) == []


@given(columns)
def test_another_type_or_unit_of_any_column_breaks(place: tuple[str, int]) -> None:
    table, index = place
    name = TABLES[table]["columns"][index]["name"]
    assert len(breaking_changes(TABLES, with_column(table, name, type="blob"))) == 1
    assert len(breaking_changes(TABLES, with_column(table, name, unit="lb"))) == 1


def test_a_column_may_become_required_but_not_empty() -> None:
    assert breaking_changes(TABLES, with_column("site", "address", required=True)) == []
    assert breaking_changes(TABLES, with_column("site", "site_name", required=False)) == [
        "site.site_name: may now be empty"
    ]


def test_allowed_values_may_shrink_but_not_grow() -> None:
    assert breaking_changes(TABLES, with_column("outlet", "outlet_kind", values=["main"])) == []
    for values in (["main", "general", "third"], None):
        found = breaking_changes(TABLES, with_column("outlet", "outlet_kind", values=values))
        assert found == ["outlet.outlet_kind: may now hold values outside ['main', 'general']"]


def test_key_partition_and_table_are_promises() -> None:
    without = {name: table for name, table in TABLES.items() if name != "site"}
    assert breaking_changes(TABLES, without) == ["site: the table was dropped"]
    assert breaking_changes(TABLES, changed("site", key=["site_id"])) == [
        "site: the key changed from ['site_id', 'valid_from'] to ['site_id']"
    ]
    assert breaking_changes(TABLES, changed("emission", partition_year=None)) == [
        "emission: the partition column changed"
    ]
