"""Reading releases: `current` is resolved once, so that a reader keeps one release whatever is published
meanwhile.

Here: opening, listing, verifying. Not here: changing anything below `releases/`.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import UsageError
from pipelines.home import Home
from pipelines.release import manifest
from pipelines.release.warehouse import FILE_NAME

RELEASE_ID = r"\d{4}\.\d{2}\.\d{2}-\d{2,}"


@dataclass(frozen=True)
class OpenRelease:
    """A release being read: `con` is read-only, `path` is the real directory."""

    release_id: str
    path: Path
    con: duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class ReleaseInfo:
    """A line of the list of releases; `manifest` is the whole manifest."""

    release_id: str
    path: Path
    is_current: bool
    manifest: dict[str, Any]


def current_id(home: Home) -> str | None:
    """Id of the current release, or None before the first publish."""
    return Path(os.path.realpath(home.current)).name if home.current.exists() else None


def release_path(home: Home, release_id: str | None = None) -> Path:
    """Real directory of a release (default: the current one).

    Raises:
        UsageError: there is no such release.
    """
    if release_id is None:
        if not home.current.exists():
            raise UsageError(f"{home.releases}: nothing has been published yet; run a refresh first.")
        return Path(os.path.realpath(home.current))
    path = home.releases / release_id
    if not re.fullmatch(RELEASE_ID, release_id) or not path.is_dir():
        raise UsageError(f"{home.releases}: there is no release {release_id}.")
    return path


@contextmanager
def open_release(home: Home, release_id: str | None = None) -> Iterator[OpenRelease]:
    """Open a release's `warehouse.duckdb` read-only."""
    path = release_path(home, release_id)
    with duckdb.connect(str(path / FILE_NAME), read_only=True) as con:
        yield OpenRelease(path.name, path, con)


def list_releases(home: Home) -> list[ReleaseInfo]:
    """All releases, oldest first."""
    current = current_id(home)
    paths = [path for path in home.releases.iterdir() if re.fullmatch(RELEASE_ID, path.name)]
    ordered = sorted(paths, key=lambda path: (path.name[:10], int(path.name[11:])))
    return [ReleaseInfo(path.name, path, path.name == current, manifest.read(path)) for path in ordered]


def verify(home: Home, release_id: str | None = None) -> list[str]:
    """Where a release differs from its manifest; empty if nowhere."""
    return manifest.problems(release_path(home, release_id))
