"""The shape of the code location: layers, groups, checks, steps, the pool of the writer. Nothing is run."""

import dagster as dg
import pytest

from pipelines import contracts
from pipelines.home import Home
from pipelines.orchestration.build import JOB, build_defs
from pipelines.orchestration.dbt_groups import GROUPS, data_tests, group_nodes
from pipelines.orchestration.dbt_runner import DbtRunner
from pipelines.orchestration.instance import PROJECT_ROOT
from pipelines.orchestration.stages import STAGES
from pipelines.orchestration.steps import WRITER_POOL

LAYERS = {"landing", "raw", "seeds", "staging", "identity", "monitoring", "intermediate"}
LAYERS |= {"uncertainty", "marts", "release"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).ensure()


@pytest.fixture(scope="module")
def defs(home: Home) -> dg.Definitions:
    return build_defs(home)


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions):
    return defs.resolve_asset_graph()


def test_assets_are_named_and_grouped_by_layer(graph):
    keys = graph.get_all_asset_keys()
    assert {key.path[0] for key in keys} == LAYERS
    assert {key.to_user_string(): graph.get(key).group_name for key in keys} == {
        key.to_user_string(): key.path[0] for key in keys
    }
    assert all(len(key.path) == 2 for key in keys)


def test_the_web_page_says_of_everything_what_it_is(graph, defs):
    nodes = [graph.get(key) for key in graph.get_all_asset_keys() if not graph.get(key).is_external]
    assert len(nodes) > 100
    assert [node.key.to_user_string() for node in nodes if not node.description or not node.kinds] == []
    assert all(part.description for part in [*defs.jobs, *defs.schedules])


def test_nothing_hangs_in_the_air(graph):
    """Every asset is made by a step, and only the landed files have no parent but seeds."""
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.is_materializable, f"{key} is read but no step makes it"
        assert node.parent_keys or key.path[0] in ("landing", "seeds"), f"{key} depends on nothing"


def test_every_public_table_is_made(graph):
    made = {key.path[1] for key in graph.get_all_asset_keys() if key.path[0] in ("marts", "seeds")}
    with_its_own_step = {"audit_result", "release"}
    assert set(contracts.load("public")) - with_its_own_step <= made


def test_every_dbt_test_is_a_check(defs, graph, home):
    manifest = DbtRunner(PROJECT_ROOT / "dbt_project", home.work_db).manifest
    tests = {
        manifest["nodes"][test]["name"] for ids in group_nodes(manifest).values() for test in data_tests(ids)
    }
    checks = {check.name for check in graph.asset_check_keys}
    assert tests and tests <= checks
    assert len([name for name in checks if name.startswith("gate_")]) > len(contracts.load("raw"))


def test_the_job_has_the_stages_that_the_command_line_shows(defs):
    job = defs.resolve_job_def(JOB)
    assert {node.name for node in job.graph.nodes} == set(STAGES)
    order = [step.key for step in _plan(job)]
    assert order.index("gate_raw") < order.index("dbt_staging")
    assert (
        order.index("dbt_marts")
        < order.index("candidate")
        < order.index("gate_candidate")
        < order.index("publish")
    )


def test_every_step_that_opens_the_work_file_is_in_the_pool_of_the_writer(defs):
    pools = {node.name: node.definition.pool for node in defs.resolve_job_def(JOB).graph.nodes}
    without = {name for name, pool in pools.items() if pool != WRITER_POOL}
    assert without == {"landing", "gate_candidate", "publish"}
    assert {f"dbt_{group}" for group in GROUPS} <= pools.keys() - without


def test_schedules_run_the_same_job_and_are_off_until_somebody_starts_them(defs):
    [schedule] = defs.schedules
    assert schedule.job_name == JOB
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def _plan(job: dg.JobDefinition) -> list:
    from dagster._core.execution.api import create_execution_plan

    return create_execution_plan(job).get_all_steps_in_topo_order()
