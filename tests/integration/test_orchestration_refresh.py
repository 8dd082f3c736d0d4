"""The whole refresh on a real feed set: publishing, nothing new, refusal at every gate, and who may publish.

One home for the module, in the order of a working week: the first refresh publishes, then things go wrong.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.gate import load_rows
from pipelines.home import Home
from pipelines.orchestration.build import JOB, build_defs
from pipelines.orchestration.dbt_assets import expected_tests
from pipelines.orchestration.dbt_groups import GROUPS
from pipelines.orchestration.dbt_runner import DbtRunner
from pipelines.orchestration.instance import PROJECT_ROOT, open_instance
from pipelines.orchestration.stages import STAGES, UNREADABLE
from pipelines.release import current_id, list_releases, stale_candidates, verify

pytestmark = [pytest.mark.cases, pytest.mark.slow]


def fusedinv(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Path:
    """A copy, because tests below break files in it; the real folder is only read."""
    return Path(shutil.copytree(cases / "us_idaho_2017", tmp_path_factory.mktemp("feeds") / "idaho"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("inventory") / "home")


@pytest.fixture(scope="module")
def first(home: Home, feeds: Path) -> subprocess.CompletedProcess[str]:
    return fusedinv("refresh", "--feeds", feeds, "--home", home.root)


def test_it_publishes_and_tells_every_stage_once(first, home):
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    assert current_id(home) in first.stdout
    assert first.stdout.count(": done ") == len(STAGES)
    assert verify(home) == []


def test_every_expected_check_stands_in_the_release(first, home):
    build = {
        check.check_id
        for check in expected_tests(DbtRunner(PROJECT_ROOT / "dbt_project", home.work_db).manifest)
    }
    answer = fusedinv("query", "select check_id, gate, has_run from audit_result", "--home", home.root)
    rows = [line.split(",") for line in answer.stdout.splitlines()[1:]]
    assert {row[1].strip('"') for row in rows} == {"raw", "build", "candidate"}
    assert build and build <= {row[0].strip('"') for row in rows}
    assert all(row[2] == "true" for row in rows)


def test_the_run_can_be_seen_in_the_history_that_serve_shows(first, home):
    with open_instance(home) as instance:
        [run] = instance.get_runs()
        assert (run.job_name, run.status.value) == (JOB, "SUCCESS")
        seen = {key.path[0] for key in instance.get_asset_keys()}
    assert seen >= {
        "landing",
        "raw",
        "seeds",
        "staging",
        "identity",
        "monitoring",
        "intermediate",
        "uncertainty",
        "marts",
        "release",
    }


def test_nothing_is_left_over(first, home):
    assert stale_candidates(home) == []
    code = f"import duckdb; duckdb.connect({str(home.work_db)!r}).close()"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""


def test_the_same_input_publishes_nothing_new_and_says_so(first, home, feeds):
    before = current_id(home)
    answer = fusedinv("refresh", "--feeds", feeds, "--home", home.root)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[-1].startswith("Nothing new: ")
    assert [release.release_id for release in list_releases(home)] == [before]


def test_readers_see_the_release(first, home, tmp_path):
    total = fusedinv("query", "select count(*) as n from v1.emission", "--home", home.root)
    assert int(total.stdout.splitlines()[1]) > 0
    for suffix in ("csv", "parquet", "xlsx"):
        file = tmp_path / f"out.{suffix}"
        assert fusedinv("query", "from emission", "-o", file, "--home", home.root).returncode == 0
        assert file.stat().st_size > 0
    for forbidden in (
        "delete from v1.emission",
        f"copy (select 1) to '{tmp_path / 'x.csv'}'",
        "select * from nowhere",
    ):
        refused = fusedinv("query", forbidden, "--home", home.root)
        assert refused.returncode == 2
        assert refused.stderr.startswith("The query failed: ")


def test_publish_alone_is_refused(first, home):
    """Blocking holds only inside one run: a run that picks the last steps must not get past the gates."""
    before = current_id(home)
    with open_instance(home) as instance:
        job = build_defs(home).resolve_job_def(JOB)
        for picked in (["release/published"], ["release/candidate", "release/published"]):
            result = job.execute_in_process(
                instance=instance, raise_on_error=False, asset_selection=[_key(name) for name in picked]
            )
            assert not result.success
    assert current_id(home) == before


@contextmanager
def cut(path: Path) -> Iterator[None]:
    """The file is cut in half for a while."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    try:
        yield
    finally:
        path.write_bytes(content)


def test_a_feed_that_cannot_be_read_at_all_publishes_nothing(first, home, feeds):
    before = current_id(home)
    with cut(feeds / "raw" / "ghgp_data_2017.xlsx"):
        answer = fusedinv("refresh", "--feeds", feeds, "--home", home.root)
    assert answer.returncode == 4, answer.stderr
    assert "ghgp_data_2017.xlsx (statistics, us-ghgrp): the archive is damaged" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert current_id(home) == before


def test_a_bad_file_is_listed_and_the_release_rests_on_the_others(first, home, feeds):
    before = current_id(home)
    with cut(feeds / "raw" / "epacems2017id03.zip"):
        answer = fusedinv("refresh", "--feeds", feeds, "--home", home.root)
        again = fusedinv("refresh", "--feeds", feeds, "--home", home.root, "--lang", "zh")
    assert answer.returncode == 4, answer.stderr
    assert "epacems2017id03.zip" in answer.stdout and "damaged or cut off" in answer.stdout
    after = current_id(home)
    assert after != before and verify(home) == []
    assert again.returncode == 4 and "没有变化" in again.stdout and "压缩包损坏或不完整" in again.stdout
    assert current_id(home) == after
    [bad] = [file for file in _manifest(home)["inputs"] if not file["is_readable"]]
    assert (bad["file_name"], bad["unreadable_code"], bad["read_rows"]) == ("epacems2017id03.zip", "archive_damaged", 0)
    told = fusedinv(
        "query", "select severity, has_passed, message from audit_result where check_id = 'raw_arrival.unreadable'",
        "--home", home.root,
    ).stdout  # fmt: skip
    assert '"warning",false,' in told and "epacems2017id03.zip (the archive is damaged" in told
    findings = {f["topic"]: f for f in json.loads(fusedinv("doctor", "--json", "--home", home.root).stdout)}
    assert findings["unreadable files"]["state"] == "attention"
    assert fusedinv("rollback", before, "--home", home.root).returncode == 0


def test_the_web_page_shows_the_file_that_could_not_be_read(first, home):
    import dagster as dg

    with open_instance(home) as instance:
        record = instance.get_latest_materialization_event(dg.AssetKey(["raw", "source_file"]))
        told = record.asset_materialization.metadata[UNREADABLE].value
    assert told.startswith("- epacems2017id03.zip (monitoring, us-camd-hourly): the archive is damaged")


def test_a_gate_that_refuses_leaves_the_old_release_current(first, home, feeds):
    before = current_id(home)
    file = feeds / "feeds.yaml"
    text = file.read_text()
    file.write_text("\n".join(line for line in text.splitlines() if "us-ghgrp" not in line))
    try:
        answer = fusedinv("refresh", "--feeds", feeds, "--home", home.root)
    finally:
        file.write_text(text)
    assert answer.returncode == 3, answer.stderr
    assert "nothing was published" in answer.stderr
    assert current_id(home) == before
    assert verify(home) == []
    assert fusedinv("query", "select 1", "--home", home.root).returncode == 0


def test_a_forced_refresh_gives_a_release_that_can_be_compared_and_rolled_back(first, home, feeds):
    before = current_id(home)
    answer = fusedinv("refresh", "--feeds", feeds, "--home", home.root, "--force")
    assert answer.returncode == 0, answer.stderr
    after = current_id(home)
    assert after != before
    assert "No table has more or fewer rows." in fusedinv("diff", before, after, "--home", home.root).stdout
    assert fusedinv("rollback", before, "--home", home.root).returncode == 0
    assert current_id(home) == before


def test_audit_rows_of_every_gate_are_kept_with_the_run(first, home):
    with open_instance(home) as instance:
        run_ids = [run.run_id for run in instance.get_runs() if run.status.value == "SUCCESS"]
    stored = {
        gate: load_rows(home, run_ids[-1], gate)
        for gate in ("raw", *(f"dbt_{g}" for g in GROUPS), "candidate")
    }
    assert stored["raw"] and stored["dbt_marts"] and stored["candidate"]
    assert json.dumps(stored)


def _manifest(home: Home) -> dict:
    return json.loads((home.current / "manifest.json").read_text(encoding="utf-8"))


def _key(name: str):
    import dagster as dg

    return dg.AssetKey(name.split("/"))
