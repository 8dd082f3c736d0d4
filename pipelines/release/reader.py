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

from pipelines import contracts
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
            raise UsageError(
                f"{home.releases}: nothing has been published yet; run `fusedinv refresh` or name another --home.",
                zh=f"{home.releases}：尚未发布任何清单；请先运行 `fusedinv refresh`，或用 --home 指明其他目录。",
            )
        return Path(os.path.realpath(home.current))
    path = home.releases / release_id
    if not re.fullmatch(RELEASE_ID, release_id) or not path.is_dir():
        raise UsageError(
            f"{home.releases}: there is no release {release_id}; `fusedinv releases` lists them.",
            zh=f"{home.releases}：没有发布 {release_id}；`fusedinv releases` 可列出全部发布。",
        )
    return path


@contextmanager
def open_release(home: Home, release_id: str | None = None) -> Iterator[OpenRelease]:
    """Open a release's `warehouse.duckdb` read-only.

    Raises:
        UsageError: there is no such release, or it was published by earlier code and lacks what was asked of it.
    """
    path = release_path(home, release_id)
    with duckdb.connect(str(path / FILE_NAME), read_only=True) as con:
        try:
            yield OpenRelease(path.name, path, con)
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            lacking = _lacking(con)
            if not lacking:
                raise
            named = [name for name in lacking if name.split(".")[-1] in str(error)] or lacking
            raise _published_earlier(path.name, named) from error


def _lacking(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables, and columns of the others (`table.column`), that the contracts promise and this release lacks."""
    held: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'v1'"
    ).fetchall():
        held.setdefault(table, set()).add(column)
    promised = contracts.load("public")
    tables = [table for table in promised if table not in held]
    columns = [
        f"{table}.{column.name}"
        for table, contract in promised.items()
        for column in contract.all_columns
        if table in held and column.name not in held[table]
    ]
    return sorted(tables) + sorted(columns)


def _published_earlier(release_id: str, lacking: list[str]) -> UsageError:
    names = ", ".join(lacking)
    return UsageError(
        f"Release {release_id} was published by an earlier version and lacks {names}; `fusedinv refresh` publishes the"
        " same feeds anew with it (what it does hold can be read with `fusedinv query`).",
        zh=f"发布 {release_id} 由较早的版本生成，缺少 {names}；`fusedinv refresh` 会用同样的数据重新发布"
        "（其已有内容可用 `fusedinv query` 读取）。",
    )


def list_releases(home: Home) -> list[ReleaseInfo]:
    """All releases, oldest first."""
    current = current_id(home)
    paths = [path for path in home.releases.iterdir() if re.fullmatch(RELEASE_ID, path.name)]
    ordered = sorted(paths, key=lambda path: (path.name[:10], int(path.name[11:])))
    return [ReleaseInfo(path.name, path, path.name == current, manifest.read(path)) for path in ordered]


def verify(home: Home, release_id: str | None = None) -> list[str]:
    """Where a release differs from its manifest; empty if nowhere."""
    return manifest.problems(release_path(home, release_id))
