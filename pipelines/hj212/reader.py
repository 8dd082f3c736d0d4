"""The reader: a file of telegrams to records and rejects, with every frame accounted for.

Here: blocks in order, frame numbers, sets, the tables `frame` and `record` of a DuckDB connection, the result. Not here:
repeats and unknown codes (`settle`), hours (`hours`).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.errors import FeedUnreadable
from pipelines.hj212.block import BlockResult, read_block
from pipelines.hj212.factors import Factor, read_factors
from pipelines.hj212.records import parse
from pipelines.hj212.sets import Packet, Sets, join
from pipelines.hj212.settle import CREATE, RECORDS, REJECTS, settle
from pipelines.hj212.sm4 import Keys, read_keys
from pipelines.hj212.source import Limits, read_blocks

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
    """A file as read. `con` holds `frame` (the ledger, a row per frame) and `record`; see `settle` for their columns."""

    con: duckdb.DuckDBPyConnection
    counts: Counts

    @cached_property
    def records(self) -> pa.Table:
        """mn, cn, st, data_time, qn, code, avg, min, max, cou, zs_avg, flag, text, frame_no, line_no, is_resent,
        protocol_version, crc_dialect; in order of frames."""  # fmt: skip
        return self.con.sql(RECORDS).to_arrow_table()

    @cached_property
    def rejects(self) -> pa.Table:
        """frame_no, line_no, column_name, value, reason_code, message; in order of frames."""
        return self.con.sql(REJECTS).to_arrow_table()

    @cached_property
    def frames(self) -> pa.Table:
        """The ledger: every frame with its outcome (rows, no_data, rejected, duplicate) and what superseded it."""
        return self.con.sql("from frame order by frame_no").to_arrow_table()


@dataclass
class _Ledger:
    """What is known of sets, to be written into the ledger at the end."""

    sets: Sets = field(default_factory=Sets)
    rows: list[dict] = field(default_factory=list)


def read_telegrams(
    source: Path | str | bytes,
    *,
    keys: Mapping[str, bytes | str] | None = None,
    factors: Iterable[Factor] | None = None,
    con: duckdb.DuckDBPyConnection | None = None,
    chunk_bytes: int = CHUNK_BYTES,
    limits: Limits | None = None,
) -> TelegramResult:
    """Read a file (plain, gzip or zip) or bytes of HJ 212 telegrams.

    Args:
        source: path, or the bytes themselves.
        keys: SM4 keys (16 bytes or 32 hex digits) by MN, `*` for all loggers.
        factors: codes that are known (the seed, if none are given).
        con: where `frame` and `record` are made; an in-memory database of its own if none is given. With a database
            on disk, memory stays within a few blocks, however long the file.
        chunk_bytes: bytes read at once.
        limits: what an archive may hold.

    Raises:
        FeedUnreadable: a damaged or suspicious archive, or no frame at all.
        UsageError: a key is not 128 bits long.
    """
    source = Path(source) if isinstance(source, str) else source
    name = "The data" if isinstance(source, bytes) else source.name
    con = con or duckdb.connect()
    con.execute(CREATE)
    ledger, read = _Ledger(), 0
    for result in _results(source, read_keys(keys), chunk_bytes, limits):
        _insert(con, result, read)
        _join_sets(con, result.packets, read, ledger)
        read += result.ledger.num_rows
    if not read:
        raise FeedUnreadable(f"{name} holds no HJ 212 frame (## and a length); check the file and its profile.")
    _write_sets(con, ledger)
    settle(con, list(read_factors() if factors is None else factors))
    return TelegramResult(con, _count(con, read))


def _results(
    source: Path | bytes, keys: Keys, chunk_bytes: int, limits: Limits | None
) -> Iterator[BlockResult]:
    """Blocks read by a few threads (NumPy and Arrow release the lock), handed on in file order."""
    waiting: deque[Future[BlockResult]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for block in read_blocks(source, chunk_bytes, limits):
            waiting.append(pool.submit(read_block, block, keys))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _insert(con: duckdb.DuckDBPyConnection, result: BlockResult, read: int) -> None:
    for table, rows, number in (
        ("frame", result.ledger, np.arange(result.ledger.num_rows)),
        ("record", result.records, result.records["frame"].to_numpy()),
    ):
        numbered = rows.append_column("frame_no", pa.array(number + read + 1))
        con.register("block_rows", numbered)
        con.execute(f"insert into {table} by name select * {'exclude (frame)' if table == 'record' else ''} from block_rows")
        con.unregister("block_rows")


def _join_sets(con: duckdb.DuckDBPyConnection, packets: list[Packet], read: int, ledger: _Ledger) -> None:
    """Read the sets that this block completes; their records stand under the frame number of the last packet."""
    whole = []
    for packet in packets:
        numbered = Packet(**{**vars(packet), "frame_no": packet.frame_no + read + 1})
        if members := ledger.sets.add(numbered):
            whole.append(members)
    if not whole:
        return
    segments = [join(members) for members in whole]
    end = np.cumsum([len(segment) for segment in segments])
    parsed = parse(np.frombuffer(b"".join(segments) + bytes(16), np.uint8), end - [len(s) for s in segments], end)
    heads = [max(packet.frame_no for packet in members) for members in whole]
    for i, members in enumerate(whole):
        refusal = parsed.refusals.get(i)
        shown = (refusal.reason_code, refusal.column, refusal.message) if refusal else (None, None, None)
        ledger.rows += [
            {"frame_no": packet.frame_no, "head_frame_no": heads[i], "outcome": parsed.head["outcome"][i].as_py(),
             "data_time": parsed.head["data_time"][i].as_py(), "superseded_by": None,
             "reason_code": shown[0], "column_name": shown[1], "message": shown[2]}
            for packet in members
        ]  # fmt: skip
    frame = np.array(heads)[parsed.records["frame"].to_numpy()]
    con.register("block_rows", parsed.records.append_column("frame_no", pa.array(frame)))
    con.execute("insert into record by name select * exclude (frame) from block_rows")
    con.unregister("block_rows")


def _write_sets(con: duckdb.DuckDBPyConnection, ledger: _Ledger) -> None:
    rows = ledger.rows
    nothing = {"head_frame_no": None, "data_time": None, "reason_code": None, "column_name": None, "message": None}
    rows += [nothing | {"frame_no": earlier, "outcome": "duplicate", "superseded_by": later}
             for earlier, later in ledger.sets.replaced.items()]  # fmt: skip
    rows += [
        nothing | {"frame_no": packet.frame_no, "outcome": "rejected", "superseded_by": None, "reason_code":
        "frame_incomplete", "column_name": "PNO", "message": f"Packet {packet.pno} of {packet.pnum}, but not all "
        "packets of the set are in the file; put the logs of the period into one file."}
        for packet in ledger.sets.incomplete()
    ]  # fmt: skip
    if not rows:
        return
    kinds = {"frame_no": pa.int64(), "head_frame_no": pa.int64(), "outcome": pa.string(),
             "data_time": pa.timestamp("s"), "superseded_by": pa.int64(), "reason_code": pa.string(),
             "column_name": pa.string(), "message": pa.string()}  # fmt: skip
    con.register("set_rows", pa.Table.from_pylist(rows, pa.schema(kinds.items())))
    con.execute("""update frame set outcome = s.outcome, head_frame_no = s.head_frame_no,
                       data_time = coalesce(s.data_time, frame.data_time), superseded_by = s.superseded_by,
                       reason_code = s.reason_code, column_name = s.column_name, message = s.message
                   from set_rows s where s.frame_no = frame.frame_no""")
    con.unregister("set_rows")


def _count(con: duckdb.DuckDBPyConnection, read: int) -> Counts:
    outcomes = dict(con.execute("select outcome, count(*) from frame group by all").fetchall())
    reasons = con.execute("""select reason_code, count(*) from frame where outcome = 'rejected'
                             group by all order by all""").fetchall()
    notes = con.execute("select reason_code, sum(fields)::bigint from note group by all order by all").fetchall()
    rows, no_data = outcomes.get("rows", 0), outcomes.get("no_data", 0)
    counts = Counts(read, rows + no_data, outcomes.get("rejected", 0), outcomes.get("duplicate", 0), no_data,
                    dict(reasons), dict(notes))  # fmt: skip
    assert read == counts.kept + counts.rejected + counts.duplicates == sum(outcomes.values()), f"frames lost: {counts}"
    assert sum(counts.reasons.values()) == counts.rejected, f"a reject has no reason: {counts}"
    return counts
