"""Delimited text (CSV): the header, line numbers, rows that do not fit the header. Read in blocks, so that memory is
bounded however long the file.

Here: text to rows of text. Not here: archives (`archive`), encodings (`decode`), what a column means (`compile`).
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pipelines.feeds.formats.archive import Unpacked
from pipelines.feeds.formats.decode import Text, to_utf8
from pipelines.feeds.formats.rows import Malformed, Source, data_rows, fill_right, join_header
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.sentences import Unreadable

BLOCK = 16 << 20  # bytes; no row may be longer


def read_delimited(stream: Unpacked, profile: Profile, header_only: bool = False) -> Source:
    """Read a CSV file; with `header_only` no row is read.

    Raises:
        Unreadable: wrong encoding, no header line; while rows are read, that the text is no CSV.
    """
    last = profile.header_row + profile.header_lines - 1  # line number of the last header line
    text = to_utf8(stream, profile.encoding, profile.quote, last if header_only else None)
    lines = [text.file.readline() for _ in range(last)]
    if not all(lines) or not lines[profile.header_row - 1].strip():
        raise Unreadable("header_empty", line=profile.header_row)
    header = _header(lines[profile.header_row - 1 :], profile)
    if header_only:
        return Source(header)
    malformed: list[Malformed] = []
    records = _numbered(_records(text, len(header), profile), malformed, text, last, profile)
    return Source(header, data_rows(records, malformed, profile), malformed, text.has_full_width)


def _header(lines: list[bytes], profile: Profile) -> list[str]:
    """Names of the columns."""
    dialect: dict[str, Any] = {"delimiter": profile.delimiter, "quotechar": profile.quote}
    if not profile.quote:
        dialect["quoting"] = csv.QUOTE_NONE
    cells = [next(csv.reader([line.decode("utf-8").strip("\r\n")], **dialect), []) for line in lines]
    width = max(len(line) for line in cells)
    cells = [line + [""] * (width - len(line)) for line in cells]
    fill_right(cells)
    return join_header(cells)


def _records(text: Text, width: int, profile: Profile) -> Iterator[tuple[pa.RecordBatch, list[tuple[int, str, int]]]]:
    """Blocks of rows that fit the header, each with the records so far that do not: place (from 0), text, fields."""
    refused: list[tuple[int, str, int]] = []

    def refuse(row: Any) -> str:
        refused.append((row.number - 1, row.text, row.actual_columns))
        return "skip"

    columns = [f"c{i}" for i in range(width)]
    begins = text.file.tell()
    if not text.file.read(1):
        return
    text.file.seek(begins)
    try:
        reader = pacsv.open_csv(
            text.file,
            # One thread: pyarrow only then tells the number of a row that does not fit.
            read_options=pacsv.ReadOptions(column_names=columns, use_threads=False, block_size=BLOCK),
            parse_options=pacsv.ParseOptions(
                delimiter=profile.delimiter,
                quote_char=profile.quote or False,
                newlines_in_values=bool(profile.quote),
                ignore_empty_lines=False,
                invalid_row_handler=refuse,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={c: pa.string() for c in columns}, null_values=[], strings_can_be_null=False
            ),
        )
        for batch in reader:
            yield batch, refused
        yield pa.RecordBatch.from_pylist([], reader.schema), refused
    except pa.ArrowInvalid as error:
        raise Unreadable("csv", error=error) from error


def _numbered(
    blocks: Iterable[tuple[pa.RecordBatch, list[tuple[int, str, int]]]],
    malformed: list[Malformed],
    text: Text,
    skipped: int,
    profile: Profile,
) -> Iterator[pa.Table]:
    """Give every row the number of its (first) line, and list those that do not fit; refuse a last row that is cut."""
    place, line, taken, is_cut = 0, skipped + 1, 0, False
    held: pa.Table | None = None
    for batch, refused in blocks:
        rows, before = batch.num_rows, taken
        while taken < len(refused) and refused[taken][0] <= place + rows + taken - before:
            taken += 1
        total = rows + taken - before
        if not total:
            continue
        here = refused[before:taken]
        is_good = np.ones(total, dtype=bool)
        is_good[[number - place for number, _, _ in here]] = False
        extra = np.zeros(total, dtype=np.int64)  # line breaks inside quotes
        if text.quotes:
            extra[is_good] = _line_breaks(batch)
            extra[~is_good] = [value.count("\n") for _, value, _ in here]
        lines = line + np.arange(total) + np.concatenate(([0], np.cumsum(extra)[:-1]))
        place, line = place + total, int(lines[-1] + extra[-1] + 1)
        fields = {"expected": batch.num_columns}
        malformed += [
            Malformed(int(number), value[:200], "row_malformed.fields", {"actual": actual, **fields})
            for number, (_, value, actual) in zip(lines[~is_good], here, strict=True)
            if value.replace(profile.delimiter, "").strip()
        ]
        if held is not None:
            yield held
        held = pa.Table.from_batches([batch]).append_column("row_no", _numbers(lines[is_good]))
        is_cut = bool(is_good[-1]) and _is_cut(text, profile.quote, bool(extra[-1]))
    if held is not None:
        if is_cut:
            malformed.append(Malformed(held["row_no"][-1].as_py(), "", "row_malformed.quote"))
            held = held.slice(0, held.num_rows - 1)
        yield held


def _line_breaks(batch: pa.RecordBatch) -> np.ndarray:
    """Line breaks inside the cells of each row."""
    counts = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        data = column.buffers()[2]
        if data is not None and (np.frombuffer(data, np.uint8) == ord("\n")).any():
            counts += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return counts


def _numbers(values: np.ndarray) -> pa.Array:
    """From the buffer: pa.array and pa.scalar import pandas, which takes longer than reading a file."""
    values = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])


def _is_cut(text: Text, quote: str | None, last_row_has_break: bool) -> bool:
    """True if the file ends inside quotes: such a last row has lost, or swallowed, text."""
    mark = (quote or "").encode()
    if not mark or text.quotes % 2 == 0:
        return False
    return last_row_has_break or text.last_line.count(mark) % 2 == 1
