"""dbt in process inside Dagster: what is materialised, what is checked, and that a failing test stops what
follows.

On a toy project with the same three groups as the real one, so that failures can be planted in any of them.
"""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.gate import load_rows
from pipelines.home import Home
from pipelines.orchestration.dbt_assets import dbt_group_assets, expected_tests
from pipelines.orchestration.dbt_groups import GROUPS, data_tests, group_nodes
from pipelines.orchestration.dbt_runner import DbtRunner
from pipelines.orchestration.steps import LOCK, lock_resource

FILES = {
    "dbt_project.yml": """
        name: toy
        version: "1.0"
        profile: toy
        flags: {send_anonymous_usage_stats: false, use_colors: false}
        seeds: {toy: {+schema: seeds}}
        models:
          toy:
            staging: {+materialized: view, +schema: staging}
            intermediate: {+materialized: table, +schema: intermediate}
            marts: {+materialized: table, +schema: marts}
        """,
    "profiles.yml": """
        toy:
          target: duckdb
          outputs:
            duckdb: {type: duckdb, path: "{{ env_var('FUSEDINV_WORK_DB') }}", threads: 2}
        """,
    "macros/schema.sql": """
        {% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}
        """,
    "seeds/code.csv": """
        code,name
        a,Alpha
        b,Beta
        """,
    "models/staging/stg_thing.sql": "select code, mass_kg from {{ source('raw', 'thing') }}",
    "models/staging/staging.yml": """
        version: 2
        sources: [{name: raw, schema: raw, tables: [{name: thing}]}]
        models:
          - name: stg_thing
            columns:
              - {name: mass_kg, data_tests: [not_null]}
              - name: code
                data_tests: [{relationships: {arguments: {to: "ref('code')", field: code}}}]
        """,
    "models/intermediate/int_thing.sql": """
        select code, sum(mass_kg) mass_kg from {{ ref('stg_thing') }} group by 1
        """,
    # By name before its parent: events must follow the order of the build, not of the alphabet.
    "models/intermediate/all_things.sql": "select count(*) as things from {{ ref('int_thing') }}",
    "models/intermediate/intermediate.yml": """
        version: 2
        models: [{name: int_thing, columns: [{name: code, data_tests: [unique]}]}]
        """,
    "models/marts/emission.sql": "select code, mass_kg from {{ ref('int_thing') }}",
    "models/marts/marts.yml": """
        version: 2
        models:
          - name: emission
            columns:
              - name: code
                data_tests: [{relationships: {arguments: {to: "ref('code')", field: code}}}]
              - name: mass_kg
                data_tests: [{accepted_values: {arguments: {values: [1, 2]}, config: {severity: warn}}}]
        """,
    "tests/mass_is_kept.sql": """
        select code from {{ ref('emission') }} join {{ ref('code') }} using (code) where mass_kg < 0
        """,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).strip() + "\n")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    # One home for the module: another work file would make dbt parse the whole project again.
    return Home(tmp_path_factory.mktemp("home")).ensure()


@pytest.fixture(scope="module")
def runner(project: Path, home: Home) -> DbtRunner:
    return DbtRunner(project, home.work_db)


def fill(runner: DbtRunner, rows: str) -> None:
    with duckdb.connect(str(runner.work_db)) as con:
        con.execute("create schema if not exists raw")
        con.execute(f"create or replace table raw.thing as select * from (values {rows}) t(code, mass_kg)")


def run(home: Home, runner: DbtRunner) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [dbt_group_assets(home, runner, group) for group in GROUPS],
        instance=dg.DagsterInstance.ephemeral(),
        resources={LOCK: lock_resource(home)},
        raise_on_error=False,
    )


def materialised(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}


def verdicts(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {check.check_name: check.passed for check in result.get_asset_check_evaluations()}


def test_a_changed_seed_is_parsed_anew(project: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(project, tmp_path / "project", ignore=shutil.ignore_patterns("target")))
    known = copy / "target" / "parsed" / "partial_parse.msgpack"
    assert DbtRunner(copy, tmp_path / "work" / "warehouse.duckdb").manifest
    os.utime(known, (1, 1))  # long before the seeds were written
    assert DbtRunner(copy, tmp_path / "work" / "warehouse.duckdb").manifest
    assert known.stat().st_mtime > 1


def test_every_test_has_one_group_and_runs_when_its_last_parent_exists(runner):
    groups = group_nodes(runner.manifest)
    named = {group: {uid.split(".")[2] for uid in ids} for group, ids in groups.items()}
    assert named["staging"] >= {"code", "stg_thing", "not_null_stg_thing_mass_kg"}
    assert {"mass_is_kept", "relationships_emission_code__code__ref_code_"} <= named["marts"]
    assert sum(len(ids) for ids in groups.values()) == len(set().union(*map(set, groups.values())))


def test_a_good_run_materialises_everything_and_every_test_is_a_check(home, runner):
    fill(runner, "('a', 1), ('b', 2)")
    result = run(home, runner)
    assert result.success
    intermediate = {"intermediate/int_thing", "intermediate/all_things"}
    assert materialised(result) == {"seeds/code", "staging/stg_thing", *intermediate, "marts/emission"}
    nodes = runner.manifest["nodes"]
    expected = {
        nodes[test]["name"] for ids in group_nodes(runner.manifest).values() for test in data_tests(ids)
    }
    assert verdicts(result) == dict.fromkeys(expected, True)
    rows = {
        event.asset_key.path[-1]: event.materialization.metadata["dagster/row_count"].value
        for event in result.get_asset_materialization_events()
        if "dagster/row_count" in event.materialization.metadata
    }
    assert rows == {"code": 2, "int_thing": 2, "all_things": 1, "emission": 2}


def test_the_work_file_is_free_for_another_process_afterwards(home, runner):
    fill(runner, "('a', 1)")
    assert run(home, runner).success
    code = f"import duckdb; duckdb.connect({str(runner.work_db)!r}).close()"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""


def test_a_failing_test_stops_the_later_groups_and_says_which_rows(home, runner):
    fill(runner, "('a', 1), ('b', null)")
    result = run(home, runner)
    assert not result.success
    assert materialised(result) == {"seeds/code", "staging/stg_thing"}
    assert verdicts(result)["not_null_stg_thing_mass_kg"] is False
    failure = result.failure_data_for_node("dbt_staging").user_failure_data
    assert failure.metadata["exit_code"].value == 3
    assert failure.description == "not_null_stg_thing_mass_kg: 1 row(s) break it, e.g. mass_kg=None."


def test_a_test_that_did_not_run_is_a_failed_check(home, runner):
    with duckdb.connect(str(runner.work_db)) as con:
        con.execute("create schema if not exists raw")
        con.execute("drop table if exists raw.thing")  # so that the staging view cannot be made
    result = run(home, runner)
    assert verdicts(result) == {
        "not_null_stg_thing_mass_kg": False,
        "relationships_stg_thing_code__code__ref_code_": False,
    }
    failure = result.failure_data_for_node("dbt_staging").user_failure_data.description
    assert failure.startswith("stg_thing: ")
    assert failure.endswith("2 more did not run because of that.")


def test_a_warning_is_told_but_stops_nothing(home, runner):
    fill(runner, "('a', 7)")
    result = run(home, runner)
    assert result.success
    [warned] = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert warned.severity == dg.AssetCheckSeverity.WARN
    assert warned.description == "1 row(s) break it, e.g. value_field=7, n_records=1."


def test_a_failure_in_the_last_group_fails_the_run(home, runner):
    fill(runner, "('a', -1)")
    result = run(home, runner)
    assert not result.success
    assert verdicts(result)["mass_is_kept"] is False


def test_every_expected_test_leaves_an_audit_row_of_its_run(home, runner):
    fill(runner, "('a', 7)")
    result = run(home, runner)
    rows = {
        row["check_id"]: row for group in GROUPS for row in load_rows(home, result.run_id, f"dbt_{group}")
    }
    assert list(rows) and set(rows) == {check.check_id for check in expected_tests(runner.manifest)}
    warned = [row for row in rows.values() if not row["has_passed"]]
    assert [(row["severity"], row["has_run"], row["observed"]) for row in warned] == [
        ("warning", True, "1 row(s)")
    ]
