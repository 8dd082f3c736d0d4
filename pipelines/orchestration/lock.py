"""One refresh at a time on a home.

Here: an advisory lock file that dies with its process. Not here: DuckDB's own lock, which it spares the user
to meet.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.home import Home

_held: set[Path] = set()  # the command line holds the lock around the run that asks for it again


def lock_file(home: Home) -> Path:
    """The file that a running refresh holds locked; its text is the process id."""
    return home.work / "refresh.lock"


@contextmanager
def exclusive(home: Home) -> Iterator[None]:
    """Hold the home for one refresh; entering again in the same process is allowed.

    Raises:
        UsageError: another process holds it.
    """
    path = lock_file(home)
    if path in _held:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Another refresh is running on {home.root} (process {holder(home) or 'unknown'}); "
                "wait for it to end or choose another --home.",
                zh=f"{home.root} 上正在进行另一次刷新（进程 {holder(home) or '未知'}）；请等待其结束，或另选 --home。",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)
            file.truncate(0)


def holder(home: Home) -> int | None:
    """Process id written by the refresh that holds the home; None if nobody does."""
    path = lock_file(home)
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = path.read_text().strip()
            return int(text) if text.isdigit() else -1
    return None
