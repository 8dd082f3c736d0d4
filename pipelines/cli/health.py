"""What `fusedinv doctor` looks at.

Here: findings about this machine and this home, read only. Not here: mending anything.
"""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import duckdb

from pipelines.cli.messages import Messages
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


def examine(home: Home, say: Messages) -> list[Finding]:
    """Everything worth knowing about this machine and this home, in a fixed order."""
    return [
        *_versions(say),
        _disk(home, say),
        *_current(home, say),
        *_work_file(home, say),
        *_leftovers(home, say),
        *_schedules(home, say),
    ]


def _versions(say: Messages) -> Iterator[Finding]:
    yield Finding("python", "ok", platform.python_version())
    for package in PACKAGES:
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            yield Finding(package, "attention", say("doctor.not_installed"))


def _disk(home: Home, say: Messages) -> Finding:
    existing = next(path for path in (home.root, *home.root.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    state = "ok" if free >= LOW_DISK_BYTES else "attention"
    return Finding("disk", state, say("doctor.free", gib=free / 2**30, path=existing))


def _current(home: Home, say: Messages) -> Iterator[Finding]:
    from pipelines.cli.unreadable import unreadable
    from pipelines.release.manifest import read

    if home.current.exists():
        yield Finding("current release", "ok", home.current.resolve().name)
        if files := unreadable(read(home.current.resolve())):
            names = ", ".join(f"{entry['file_name']} ({entry['feed']})" for entry in files)
            yield Finding("unreadable files", "attention", say("doctor.unreadable", files=names))
    else:
        yield Finding("current release", "note", say("doctor.no_release"))


def _work_file(home: Home, say: Messages) -> Iterator[Finding]:
    running = holder(home)
    if running is not None:
        yield Finding("refresh", "note", say("doctor.running", process=running))
        return
    yield Finding("refresh", "ok", say("doctor.none_running"))
    if not home.work_db.exists():
        return
    try:
        duckdb.connect(str(home.work_db), read_only=True).close()
        yield Finding("work file", "ok", say("doctor.work_file", mib=home.work_db.stat().st_size / 2**20))
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        yield Finding("work file", "attention", say("doctor.work_file_held", reason=reason))


def _leftovers(home: Home, say: Messages) -> Iterator[Finding]:
    from pipelines.release import stale_candidates

    for folder in stale_candidates(home):
        yield Finding("stale candidate", "attention", say("doctor.stale", folder=folder))


def _schedules(home: Home, say: Messages) -> Iterator[Finding]:
    if not (home.dagster / "dagster.yaml").exists():
        yield Finding("schedule", "note", say("doctor.no_schedule"))
        return
    from pipelines.orchestration.instance import open_instance

    try:
        with open_instance(home) as instance:
            states = instance.all_instigator_state()
    except Exception as error:
        raise InventoryError(say("doctor.dagster", folder=home.dagster, error=error)) from error
    running = [state.instigator_name for state in states if state.is_running]
    told = say("doctor.schedules", names=", ".join(running)) if running else say("doctor.stopped")
    yield Finding("schedule", "ok", told)
