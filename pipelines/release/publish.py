"""Publish: verify the candidate, make it durable, rename it, flip `current`.

Here: the only code that makes a release visible. It trusts no earlier step: the expected checks come from
the rule book and the contracts, the outcomes from the candidate, the hashes from its files. Each step is a
stop of `publish_steps`; stopping after any of them leaves the old release current and whole.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from pipelines.errors import GateRefused, InventoryError, UsageError
from pipelines.gate import RULE_BOOK, ExpectedCheck, expected_checks, load_waivers, unmet
from pipelines.home import Home
from pipelines.release import manifest
from pipelines.release.candidate import AUDIT
from pipelines.release.parquet import files_of
from pipelines.release.reader import current_id, release_path
from pipelines.release.warehouse import FILE_NAME


def publish(
    home: Home, candidate: Path, build_checks: Iterable[ExpectedCheck] = (), book: Path = RULE_BOOK
) -> str:
    """Publish a sealed candidate and return its release id.

    Args:
        build_checks: checks of the build gate (dbt tests) that must have run; the others are known here.

    Raises:
        GateRefused: a check is missing, did not run or failed without a waiver, or a file was changed.
        InventoryError: `current` moved since the candidate was exported, or its id is taken.
    """
    for _ in publish_steps(home, candidate, build_checks, book):
        pass
    return str(current_id(home))


def publish_steps(
    home: Home, candidate: Path, build_checks: Iterable[ExpectedCheck] = (), book: Path = RULE_BOOK
) -> Iterator[str]:
    """The steps of `publish`; yields the name of each after it is done."""
    with _exclusive(home):
        facts = _verified(home, candidate, list(build_checks), book)
        yield "verified"
        for path in candidate.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        yield "read_only"
        _sync(candidate)
        yield "synced"
        target = home.releases / facts["release_id"]
        candidate.rename(target)
        _sync_folder(home.releases)
        yield "renamed"
        _flip(home, target.name)
        yield "flipped"


def rollback(home: Home, release_id: str) -> str:
    """Make an earlier release current again, after its files were verified; returns the id it replaced.

    Raises:
        UsageError: no such release, or it is current already.
        InventoryError: its files differ from its manifest.
    """
    with _exclusive(home):
        before = current_id(home)
        if before == release_id:
            raise UsageError(f"Release {release_id} is current already.")
        if found := manifest.problems(release_path(home, release_id)):
            raise InventoryError(
                f"Release {release_id} is damaged: {found[0]}. {before} stays current.", exit_code=3
            )
        _flip(home, release_id)
        return str(before)


def _verified(home: Home, candidate: Path, build_checks: list[ExpectedCheck], book: Path) -> dict[str, Any]:
    facts = manifest.read(candidate)
    if found := manifest.problems(candidate):
        raise GateRefused(
            f"The candidate was changed after it was sealed: {found[0]}. Nothing was published."
        )
    rows = _audit_rows(candidate)
    expected = [*expected_checks("raw", book), *build_checks, *expected_checks("candidate", book)]
    on = datetime.fromisoformat(facts["known_at"]).date()
    if reasons := unmet(expected, rows, load_waivers(book / "waivers.csv"), on):
        more = f"\n… and {len(reasons) - 12} more." if len(reasons) > 12 else ""
        raise GateRefused("The gate refused; nothing was published.\n" + "\n".join(reasons[:12]) + more)
    if (home.releases / facts["release_id"]).exists():
        raise InventoryError(f"Release {facts['release_id']} exists already; export the candidate again.")
    if facts["parent_release_id"] != current_id(home):
        raise InventoryError(
            f"The candidate follows {facts['parent_release_id']}, but {current_id(home)} is current now; "
            "refresh again."
        )
    return facts


def _audit_rows(candidate: Path) -> list[Any]:
    """The audit of the candidate; its three copies must be the same."""
    path = candidate / AUDIT
    if not path.exists():
        raise GateRefused("The candidate holds no audit; nothing was published.")
    rows = json.loads(path.read_text(encoding="utf-8"))
    stored = [
        row
        for file in files_of(candidate / "parquet/v1/audit_result")
        for row in pq.read_table(file).to_pylist()
    ]
    with duckdb.connect(str(candidate / FILE_NAME), read_only=True) as con:
        shown = con.sql("select * from v1.audit_result order by check_id").to_arrow_table().to_pylist()
    if not rows == stored == shown:
        raise GateRefused(
            "The three copies of the audit differ (JSON, Parquet, DuckDB); nothing was published."
        )
    return rows


@contextmanager
def _exclusive(home: Home) -> Iterator[None]:
    """One publisher at a time per home; the lock goes with the process."""
    with (home.releases / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InventoryError(
                f"{home.releases}: another process is publishing; try again when it is done."
            ) from error
        yield


def _flip(home: Home, release_id: str) -> None:
    """Point `current` at a release in one atomic step; readers see the old or the new one, never neither."""
    link = home.releases / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    link.replace(home.current)
    _sync_folder(home.releases)


def _sync(folder: Path) -> None:
    """Write files and directories through to the disk, innermost first."""
    paths = sorted(folder.rglob("*"), key=lambda path: len(path.parts), reverse=True)
    for path in [*paths, folder]:
        if path.is_dir():
            _sync_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
