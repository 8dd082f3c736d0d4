"""One refresh: the job `refresh` on a home, in this process.

Here: locking the home, running the job, and what came of it in one object. Not here: assets, display.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import FeedUnreadable, GateRefused, InventoryError
from pipelines.home import Home
from pipelines.orchestration.lock import exclusive
from pipelines.orchestration.stages import UNREADABLE, Listener

UNEXPECTED = 1


@dataclass(frozen=True)
class Refresh:
    """What came of a refresh: the release that is current now, and whether this run published it."""

    release_id: str
    is_new: bool
    seconds: float
    dagster_run_id: str


def refresh(home: Home, feeds: Path, years: Sequence[int], force: bool, listener: Listener) -> Refresh:
    """Run the job on a feed set and report its stages to `listener` while they run.

    Raises:
        UsageError: another refresh holds this home, or the feed set is wrong.
        FeedUnreadable: a feed file could not be read.
        GateRefused: a gate or a dbt test refused; `current` is unchanged.
    """
    begun = time.perf_counter()
    with exclusive(home):
        before = current_release(home)
        result = _execute(home, feeds, years, force, listener)
        if not result.success:
            raise _failure(result)
    after = current_release(home)
    if after is None:
        raise InventoryError(
            f"The run {result.run_id} ended well but published nothing; see `fusedinv serve`."
        )
    return Refresh(after, after != before, time.perf_counter() - begun, result.run_id)


def current_release(home: Home) -> str | None:
    """Id of the release that `current` points to."""
    return home.current.resolve().name if home.current.exists() else None


def _execute(home: Home, feeds: Path, years: Sequence[int], force: bool, listener: Listener) -> Any:
    from pipelines.orchestration.build import JOB, build_defs
    from pipelines.orchestration.instance import open_instance

    # Stages tell what happened; without a handler Python prints Dagster's warnings about skipped checks on
    # stderr.
    logging.getLogger("dagster").addHandler(logging.NullHandler())
    with open_instance(home) as instance:
        job = build_defs(home, listener=listener).resolve_job_def(JOB)
        config = {"feeds": str(feeds.absolute()), "years": list(years), "force": force}
        return job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"ops": {"landing": {"config": config}}, "loggers": {"stages": {}}},
            tags={"feed_set": str(feeds)},
        )


def _failure(result: Any) -> InventoryError:
    """The first step that failed, as the error its command line user should see."""
    for event in result.all_events:
        if event.event_type_value != "STEP_FAILURE":
            continue
        told = event.step_failure_data.user_failure_data
        if told is None:
            error = event.step_failure_data.error
            cause = error.cause or error
            return InventoryError(f"{event.step_key}: {cause.message.strip()}", UNEXPECTED)
        code = int(told.metadata["exit_code"].value) if "exit_code" in told.metadata else UNEXPECTED
        kinds = {3: GateRefused, 4: FeedUnreadable}
        files = _unreadable(result)
        zh = "\n".join([str(told.metadata["zh"].value), *files]) if "zh" in told.metadata else None
        return kinds.get(code, InventoryError)("\n".join([told.description or event.step_key, *files]), code, zh=zh)
    return InventoryError(
        f"The run {result.run_id} failed before its first step; see `fusedinv serve`.", UNEXPECTED
    )


def _unreadable(result: Any) -> list[str]:
    """The files that a run could not read, as the raw step told; they may be why a gate refuses."""
    for event in result.all_events:
        if event.event_type_value == "ASSET_MATERIALIZATION":
            told = event.materialization.metadata.get(UNREADABLE)
            if told:
                return ["Besides, these files could not be read:", told.value]
    return []
