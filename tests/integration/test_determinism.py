"""Same input, same bytes: an unchanged refresh publishes nothing, a forced one and another home give equal tables."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.release import current_id

# The release record holds wall-clock times; it is the only such table.
WITH_CLOCK = {"release"}


def table_bytes(home: Home) -> dict[str, str]:
    """sha256 of every Parquet file of the current release, by path inside it."""
    root = home.current.resolve() / "parquet" / "v1"
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*.parquet"))
        if path.relative_to(root).parts[0] not in WITH_CLOCK
    }


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pipelines.sample import write_province

    folder = tmp_path_factory.mktemp("province") / "sample"
    write_province(folder, sites=20, months=3, seed=3)
    return folder


def test_unchanged_forced_and_elsewhere(province: Path, refresh: Callable, tmp_path: Path) -> None:
    home, other = Home(tmp_path / "home").ensure(), Home(tmp_path / "other").ensure()
    first = refresh(home, province)
    expected = table_bytes(home)
    assert first.is_new and len(expected) > 25

    again = refresh(home, province)
    assert not again.is_new and again.release_id == first.release_id == current_id(home)

    forced = refresh(home, province, force=True)
    assert forced.is_new and forced.release_id != first.release_id
    assert table_bytes(home) == expected

    refresh(other, province)
    assert table_bytes(other) == expected
