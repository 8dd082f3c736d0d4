"""Fixtures that every test may use. Real tools only: nothing here replaces DuckDB, dbt, Dagster or GX."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent
SHOWN = "shown"
# Files whose tests share a session fixture that takes long to make (a file not named here stays whole, too), in the
# order in which they are begun: what takes minutes first, so that no process is left with it alone at the end.
TOGETHER = {
    "refresh": ["integration/test_orchestration_refresh.py"],
    "sample_home": [
        "integration/test_defects.py",
        "integration/test_lineage.py",
        "integration/test_permit.py",
        "integration/test_sample.py",
        "integration/test_sample_feeds.py",
        "integration/test_sample_statistics.py",
        "integration/test_uncertainty.py",
    ],
    "small_home": ["integration/test_breakage.py", "integration/test_identity.py"],
    "decided": ["integration/test_identity_decided.py"],
    "determinism": ["integration/test_determinism.py"],
    "inventory": ["dbt/"],
    "gate_release": ["integration/gate_release/"],
}


def _group(nodeid: str) -> str:
    """The group of a test in TOGETHER, else its file."""
    file = nodeid.split("::")[0].removeprefix("tests/")
    return next((group for group, names in TOGETHER.items() if file.startswith(tuple(names))), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """In several processes (`-n`) the tests of a group run in one of them, one after the other.

    By name and not by xdist's own mark: `--dist loadgroup` of 3.8.0 groups nothing under pytest 9.2, without a word.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    config.option.loadscopereorder = False  # the order is that of `pytest_collection_modifyitems`
    return ByGroup(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A process of several gets its tests group by group, long ones first."""
    if hasattr(config, "workerinput"):
        places = {group: place for place, group in enumerate(TOGETHER)}
        items.sort(key=lambda item: places.get(_group(item.nodeid), len(places)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have shown, whichever process they ran in."""
    for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())):
        for text in (value for name, value in report.user_properties if name == SHOWN):
            terminalreporter.section(report.nodeid.rsplit("::", 1)[-1], sep="-")
            terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def cases() -> Path:
    """Folder of the real feed sets (FUSEDINV_CASES, else `../shared/cases`); skips where there is none."""
    folder = Path(os.environ.get("FUSEDINV_CASES", REPOSITORY.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip("the real feed sets are not here; name their folder in FUSEDINV_CASES")
    return folder


@pytest.fixture
def show(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """`show(text)`: a table that people want to see, printed when all tests have run."""
    return lambda text: record_property(SHOWN, text)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty inventory home of this test's own."""
    return Home(tmp_path / "home").ensure()
