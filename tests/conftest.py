"""Fixtures that every test may use. Real tools only: nothing here replaces DuckDB, dbt, Dagster or GX."""

import os
from pathlib import Path

import pytest

from pipelines.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent


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
def home(tmp_path: Path) -> Home:
    """An empty inventory home of this test's own."""
    return Home(tmp_path / "home").ensure()
