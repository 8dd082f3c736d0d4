"""Readers: bytes of one file to an all-text table. No meaning yet, no type yet.

Here: archives, encodings, CSV and XLSX, the header line, row numbers, rows that do not fit the header. Not
here: what a column means (`compile`), nor any judgement of a value.
"""

import csv
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from python_calamine import CalamineError, CalamineWorkbook

from pipelines.feeds.profile import Profile


class Unreadable(ValueError):
    """Why a file cannot be read at all, and the cure; the caller puts the file's name in front."""


@dataclass(frozen=True)
class Malformed:
    """A row that does not fit the header."""

    row_no: int
    value: str
    message: str


@dataclass(frozen=True)
class Source:
    """A file as text: `rows` has the columns c0…cN in the order of `header`, and row_no (1 = first line)."""

    header: list[str]
    rows: pa.Table
    malformed: list[Malformed]


def read_source(path: Path, profile: Profile, header_only: bool = False) -> Source:
    """Read a file as its profile's format says; with `header_only` no row is read.

    Raises:
        Unreadable: broken archive, wrong encoding, no such sheet, no header line.
    """
    return read_bytes(path.read_bytes(), path.name, profile, header_only)


def read_bytes(data: bytes, name: str, profile: Profile, header_only: bool = False) -> Source:
    """As `read_source`, of bytes in memory; the name tells an archive that lost its first bytes."""
    data = _unpack(data, name, profile.format)
    if profile.format == "xlsx":
        return _read_xlsx(data, profile)
    return _read_csv(_to_utf8(data, profile.encoding), profile, header_only)


def clean_header(text: Any) -> str:
    """Header as profiles write it: runs of white space and line breaks are one blank."""
    return re.sub(r"\s+", " ", str(text)).strip()


def _unpack(data: bytes, name: str, file_format: str) -> bytes:
    """The file itself, or the one file inside a zip or gzip archive (told by its first bytes)."""
    try:
        if data[:2] == b"\x1f\x8b":
            return gzip.decompress(data)
        if data[:2] != b"PK":
            if name.casefold().endswith((".zip", ".xlsx")):
                raise Unreadable("it is no zip archive although its name says so; fetch the file again")
            return data
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")
            ]
            if any(m.filename == "[Content_Types].xml" for m in members):
                if file_format == "xlsx":
                    return data
                raise Unreadable(
                    "it is an Excel workbook, but the profile reads CSV; use a profile with format: xlsx"
                )
            if len(members) != 1:
                raise Unreadable(f"the archive holds {len(members)} files; pack exactly one file into it")
            return archive.read(members[0])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"the archive is damaged or cut off ({error}); fetch the file again") from error


def _to_utf8(data: bytes, encoding: str) -> bytes:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"  # a byte-order mark is never part of the first header
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"line {line} is not {error.encoding} text (byte {error.start}); save the file in the encoding "
            "that the profile names, or set `encoding` in the profile"
        ) from error
    except LookupError as error:
        raise Unreadable(
            f"the profile names an unknown encoding, {encoding}; set a Python codec name"
        ) from error
    if "\x00" in text:
        raise Unreadable(
            "it holds NUL characters, so it is not text in the profile's encoding; export it again"
        )
    return text.removeprefix("\ufeff").encode("utf-8")


def _read_csv(data: bytes, profile: Profile, header_only: bool) -> Source:
    lines = data.split(b"\n", profile.header_row)
    if len(lines) < profile.header_row or not lines[profile.header_row - 1].strip():
        raise Unreadable(f"line {profile.header_row} should be the header but is missing or empty")
    dialect: dict[str, Any] = {"delimiter": profile.delimiter, "quotechar": profile.quote}
    if not profile.quote:
        dialect["quoting"] = csv.QUOTE_NONE
    header = next(csv.reader([lines[profile.header_row - 1].decode("utf-8").strip("\r")], **dialect))
    header = [clean_header(name) for name in header]
    malformed: list[Malformed] = []

    def refuse(row: Any) -> str:
        malformed.append(
            Malformed(
                row.number,
                row.text,
                f"The row has {row.actual_columns} fields, the header {row.expected_columns}; "
                "write every field, quote text that holds the delimiter, check that the file is complete.",
            )
        )
        return "skip"

    if header_only or len(lines) <= profile.header_row or not lines[-1].strip():
        return Source(header, _table([[] for _ in header], []), [])
    columns = [f"c{i}" for i in range(len(header))]
    table = pacsv.read_csv(
        io.BytesIO(data),
        # One thread: pyarrow only then tells the number of a row that does not fit.
        read_options=pacsv.ReadOptions(column_names=columns, skip_rows=profile.header_row, use_threads=False),
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
    return _number_rows(header, table, malformed, data, profile)


def _number_rows(
    header: list[str], table: pa.Table, malformed: list[Malformed], data: bytes, p: Profile
) -> Source:
    """Give every row the number of its (first) line; drop blank lines; refuse a row that is cut off."""
    total = table.num_rows + len(malformed)
    is_good = np.ones(total, dtype=bool)
    is_good[[m.row_no - p.header_row - 1 for m in malformed]] = False
    extra = np.zeros(total, dtype=np.int64)  # line breaks inside quotes
    if data.count(b"\n") > total + p.header_row:
        extra[is_good] = sum(
            (pc.count_substring(column, "\n").to_numpy().astype(np.int64) for column in table.columns),
            start=np.zeros(table.num_rows, dtype=np.int64),
        )
        extra[~is_good] = [m.value.count("\n") for m in malformed]
    line = p.header_row + 1 + np.arange(total) + np.concatenate(([0], np.cumsum(extra)[:-1]))
    malformed = [
        Malformed(int(number), m.value[:200], m.message)
        for number, m in zip(line[~is_good], malformed, strict=True)
        if m.value.replace(p.delimiter, "").strip()
    ]
    # From the buffer: pa.array and pa.scalar import pandas, which takes longer than reading the file.
    numbers = np.ascontiguousarray(line[is_good], dtype=np.int64)
    row_no = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])
    rows = table.append_column("row_no", row_no)
    if is_good[-1] and _is_cut(data, p.quote, bool(extra[-1])):
        malformed.append(
            Malformed(
                int(line[-1]),
                "",
                "The row opens a quote that is never closed; the file is cut "
                "off here or a quote stands alone. Fetch the file again or double the quote.",
            )
        )
        rows = rows.slice(0, rows.num_rows - 1)
    return _without_footer(header, _without_blank(rows), malformed, p.skip_footer)


def _is_cut(data: bytes, quote: str | None, last_row_has_break: bool) -> bool:
    """True if the file ends inside quotes: such a last row has lost, or swallowed, text."""
    mark = (quote or "").encode()
    if not mark or data.count(mark) % 2 == 0:
        return False
    return last_row_has_break or data[data.rfind(b"\n") + 1 :].count(mark) % 2 == 1


def _without_blank(rows: pa.Table) -> pa.Table:
    """Lines without any text (or with delimiters only) are no rows."""
    has_text = None
    for name in rows.column_names[:-1]:
        filled = pc.cast(pc.binary_length(pc.utf8_trim_whitespace(rows[name])), pa.bool_())
        has_text = filled if has_text is None else pc.or_(has_text, filled)
        if pc.all(has_text).as_py():
            return rows
    return rows if has_text is None else rows.filter(has_text)


def _without_footer(header: list[str], rows: pa.Table, malformed: list[Malformed], footer: int) -> Source:
    if footer:
        numbers = sorted([*rows["row_no"].to_pylist(), *(m.row_no for m in malformed)])
        last = numbers[-footer - 1] if len(numbers) > footer else 0
        rows = rows.filter(pc.less_equal(rows["row_no"], pa.scalar(last)))
        malformed = [m for m in malformed if m.row_no <= last]
    return Source(header, rows, malformed)


def _table(columns: list[list[str]], row_no: list[int]) -> pa.Table:
    names = [f"c{i}" for i in range(len(columns))]
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.table([*arrays, pa.array(row_no, pa.int64())], names=[*names, "row_no"])


def _read_xlsx(data: bytes, profile: Profile) -> Source:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = profile.sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            sheets = ", ".join(book.sheet_names)
            raise Unreadable(
                f"it has no sheet named {name}; its sheets are {sheets}; set `sheet` in the profile"
            )
        # With the empty area kept, position in the list is row number in the sheet.
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError) as error:
        raise Unreadable(f"it is no readable Excel workbook ({error}); fetch or export it again") from error
    header = (
        [clean_header(_text(cell)) for cell in cells[profile.header_row - 1]]
        if cells[profile.header_row - 1 :]
        else []
    )
    if not any(header):
        raise Unreadable(
            f"row {profile.header_row} of sheet {name} should be the header but is missing or empty"
        )
    body = [
        [cell if type(cell) is str else _text(cell) for cell in row] for row in cells[profile.header_row :]
    ]
    numbers = list(range(profile.header_row + 1, profile.header_row + 1 + len(body)))
    columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in header]
    return _without_footer(header, _without_blank(_table(columns, numbers)), [], profile.skip_footer)


def _text(cell: Any) -> str:
    """A cell as the text a person would type: 1005707.0 is the id 1005707, a date is ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)
