"""The Dagster instance of a home: run history, pools, schedules.

Here: where it lives, its settings, and a quicker way to write its SQLite files. Not here: definitions.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MethodType

from dagster import DagsterInstance
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

from pipelines.home import Home

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SETTINGS = PROJECT_ROOT / "dagster.yaml"
BUSY_SECONDS = 30


def prepare(home: Home) -> Home:
    """Make `<home>/dagster` the DAGSTER_HOME of this process; settings someone changed there stay."""
    home.ensure()
    target = home.dagster / SETTINGS.name
    if not target.exists():
        shutil.copyfile(SETTINGS, target)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    return home


@contextmanager
def open_instance(home: Home) -> Iterator[DagsterInstance]:
    """The instance that `fusedinv serve` shows, for one run in this process."""
    with DagsterInstance.from_config(str(prepare(home).dagster)) as instance, _open_files(instance):
        yield instance


@contextmanager
def _open_files(instance: DagsterInstance) -> Iterator[None]:
    """Keep the event log's SQLite files open while the instance is.

    Dagster opens and closes them up to three times per event; with the hundreds of events of a refresh that
    was a third of its time (15 ms per event, 5 ms with open files; dagster 1.13.27). Same files, same
    transactions; they reach the disk at SQLite's checkpoints and not one by one, so that a power cut may take the
    last events of a run's history (never the file, as it is in WAL mode) and a busy disk holds up no refresh.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        yield
        return

    @cache
    def engine(address: str) -> Engine:
        made.append(
            create_engine(address, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        )
        event.listen(made[-1], "connect", lambda opened, _: opened.execute("pragma synchronous = normal"))
        return made[-1]

    @contextmanager
    def connect(self: SqliteEventLogStorage, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            shared = engine(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(shared)
                self._initialized_dbs.add(shard)
            with shared.begin() as connection:
                yield connection

    made: list[Engine] = []
    storage._connect = MethodType(connect, storage)  # type: ignore[method-assign]
    try:
        yield
    finally:
        del storage._connect
        for each in made:
            each.dispose()
