"""The command line without a release: usage errors, exit codes, start-up, the lock, checking a file."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.orchestration.lock import exclusive, holder

HEAVY = {"dagster", "dbt", "great_expectations", "pandas"}


def fusedinv(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_heavy_tools_are_not_imported_before_a_command_needs_them():
    code = f"import sys, pipelines.cli, pipelines.release; print(sorted({HEAVY!r} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments", [["refresh", "--nonsense"], ["nonsense"], ["diff", "a"], ["refresh", "--lang", "fr"]]
)
def test_wrong_usage_is_exit_code_2(arguments, home):
    answer = fusedinv(*arguments, *(["--home", home.root] if arguments[0] == "refresh" else []))
    assert answer.returncode == 2
    assert answer.stderr and "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "arguments", [["query", "select 1"], ["explain", "x", "NOx", "2017"], ["rollback", "2020.01.01-01"]]
)
def test_before_the_first_publish_readers_are_told_so(arguments, home):
    answer = fusedinv(*arguments, "--home", home.root)
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1


def test_debug_shows_where(home):
    assert "Traceback" in fusedinv("query", "select 1", "--home", home.root, "--debug").stderr


def test_a_second_refresh_on_the_same_home_is_refused(home):
    with exclusive(home):
        answer = fusedinv("refresh", "--home", home.root, "--feeds", home.root)
    assert answer.returncode == 2
    assert answer.stderr.startswith("Another refresh is running on ")
    assert holder(home) is None


def test_a_lock_dies_with_its_process(home):
    code = (
        "import os, pathlib\n"
        "from pipelines.home import Home\n"
        "from pipelines.orchestration.lock import exclusive\n"
        f"with exclusive(Home(pathlib.Path({str(home.root)!r}))): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 9
    assert holder(home) is None
    with exclusive(home):
        pass


def test_doctor_knows_the_state_of_a_fresh_home(home):
    findings = {f["topic"]: f for f in json.loads(fusedinv("doctor", "--json", "--home", home.root).stdout)}
    assert findings["duckdb"]["state"] == "ok"
    assert findings["refresh"]["detail"] == "none is running"
    assert findings["current release"]["state"] == "note"


def test_check_counts_a_real_file(cases: Path):
    file = cases / "us_idaho_2017" / "raw" / "epacems2017id01.zip"
    answer = json.loads(fusedinv("check", "--json", file).stdout)
    assert answer["profile"] == "us-camd-hourly"
    assert answer["read"] == answer["kept"] + answer["rejected"] + answer["duplicates"] > 0


def test_check_of_a_file_that_is_none_is_exit_code_2(home: Home):
    answer = fusedinv("check", home.root / "absent.csv")
    assert answer.returncode == 2
    assert "absent.csv" in answer.stderr


MISTAKES = {
    "no_release": ["query", "select 1"],
    "no_such_release": ["explain", "x", "NOx", "2017", "--release", "2020.01.01-01"],
    "no_feeds": ["refresh", "--feeds", "{root}/absent"],
    "feeds_are_no_yaml": ["refresh", "--feeds", "{root}/broken.yaml"],
    "feeds_lack_a_key": ["refresh", "--feeds", "{root}/short.yaml"],
    "unknown_territory": ["refresh", "--feeds", "{root}/territory.yaml"],
    "home_is_a_file": ["refresh", "--feeds", "{root}", "--home", "{root}/broken.yaml"],
    "unknown_format": ["query", "select 1", "-o", "{root}/x.doc"],
    "no_truth": ["score", "{root}"],
    "no_file_to_check": ["check", "{root}/absent.csv"],
    "unknown_profile": ["check", "{root}/broken.yaml", "--profile", "absent"],
    "sample_in_a_file": ["sample", "{root}/broken.yaml"],
    "review_in_another_format": ["review", "export", "-o", "{root}/x.pdf"],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_the_language_asked_for(name: str, home: Home, monkeypatch: pytest.MonkeyPatch):
    (home.root / "broken.yaml").write_text("name: x\n  bad: [", encoding="utf-8")
    (home.root / "short.yaml").write_text("name: x\nyear: 2025\nfiles: []\n", encoding="utf-8")
    (home.root / "territory.yaml").write_text(
        "name: x\nterritory: '999999'\ntimezone_offset: +08:00\nyear: 2025\n"
        "files: [{feed: permit, profile: cn-permit-site, path: a.csv}]\n",
        encoding="utf-8",
    )
    arguments = [argument.format(root=home.root) for argument in MISTAKES[name]]
    monkeypatch.setenv("FUSEDINV_HOME", str(home.root))
    told = {}
    for language in ("en", "zh"):
        monkeypatch.setenv("FUSEDINV_LANG", language)
        answer = fusedinv(*arguments)
        assert answer.returncode == 2
        assert "Traceback" not in answer.stderr and "Unexpected" not in answer.stderr
        told[language] = re.search(r"[\u4e00-\u9fff]", answer.stderr) is not None
    assert told == {"en": False, "zh": True}
