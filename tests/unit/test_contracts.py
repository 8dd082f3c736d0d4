"""What a contract says, and what Arrow, DuckDB and the gate make of it."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipelines.contracts import arrow_schema, comment_sql, create_sql, duckdb_columns, floor_rules, load
from pipelines.contracts.model import Contract, read
from pipelines.errors import InventoryError

CONTRACTS = [*load("raw").values(), *load("public").values()]
every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.layer}.{c.table}")

# The public tables promised to readers; written out here because a table must not vanish with its contract.
PROMISED = {
    "activity", "audit_result", "carbon_ledger", "co2e_yearly", "coverage", "crosswalk", "decoupling", "emission",
    "emission_by_class", "emission_candidate", "emission_yearly", "factor", "gwp", "index_input", "industry",
    "legal_unit",
    "method", "monitor", "monitored_file", "monitored_hour", "outlet", "permit", "priority_rule", "reconciliation",
    "region", "rejected_row", "release", "site", "source_class", "source_class_map", "source_file", "species",
    "target_class",
}  # fmt: skip


def contract(**changes: object) -> Contract:
    """A small public contract, with changes."""
    text = {"en": "x", "zh": "甲"}
    return Contract.model_validate(
        {
            "table": "t",
            "layer": "public",
            "grain": text,
            "description": text,
            "key": ["a"],
            "columns": [{"name": "a", "type": "text", "required": True, **text}],
            **changes,
        }
    )


def test_every_promised_table_has_a_contract() -> None:
    assert set(load("public")) >= PROMISED


def test_layers_are_kept_apart_and_the_public_table_stands_for_both() -> None:
    both = set(load("raw")) & set(load("public"))
    assert both == {"notice", "rejected_row"}
    assert all(load("raw")[table].layer == "raw" and load()[table] is load("public")[table] for table in both)
    assert set(load()) == set(load("raw")) | set(load("public"))


def test_for_each_is_lower_case_in_names_and_as_written_in_descriptions() -> None:
    column = load("raw")["monitoring__hour"].column("nh3_mg_m3")
    assert (column.unit, column.type) == ("mg/m3", "double")
    assert column.en.startswith("NH3 concentration")
    assert column.zh.startswith("NH3 ")
    assert column.comment.endswith("[mg/m3]")


def test_for_each_repeats_the_whole_group_in_order() -> None:
    text = {"en": "{s}", "zh": "{s}"}
    group = {
        "for_each": {"s": ["NOx", "CO"]},
        "columns": [{"name": f"{{s}}_{tail}", "type": "double", **text} for tail in ("kg", "t")],
    }
    names = [c.name for c in contract(columns=[group], key=["nox_kg"]).columns]
    assert names == ["nox_kg", "nox_t", "co_kg", "co_t"]


def test_raw_tables_carry_provenance_unless_told_otherwise() -> None:
    provenance = ["source_file_id", "row_no", "ingested_at", "profile"]
    assert arrow_schema(load("raw")["permit__site"]).names[-4:] == provenance
    assert "profile" not in arrow_schema(load("raw")["rejected_row"]).names
    assert "ingested_at" not in arrow_schema(load("public")["site"]).names


@every_contract
def test_arrow_types_are_explicit_and_nullable_as_required(contract: Contract) -> None:
    schema = arrow_schema(contract)
    assert not any(pa.types.is_null(field.type) for field in schema)
    assert {f.name for f in schema if not f.nullable} == {c.name for c in contract.all_columns if c.required}


@every_contract
def test_duckdb_makes_the_table_and_reads_the_arrow_types_alike(contract: Contract) -> None:
    with duckdb.connect() as con:
        con.execute("create schema s")
        con.execute(create_sql(contract, "s"))
        empty = arrow_schema(contract).empty_table()  # noqa: F841  read by name in the query
        made = con.execute(f"describe s.{contract.table}").fetchall()
        assert con.execute("describe select * from empty").fetchall() == made
        for statement in comment_sql(contract, "s"):
            con.execute(statement)
        query = "select column_name, comment from duckdb_columns() where schema_name = 's'"
        comments = dict(con.execute(query).fetchall())
    assert set(comments) == {name for name, _ in duckdb_columns(contract)}
    assert all(" | " in comment for comment in comments.values())


@every_contract
def test_units_stand_beside_names_that_end_in_one(contract: Contract) -> None:
    units = {
        "_kg": "kg", "_kg_per_gj": "kg/GJ", "_t": "t", "_gj": "GJ", "_mw": "MW", "_mwh": "MWh", "_pct": "%",
        "_deg": "degree", "_m3_h": "m3/h", "_mg_m3": "mg/m3", "_m": "m", "_c": "degC",
    }  # fmt: skip
    for column in contract.columns:
        endings = [ending for ending in units if column.name.endswith(ending)]
        if endings:
            assert column.unit == units[max(endings, key=len)], column.name


@every_contract
def test_codes_name_a_reference_table_and_bands_stand_on_numbers(contract: Contract) -> None:
    for column in contract.all_columns:
        assert column.codes is None or len(load("public")[column.codes].key) == 1, column.name
        if column.min is not None or column.max is not None:
            assert column.type in ("int", "double"), column.name
        if column.min is not None and column.max is not None:
            assert column.min < column.max, column.name


def test_floor_rules_hold_everything_the_contract_demands() -> None:
    rules = floor_rules(load("public")["emission"])
    assert {"column": "species", "rule": "codes", "argument": "species"} in rules
    assert {"column": "species", "rule": "not_null", "argument": None} in rules
    assert {"column": "mass_kg", "rule": "min", "argument": 0} in rules
    assert {"column": "coverage", "rule": "max", "argument": 1} in rules
    assert {"column": "quality_grade", "rule": "values", "argument": list("ABCDE")} in rules
    assert {"column": None, "rule": "unique_key", "argument": ["emission_id"]} in rules
    assert {"column": None, "rule": "unique_key", "argument": ["source_id", "species", "month"]} in rules
    assert {"column": None, "rule": "min_rows", "argument": 1} in rules
    assert not any(rule["column"] == "site_id" for rule in rules)  # may be empty, has no band and no code


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": ["b"]}, "names b, no column"),
        ({"partition_year": "year"}, "names year, no column"),
        ({"colour": "red"}, "colour"),
        ({"columns": [{"name": "a", "type": "text", "en": "x", "zh": "甲"}] * 2}, "described twice"),
        ({"columns": [{"name": "a", "type": "float", "en": "x", "zh": "甲"}]}, "type"),
        ({"columns": [{"name": "a", "type": "text", "en": "x"}]}, "zh"),
        ({"columns": [{"name": "Mass", "type": "text", "en": "x", "zh": "甲"}], "key": ["Mass"]}, "name"),
    ],
)
def test_a_broken_contract_is_refused_with_the_field_at_fault(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        contract(**changes)


def test_a_contract_file_repeats_its_folder_and_name(tmp_path: Path) -> None:
    path = tmp_path / "public" / "u.yaml"
    path.parent.mkdir()
    path.write_text(contract().model_dump_json(), encoding="utf-8")
    with pytest.raises(InventoryError, match=r"u\.yaml: layer and table"):
        read(path)
    right = path.rename(path.with_name("t.yaml"))
    assert read(right) == contract()
