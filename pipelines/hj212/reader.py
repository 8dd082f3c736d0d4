"""The reader: a file of telegrams to records and rejects, with every frame accounted for.

Here: blocks in order, frame numbers, the relations `frame` and `record` of a DuckDB connection, the result.
Not here: repeats and unknown codes (`settle`), sets (`sets`), hours (`hours`).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.errors import FeedUnreadable
from pipelines.hj212.block import BlockResult, read_block
from pipelines.hj212.factors import Factor, read_factors
from pipelines.hj212.joined import Joined
from pipelines.hj212.settle import RECORDS, REJECTS, settle
from pipelines.hj212.sm4 import Keys, read_keys
from pipelines.hj212.source import Limits, read_blocks
from pipelines.hj212.spool import Spool

CHUNK_BYTES = 4 << 20
THREADS = 2


@dataclass(frozen=True)
class Counts:
    """Frames of a file. `read = kept + rejected + duplicates` always; `no_data` of the kept carry no values.

    `notes` counts what was odd inside kept frames (code_unknown, value_malformed), in fields.
    """

    read: int
    kept: int
    rejected: int
    duplicates: int
    no_data: int
    reasons: dict[str, int]
    notes: dict[str, int]


@dataclass(frozen=True)
class TelegramResult:
    """A file as read. `con` holds the views `frame` (the ledger, a row per frame) and `record`, and the table
    `note`."""

    con: duckdb.DuckDBPyConnection
    counts: Counts

    @cached_property
    def records(self) -> pa.Table:
        """mn, cn, st, data_time, qn, code, avg, min, max, cou, zs_avg, flag, text, frame_no, line_no,
        is_resent, protocol_version, crc_dialect; in order of frames."""  # fmt: skip
        return self.con.sql(f"{RECORDS} order by frame_no, code").to_arrow_table()

    @cached_property
    def rejects(self) -> pa.Table:
        """frame_no, line_no, column_name, value, reason_code, message; in order of frames."""
        return self.con.sql(REJECTS).to_arrow_table()

    @cached_property
    def frames(self) -> pa.Table:
        """The ledger: every frame with its outcome (rows, no_data, rejected, duplicate) and what superseded
        it."""
        return self.con.sql("from frame order by frame_no").to_arrow_table()

    @cached_property
    def notes(self) -> pa.Table:
        """reason_code, code, fields, first_frame_no: what was odd inside kept frames."""
        return self.con.sql("from note order by all").to_arrow_table()


def read_telegrams(
    source: Path | str | bytes,
    *,
    keys: Mapping[str, bytes | str] | None = None,
    factors: Iterable[Factor] | None = None,
    con: duckdb.DuckDBPyConnection | None = None,
    spool: Path | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    limits: Limits | None = None,
) -> TelegramResult:
    """Read a file (plain, gzip or zip) or bytes of HJ 212 telegrams.

    Args:
        source: path, or the bytes themselves.
        keys: SM4 keys (16 bytes or 32 hex digits) by MN, `*` for all loggers.
        factors: codes that are known (the seed, if none are given).
        con: where the relations are made; an in-memory database of its own if none is given.
        spool: folder for what was read (`frame.arrow`, `record.arrow`), which is then mapped, not held:
            memory stays within a few blocks, however long the file. The folder must outlive the result.
        chunk_bytes: bytes read at once.
        limits: what an archive may hold.

    Raises:
        FeedUnreadable: a damaged or suspicious archive, or no frame at all.
        UsageError: a key is not 128 bits long.
    """
    source = Path(source) if isinstance(source, str) else source
    name = "The data" if isinstance(source, bytes) else source.name
    con = con or duckdb.connect()
    with Spool(spool) as frames, Spool(spool) as records:
        joined = Joined()
        for result in _results(source, read_keys(keys), chunk_bytes, limits):
            read = frames.rows
            frames.add("frame", _numbered(result.ledger, np.arange(result.ledger.num_rows), read))
            records.add("record", _numbered(result.records, result.records["frame"].to_numpy(), read))
            if more := joined.add(result.packets, read):
                records.add("record", more)
    if not frames.rows:
        raise FeedUnreadable(f"{name} holds no HJ 212 frame (## and a length); check the file and its profile.")
    con.register("frame_read", frames.table())
    con.register("record_read", records.table())
    settle(con, joined.changes(), list(read_factors() if factors is None else factors))
    return TelegramResult(con, _count(con, frames.rows))


def _results(source: Path | bytes, keys: Keys, chunk_bytes: int, limits: Limits | None) -> Iterator[BlockResult]:
    """Blocks read by a few threads (NumPy and Arrow release the lock), handed on in file order."""
    waiting: deque[Future[BlockResult]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for block in read_blocks(source, chunk_bytes, limits):
            waiting.append(pool.submit(read_block, block, keys))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _numbered(rows: pa.Table, place: np.ndarray, read: int) -> pa.Table:
    if "frame" in rows.column_names:
        rows = rows.drop_columns("frame")
    return rows.add_column(0, "frame_no", pa.array(place + read + 1))


def _count(con: duckdb.DuckDBPyConnection, read: int) -> Counts:
    outcomes = dict(con.execute("select outcome, count(*) from frame group by all").fetchall())
    reasons = con.execute("""select reason_code, count(*) from frame where outcome = 'rejected'
                             group by all order by all""").fetchall()
    notes = con.execute("select reason_code, sum(fields)::bigint from note group by all order by all").fetchall()
    rows, no_data = outcomes.get("rows", 0), outcomes.get("no_data", 0)
    counts = Counts(read, rows + no_data, outcomes.get("rejected", 0), outcomes.get("duplicate", 0), no_data,
                    dict(reasons), dict(notes))  # fmt: skip
    assert read == counts.kept + counts.rejected + counts.duplicates == sum(outcomes.values()), f"frames lost: {counts}"
    assert sum(n for reason, n in reasons if reason) == counts.rejected, f"a reject has no reason: {counts}"
    return counts
