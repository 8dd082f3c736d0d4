"""Fixtures that every test may use. Real tools only: nothing here replaces DuckDB, dbt, Dagster or GX."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent
SHOWN = "shown"
# What takes minutes is begun first, so that no process is left with it alone at the end.
LONG_FIRST = (
    "test_orchestration_refresh",
    "sample",
    "small",
    "test_identity_decided",
    "test_determinism",
    "dbt",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes (pytest-xdist, `--dist loadgroup`): what shares a fixture stays in one of them, in order."""
    if not config.getoption("loadgroup", False):
        return
    first = {group: place for place, group in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: first.get(_group(item), len(first)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    """Tests of one province; of a folder with session fixtures of its own; else of one file."""
    for province in ("sample", "small"):
        if f"{province}_feeds" in getattr(item, "fixturenames", ()):
            return province
    folder = item.path.parent
    return folder.name if folder.name in ("dbt", "gate_release") else item.path.stem


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have shown, whichever process they ran in."""
    for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())):
        for text in (value for name, value in report.user_properties if name == SHOWN):
            terminalreporter.section(report.nodeid.rsplit("::", 1)[-1].split("@")[0], sep="-")
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
