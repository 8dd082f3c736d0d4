"""Rows of text: what every reader gives, and what all of them share about blank lines and footers.

Here: the shape of a file that was read, header names, rows that are no data. Not here: any file format.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.feeds.grammar.profile import Form, Profile

WHITE = r"[\s\x{a0}\x{3000}\x{200b}\x{feff}]+"  # of RE2


@dataclass(frozen=True)
class Malformed:
    """A row that does not fit the header; `key` and `fields` make its sentence."""

    row_no: int
    value: str
    key: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """A file as text: `rows` are tables with the columns c0…cN in the order of `header`, and row_no (1 = first line).

    Rows are read while one goes through them, once; only then is `malformed` complete. `has_full_width` says that
    there are digits in full width, which cost time to read.
    """

    header: list[str]
    rows: Iterable[pa.Table] = ()
    malformed: list[Malformed] = field(default_factory=list)
    has_full_width: bool = False
    form: Form = "csv"


def has_full_width(data: bytes) -> bool:
    """True if a UTF-8 text holds a digit in full width."""
    return b"\xef\xbc" in data and re.search(rb"\xef\xbc[\x90-\x99]", data) is not None


def clean_header(text: Any) -> str:
    """Header as profiles write it: runs of white space and line breaks are one blank."""
    return re.sub(r"[\s\u200b\ufeff]+", " ", str(text)).strip()


def join_header(lines: Sequence[Sequence[str]]) -> list[str]:
    """Header of several lines as one name per column; what stands twice is said once (merged cells)."""
    joined = []
    for parts in zip(*lines, strict=True):
        names = dict.fromkeys(name for part in parts if (name := clean_header(part)))
        joined.append(" ".join(names))
    return joined


def fill_right(lines: Sequence[list[str]]) -> None:
    """In all lines but the last an empty cell takes the text on its left: a merged cell keeps only its first."""
    for line in lines[:-1]:
        for i in range(1, len(line)):
            line[i] = line[i] if line[i].strip() else line[i - 1]


def table(columns: Sequence[Sequence[str]], row_no: Sequence[int]) -> pa.Table:
    """Columns of text as a table with c0…cN and row_no."""
    names = [f"c{i}" for i in range(len(columns))]
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.table([*arrays, pa.array(row_no, pa.int64())], names=[*names, "row_no"])


def data_rows(blocks: Iterable[pa.Table], malformed: list[Malformed], profile: Profile) -> Iterator[pa.Table]:
    """Rows without blank lines and without the footer; what of `malformed` belongs to the footer is taken out of it.

    The footer begins with the first row of a text of `stop_at`; before it the last `skip_footer` rows are left out.
    """
    held: list[pa.Table] = []
    for block in blocks:
        rows = _without_blank(block)
        stops = [*_stops(rows, profile.stop_at), *_malformed_stops(malformed, profile)] if profile.stop_at else []
        held.append(_until(rows, malformed, min(stops, default=None)))
        if stops:
            break
        while len(held) > 1 and sum(later.num_rows for later in held[1:]) >= profile.skip_footer:
            yield held.pop(0)
    if held:
        rows = pa.concat_tables(held)
        yield _until(rows, malformed, _footer(rows, malformed, profile.skip_footer))


def _without_blank(rows: pa.Table) -> pa.Table:
    """Lines without any text (or with delimiters only) are no rows."""
    has_text = None
    for name in rows.column_names[:-1]:
        filled = pc.cast(pc.binary_length(pc.utf8_trim_whitespace(rows[name])), pa.bool_())
        has_text = filled if has_text is None else pc.or_(has_text, filled)
        if pc.all(has_text).as_py():
            return rows
    return rows if has_text is None else rows.filter(has_text)


def _footer(rows: pa.Table, malformed: list[Malformed], count: int) -> int | None:
    """Number of the first of the last `count` rows."""
    if not count:
        return None
    numbers = sorted([*rows["row_no"].to_pylist(), *(m.row_no for m in malformed)])
    return numbers[-count] if len(numbers) > count else 0


def _until(rows: pa.Table, malformed: list[Malformed], end: int | None) -> pa.Table:
    """Rows before this number; `malformed` loses the others."""
    if end is None:
        return rows
    malformed[:] = [m for m in malformed if m.row_no < end]
    return rows.filter(pc.less(rows["row_no"], pa.scalar(end)))


def _stops(rows: pa.Table, markers: Sequence[str]) -> list[int]:
    """Number of the first row whose first filled cell begins with one of the markers, blanks left out."""
    bare = [re.sub(r"\s+", "", marker) for marker in markers]
    is_open, found = None, None  # rows without a filled cell so far; rows that begin with a marker
    for name in rows.column_names[:-1]:
        text = pc.replace_substring_regex(rows[name], WHITE, "")
        hit = None
        for marker in bare:
            begins = pc.starts_with(text, marker)
            hit = begins if hit is None else pc.or_(hit, begins)
        hit = hit if is_open is None else pc.and_(hit, is_open)
        found = hit if found is None else pc.or_(found, hit)
        empty = pc.equal(pc.binary_length(text), 0)
        is_open = empty if is_open is None else pc.and_(is_open, empty)
        if not pc.any(is_open).as_py():
            break
    if found is None:
        return []
    return rows.filter(found)["row_no"].to_pylist()[:1]


def _malformed_stops(malformed: list[Malformed], profile: Profile) -> list[int]:
    """A footer seldom has as many fields as the header, so it may be among the rows that do not fit."""
    edge = f"{profile.delimiter}{profile.quote or ''}"
    bare = tuple(re.sub(r"\s+", "", marker) for marker in profile.stop_at)
    texts = ((m.row_no, re.sub(r"\s+", "", m.value).lstrip(edge)) for m in malformed)
    return [row_no for row_no, text in texts if text.startswith(bare)][:1]
