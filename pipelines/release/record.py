"""The release record: the row of table `release`, and the id of the next release.

Here: ids (`YYYY.MM.DD-NN`, UTC day) and the record. Not here: the manifest, which repeats the record for
machines.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from pipelines import contracts
from pipelines.errors import InventoryError
from pipelines.home import Home
from pipelines.release.reader import RELEASE_ID, current_id


@dataclass(frozen=True)
class ReleaseRecord:
    """Fields as in the contract `release`; `known_at` is UTC without zone, `years` like `2019,2020`."""

    release_id: str
    feed_set: str
    territory: str
    years: str
    known_at: datetime
    input_fingerprint: str
    code_version: str
    contract_version: str
    parent_release_id: str | None
    is_synthetic: bool


def new_record(
    home: Home,
    con: duckdb.DuckDBPyConnection,
    *,
    input_fingerprint: str,
    code_version: str,
    known_at: datetime | None = None,
) -> ReleaseRecord:
    """Record of the release to come, from `raw.feed_set` and `raw.source_file`; its parent is `current`."""
    now = (known_at or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    settings = con.execute("select name, territory, year_first, year_last from raw.feed_set").fetchone()
    if settings is None:
        raise InventoryError(
            "The work file names no feed set (raw.feed_set is empty); run the landing step first."
        )
    synthetic = con.execute("select coalesce(bool_or(is_synthetic), false) from raw.source_file").fetchone()
    return ReleaseRecord(
        release_id=next_release_id(home, now.date()),
        feed_set=settings[0],
        territory=settings[1],
        years=",".join(str(year) for year in range(settings[2], settings[3] + 1)),
        known_at=now,
        input_fingerprint=input_fingerprint,
        code_version=code_version,
        contract_version=contracts.contract_version(),
        parent_release_id=current_id(home),
        is_synthetic=bool(synthetic and synthetic[0]),
    )


def next_release_id(home: Home, day: date) -> str:
    """`YYYY.MM.DD-NN` with the first number of that day above every release there is."""
    prefix = f"{day:%Y.%m.%d}-"
    taken = [
        int(path.name.removeprefix(prefix))
        for path in home.releases.glob(f"{prefix}*")
        if re.fullmatch(RELEASE_ID, path.name)
    ]
    return f"{prefix}{max(taken, default=0) + 1:02d}"
