"""What `fusedinv doctor` looks at.

Here: findings about this machine and this home, read only. Not here: mending anything.
"""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import duckdb

from pipelines.errors import InventoryError
from pipelines.home import Home
from pipelines.orchestration.lock import holder

PACKAGES = (
    "dagster",
    "dagster-dbt",
    "dbt-core",
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "pandas",
    "pyarrow",
)
LOW_DISK_BYTES = 5 * 2**30


@dataclass(frozen=True)
class Finding:
    """One line: `state` is ok, note (worth knowing) or attention (do something, as `detail` says)."""

    topic: str
    state: str
    detail: str


def examine(home: Home) -> list[Finding]:
    """Everything worth knowing about this machine and this home, in a fixed order."""
    return [
        *_versions(),
        _disk(home),
        *_current(home),
        *_work_file(home),
        *_leftovers(home),
        *_schedules(home),
    ]


def _versions() -> Iterator[Finding]:
    yield Finding("python", "ok", platform.python_version())
    for package in PACKAGES:
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            yield Finding(package, "attention", "not installed; run `make install`")


def _disk(home: Home) -> Finding:
    existing = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    state = "ok" if free >= LOW_DISK_BYTES else "attention"
    return Finding("disk", state, f"{free / 2**30:.1f} GiB free at {existing}")


def _current(home: Home) -> Iterator[Finding]:
    from pipelines.cli.unreadable import unreadable
    from pipelines.release.manifest import read

    if home.current.exists():
        yield Finding("current release", "ok", home.current.resolve().name)
        if files := unreadable(read(home.current.resolve())):
            names = ", ".join(f"{entry['file_name']} ({entry['feed']})" for entry in files)
            yield Finding("unreadable files", "attention", f"{names}; mend or replace them and refresh")
    else:
        yield Finding("current release", "note", "none yet; run `fusedinv refresh`")


def _work_file(home: Home) -> Iterator[Finding]:
    running = holder(home)
    if running is not None:
        yield Finding("refresh", "note", f"running in process {running}")
        return
    yield Finding("refresh", "ok", "none is running")
    if not home.work_db.exists():
        return
    try:
        duckdb.connect(str(home.work_db), read_only=True).close()
        yield Finding("work file", "ok", f"{home.work_db.stat().st_size / 2**20:.0f} MiB, free")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        yield Finding("work file", "attention", f"cannot be opened, close what holds it: {reason}")


def _leftovers(home: Home) -> Iterator[Finding]:
    from pipelines.release import stale_candidates

    for folder in stale_candidates(home):
        yield Finding("stale candidate", "attention", f"{folder} was never published and may be deleted")


def _schedules(home: Home) -> Iterator[Finding]:
    if not (home.dagster / "dagster.yaml").exists():
        yield Finding("schedule", "note", "not set up; start it in `fusedinv serve`")
        return
    from pipelines.orchestration.instance import open_instance

    try:
        with open_instance(home) as instance:
            states = instance.all_instigator_state()
    except Exception as error:
        raise InventoryError(f"Dagster's storage in {home.dagster} cannot be read: {error}") from error
    running = [state.instigator_name for state in states if state.is_running]
    yield Finding(
        "schedule", "ok", f"running: {', '.join(running)}" if running else "stopped; start it in `serve`"
    )
