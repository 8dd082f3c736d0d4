"""Whole refreshes of real feed sets, each once per session; tests read the releases and never change them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home


def run(home: Home, feeds: Path, force: bool = False) -> object:
    """One refresh through the job the schedules run."""
    from pipelines.orchestration.run import refresh

    return refresh(home, feeds, [], force, lambda report: None)


@pytest.fixture(scope="session")
def refresh() -> Callable[..., object]:
    """`refresh(home, feeds, force=False)`: the real job, without a display."""
    return run


@pytest.fixture(scope="session")
def idaho_home(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the published release of Idaho 2017."""
    home = Home(tmp_path_factory.mktemp("idaho")).ensure()
    run(home, cases / "us_idaho_2017")
    return home


@pytest.fixture(scope="session")
def czech_home(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the published release of the Czech register 2020."""
    home = Home(tmp_path_factory.mktemp("czech")).ensure()
    run(home, cases / "czech_2019_2020" / "feeds-2020.yaml")
    return home


@pytest.fixture(scope="session")
def sample_feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic province as `fusedinv sample` writes it by default."""
    from pipelines.sample import write_province

    folder = tmp_path_factory.mktemp("province") / "sample"
    write_province(folder)
    return folder


@pytest.fixture(scope="session")
def sample_home(sample_feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the published release of the synthetic province."""
    home = Home(tmp_path_factory.mktemp("sample_home")).ensure()
    run(home, sample_feeds)
    return home


@pytest.fixture(scope="session")
def small_feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province of 12 sites and two months: the least in which every profile and every step has rows."""
    from pipelines.sample import write_province

    folder = tmp_path_factory.mktemp("small_province") / "sample"
    write_province(folder, sites=12, months=2, seed=11)
    return folder


@pytest.fixture(scope="session")
def small_home(small_feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the published release of the small province; who changes it works on `copy_home` of it."""
    home = Home(tmp_path_factory.mktemp("small_home")).ensure()
    run(home, small_feeds)
    return home


@pytest.fixture(scope="session")
def copy_home() -> Callable[[Home, Path], Home]:
    """`copy_home(home, folder)`: the same home at another place, far cheaper than another refresh."""
    return lambda home, folder: Home(Path(shutil.copytree(home.root, folder, symlinks=True)))


def _open(home: Home) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True)


@pytest.fixture
def idaho(idaho_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the Idaho release, read-only."""
    with _open(idaho_home) as con:
        yield con


@pytest.fixture
def czech(czech_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the Czech release, read-only."""
    with _open(czech_home) as con:
        yield con


@pytest.fixture
def czech_work(czech_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The work file behind the Czech release, read-only: what a release does not show."""
    with duckdb.connect(str(czech_home.work_db), read_only=True) as con:
        yield con


@pytest.fixture
def sample(sample_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the sample's release, read-only."""
    with _open(sample_home) as con:
        yield con
