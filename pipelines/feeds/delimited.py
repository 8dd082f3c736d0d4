"""Delimited text (CSV): encodings, the header, line numbers, rows that do not fit the header.

Here: bytes to text rows. Not here: archives (`archive`), what a column means (`compile`).
"""

import csv
import io
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pipelines.feeds.profile import Profile
from pipelines.feeds.rows import Malformed, Source, data_rows, fill_right, has_full_width, join_header, table
from pipelines.feeds.sentences import Unreadable


def read_delimited(data: bytes, profile: Profile, header_only: bool = False) -> Source:
    """Read a CSV file; with `header_only` no row is read.

    Raises:
        Unreadable: wrong encoding, no header line.
    """
    data = _to_utf8(data, profile.encoding)
    last = profile.header_row + profile.header_lines - 1  # line number of the last header line
    lines = data.split(b"\n", last)
    if len(lines) < last or not lines[profile.header_row - 1].strip():
        raise Unreadable("header_empty", line=profile.header_row)
    header = _header(lines[profile.header_row - 1 : last], profile)
    if header_only or len(lines) <= last or not lines[-1].strip():
        return Source(header, table([[] for _ in header], []), [])
    malformed: list[Malformed] = []

    def refuse(row: Any) -> str:
        fields = {"actual": row.actual_columns, "expected": row.expected_columns}
        malformed.append(Malformed(row.number, row.text, "row_malformed.fields", fields))
        return "skip"

    columns = [f"c{i}" for i in range(len(header))]
    rows = pacsv.read_csv(
        io.BytesIO(data),
        # One thread: pyarrow only then tells the number of a row that does not fit.
        read_options=pacsv.ReadOptions(column_names=columns, skip_rows=last, use_threads=False),
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
    return _number_rows(header, rows, malformed, data, profile)


def _to_utf8(data: bytes, encoding: str) -> bytes:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"  # a byte-order mark is never part of the first header
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("encoding", line=line, encoding=error.encoding, byte=error.start) from error
    except LookupError as error:
        raise Unreadable("encoding_unknown", encoding=encoding) from error
    if "\x00" in text:
        raise Unreadable("nul")
    return text.removeprefix("\ufeff").encode("utf-8")


def _header(lines: list[bytes], profile: Profile) -> list[str]:
    """Names of the columns."""
    dialect: dict[str, Any] = {"delimiter": profile.delimiter, "quotechar": profile.quote}
    if not profile.quote:
        dialect["quoting"] = csv.QUOTE_NONE
    cells = [next(csv.reader([line.decode("utf-8").strip("\r")], **dialect), []) for line in lines]
    width = max(len(line) for line in cells)
    cells = [line + [""] * (width - len(line)) for line in cells]
    fill_right(cells)
    return join_header(cells)


def _number_rows(header: list[str], rows: pa.Table, malformed: list[Malformed], data: bytes, p: Profile) -> Source:
    """Give every row the number of its (first) line; drop blank lines; refuse a row that is cut off."""
    skipped = p.header_row + p.header_lines - 1
    total = rows.num_rows + len(malformed)
    is_good = np.ones(total, dtype=bool)
    is_good[[m.row_no - skipped - 1 for m in malformed]] = False
    extra = np.zeros(total, dtype=np.int64)  # line breaks inside quotes
    if data.count(b"\n") > total + skipped:
        extra[is_good] = sum(
            (pc.count_substring(column, "\n").to_numpy().astype(np.int64) for column in rows.columns),
            start=np.zeros(rows.num_rows, dtype=np.int64),
        )
        extra[~is_good] = [m.value.count("\n") for m in malformed]
    line = skipped + 1 + np.arange(total) + np.concatenate(([0], np.cumsum(extra)[:-1]))
    malformed = [
        Malformed(int(number), m.value[:200], m.key, m.fields)
        for number, m in zip(line[~is_good], malformed, strict=True)
        if m.value.replace(p.delimiter, "").strip()
    ]
    # From the buffer: pa.array and pa.scalar import pandas, which takes longer than reading the file.
    numbers = np.ascontiguousarray(line[is_good], dtype=np.int64)
    row_no = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    rows = rows.append_column("row_no", row_no)
    if is_good[-1] and _is_cut(data, p.quote, bool(extra[-1])):
        malformed.append(Malformed(int(line[-1]), "", "row_malformed.quote"))
        rows = rows.slice(0, rows.num_rows - 1)
    return replace(data_rows(header, rows, malformed, p), has_full_width=has_full_width(data))


def _is_cut(data: bytes, quote: str | None, last_row_has_break: bool) -> bool:
    """True if the file ends inside quotes: such a last row has lost, or swallowed, text."""
    mark = (quote or "").encode()
    if not mark or data.count(mark) % 2 == 0:
        return False
    return last_row_has_break or data[data.rfind(b"\n") + 1 :].count(mark) % 2 == 1
