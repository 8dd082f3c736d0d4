"""One block of a file: its frames as a ledger, their records, the packets of sets. Pure: blocks may be read
in parallel.

Here: putting frames and what their segments say into Arrow tables. Not here: anything across blocks
(`reader`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.hj212.fields import decode
from pipelines.hj212.frames import DIALECTS, Frames, find_frames
from pipelines.hj212.judge import Refusal
from pipelines.hj212.records import Parsed, parse
from pipelines.hj212.sets import Packet
from pipelines.hj212.sm4 import Keys
from pipelines.hj212.source import Block

HEAD = {
    "mn": pa.string(), "cn": pa.string(), "st": pa.string(), "qn": pa.string(), "data_time": pa.timestamp("s"),
    "is_resent": pa.bool_(), "protocol_version": pa.string(), "pnum": pa.int64(), "pno": pa.int64(),
    "outcome": pa.string(),
}  # fmt: skip
REFUSAL = ("reason_code", "column_name", "value", "message")
SHOWN = 200  # characters of a refused value


@dataclass(frozen=True)
class BlockResult:
    """Ledger (a row per frame: line_no, HEAD, crc_dialect, is_encrypted, REFUSAL) and records by row of the
    ledger.

    `packets` have the row of the ledger as frame_no.
    """

    ledger: pa.Table
    records: pa.Table
    packets: list[Packet]


def read_block(block: Block, keys: Keys) -> BlockResult:
    """All that a block holds."""
    frames = find_frames(block, keys)
    passed = np.flatnonzero(frames.dialect >= 0)
    passed = passed[np.argsort(frames.start[passed], kind="stable")]
    parsed = parse(frames.buffer, frames.start[passed], frames.end[passed])
    refusals = frames.refusals | {int(passed[i]): refusal for i, refusal in parsed.refusals.items()}
    ledger = _ledger(frames, parsed, passed, refusals)
    place = pa.array(passed[parsed.records["frame"].to_numpy()])
    records = parsed.records.set_column(0, "frame", place)
    return BlockResult(ledger, records, _packets(frames, ledger))


def _ledger(frames: Frames, parsed: Parsed, passed: NDArray[np.int64], refusals: dict[int, Refusal]) -> pa.Table:
    count = len(frames.position)
    columns: dict[str, pa.Array] = {"line_no": pa.array(frames.line_no)}
    head = {name: parsed.head[name].cast(kind) for name, kind in HEAD.items()}
    if not np.array_equal(passed, np.arange(count)):  # not every frame of the block passed, in order
        source = np.full(count, -1, np.int64)
        source[passed] = np.arange(len(passed))
        index = pa.array(source, mask=source < 0)
        head = {name: column.take(index) for name, column in head.items()}
    columns |= head
    columns["outcome"] = columns["outcome"].fill_null("rejected")
    columns["is_resent"] = columns["is_resent"].fill_null(False)
    dialect = pa.array(frames.dialect, mask=frames.dialect < 0).cast(pa.int32())
    columns["crc_dialect"] = pa.DictionaryArray.from_arrays(dialect, pa.array(DIALECTS)).cast(pa.string())
    columns["is_encrypted"] = pa.array(frames.is_encrypted)
    return pa.table(columns | _refusal_columns(count, refusals))


def _refusal_columns(count: int, refusals: dict[int, Refusal]) -> dict[str, pa.Array]:
    source = np.full(count, -1, np.int64)
    source[list(refusals)] = np.arange(len(refusals))
    index = pa.array(source, mask=source < 0)
    rows = list(refusals.values())
    texts = (
        [r.reason_code for r in rows], [r.column for r in rows], [decode(r.value)[:SHOWN] for r in rows],
        [r.message for r in rows],
    )  # fmt: skip
    return {name: pa.array(text, pa.string()).take(index) for name, text in zip(REFUSAL, texts, strict=True)}


def _packets(frames: Frames, ledger: pa.Table) -> list[Packet]:
    places = np.flatnonzero(ledger["outcome"].combine_chunks().to_numpy(zero_copy_only=False) == "part")
    rows = ledger.take(pa.array(places)).to_pylist()
    return [
        Packet(
            place, row["mn"], row["st"] or "", row["cn"], row["data_time"], row["pnum"], row["pno"],
            frames.buffer[frames.start[place] : frames.end[place]].tobytes(),
        )
        for place, row in zip(places.tolist(), rows, strict=True)
    ]  # fmt: skip
