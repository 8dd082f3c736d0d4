"""What is generated from the contracts stands in the repository and says what they say."""

from pathlib import Path

import pytest
import yaml

from pipelines.contracts import duckdb_columns, load
from pipelines.contracts.__main__ import drifted, generated, main
from pipelines.contracts.emit_dbt import marts_yaml, seeds_yaml, sources_yaml

MODELS = {model["name"]: model for model in yaml.safe_load(marts_yaml())["models"]}
SEEDS = {seed["name"]: seed for seed in yaml.safe_load(seeds_yaml())["seeds"]}
SOURCES = {s["name"]: s for s in yaml.safe_load(sources_yaml())["sources"]}


def test_no_generated_file_has_drifted(repository: Path) -> None:
    assert drifted(repository) == [], "run `python -m pipelines.contracts write`"


def test_drift_is_seen(tmp_path: Path) -> None:
    for name, text in generated().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert drifted(tmp_path) == []
    (tmp_path / "docs/dictionary.md").write_text("edited by hand", encoding="utf-8")
    (tmp_path / "dbt_project/models/marts/_marts.yml").unlink()
    assert drifted(tmp_path) == ["dbt_project/models/marts/_marts.yml", "docs/dictionary.md"]


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wirte"]) == 2
    assert "write" in capsys.readouterr().err


def test_dbt_builds_every_public_table_but_those_of_the_release() -> None:
    assert set(load("public")) - set(MODELS) - set(SEEDS) == {"audit_result", "release"}
    assert not set(MODELS) & set(SEEDS)  # one name twice would make every ref ambiguous
    assert all(model["config"]["contract"] == {"enforced": True} for model in MODELS.values())
    views = [name for name, model in MODELS.items() if model["config"].get("materialized") == "view"]
    assert views == ["monitored_hour"]


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_a_reference_table_is_a_typed_seed_beside_the_marts(name: str) -> None:
    contract, seed = load("public")[name], SEEDS[name]
    assert seed["config"]["schema"] == "marts"
    assert list(seed["config"]["column_types"].items()) == duckdb_columns(contract)
    assert [c["name"] for c in seed["columns"]] == [c.name for c in contract.columns]
    assert seed["data_tests"][0]["unique_key"]["arguments"]["columns"] == list(contract.key)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_repeats_its_contract(name: str) -> None:
    contract, model = load("public")[name], MODELS[name]
    assert [(c["name"], c["data_type"]) for c in model["columns"]] == duckdb_columns(contract)
    not_null = {c["name"] for c in model["columns"] if c.get("constraints") == [{"type": "not_null"}]}
    is_table = contract.materialized == "table"
    assert not_null == {c.name for c in contract.columns if c.required and is_table}
    tested = [test["unique_key"]["arguments"]["columns"] for test in model.get("data_tests", [])]
    assert tested == ([list(group) for group in (contract.key, *contract.unique)] if is_table else [])


def test_test_names_are_unique_across_models() -> None:
    names = [
        test["unique_key"]["name"]
        for node in (*MODELS.values(), *SEEDS.values())
        for test in node.get("data_tests", [])
    ]
    assert len(names) == len(set(names))


def test_sources_are_the_raw_tables_and_what_the_rooms_write() -> None:
    tables = {name: [t["name"] for t in source["tables"]] for name, source in SOURCES.items()}
    assert sorted(tables["raw"]) == sorted([*load("raw"), "source_file", "feed_set"])
    assert {"link", "site_event"} <= set(tables["identity"])
    assert {"hour", "quarter"} <= set(tables["monitoring"])
    for name, source in SOURCES.items():
        for table in source["tables"]:
            assert table["config"]["meta"]["dagster"]["asset_key"] == [name, table["name"]]
            assert " | " in table["description"]


def test_the_dictionary_describes_every_column_in_both_languages() -> None:
    page = generated()["docs/dictionary.md"]
    for layer in ("raw", "public"):
        for contract in load(layer).values():
            section = page.split(f"\n### {contract.table}\n")[-1 if layer == "raw" else 1].split("\n### ")[0]
            rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
            assert [row[0].strip("| `") for row in rows] == [c.name for c in contract.all_columns]
            assert all(len(row) == 6 and row[4].strip() and row[5].strip("| ") for row in rows)
