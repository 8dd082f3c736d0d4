"""dBase tables (dbf): fields of fixed width as text rows.

Here: header, records, the types of a field as the text a person would type. Not here: archives (`archive`), what a
column means (`compile`). Records marked as deleted are no rows; memo fields stand in another file and are left out.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.feeds.formats.form import is_dbase
from pipelines.feeds.formats.rows import Malformed, Source, clean_header, data_rows, has_full_width, table
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.sentences import Unreadable

FIELD = struct.Struct("<11sc4xB")  # name, type, (address), width
DELETED = b"*"
WIDTHS = {"I": 4, "B": 8}  # of FoxPro; a B of another width is a memo


@dataclass(frozen=True)
class _Field:
    name: bytes
    kind: str
    start: int  # in the record, which begins with the mark of deletion
    width: int


def read_dbf(data: bytes, profile: Profile) -> Source:
    """Read a dBase III–FoxPro table; `row_no` counts records, the header being line 1.

    Raises:
        Unreadable: no dBase table, cut off, wrong encoding.
    """
    if not is_dbase(data):
        raise Unreadable("other_format", wanted="dbf")
    count, begins, width = struct.unpack_from("<IHH", data, 4)
    if len(data) < begins + count * width:
        raise Unreadable("dbf_cut", count=count, found=(len(data) - begins) // width)
    fields = [field for field in _fields(data, begins) if WIDTHS.get(field.kind, field.width) == field.width]
    fields = [field for field in fields if field.kind in READERS]
    body = np.frombuffer(data, np.uint8, count * width, begins).reshape(count, width)
    live = np.flatnonzero(body[:, 0] != DELETED[0])
    cells = [_bytes(body[live], field) for field in fields]
    encodings = ("utf-8", "gb18030") if profile.encoding == "auto" else (profile.encoding,)
    header, columns = _decoded(fields, cells, encodings)
    wide = any(has_full_width("".join(column).encode()) for column in columns)
    malformed: list[Malformed] = []
    rows = data_rows([table(columns, (live + 2).tolist())], malformed, profile)
    return Source(header, rows, malformed, wide, "dbf")


def _decoded(
    fields: list[_Field], cells: list[list[bytes]], encodings: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Header and columns in the first encoding that fits."""
    for encoding in encodings:
        try:
            header = [clean_header(field.name.decode(encoding)) for field in fields]
            return header, [READERS[field.kind](column, encoding) for field, column in zip(fields, cells, strict=True)]
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise Unreadable("encoding_unknown", encoding=encoding) from error
    raise Unreadable("dbf_encoding", encoding=encodings[-1])


def _fields(data: bytes, end: int) -> list[_Field]:
    found, start = [], 1
    for at in range(32, end, 32):
        if data[at] == 0x0D:
            break
        name, kind, width = FIELD.unpack_from(data, at)
        found.append(_Field(name.partition(b"\0")[0].strip(), kind.decode("latin-1"), start, width))
        start += width
    return found


def _bytes(body: np.ndarray, field: _Field) -> list[bytes]:
    """The cells of a field."""
    part = np.ascontiguousarray(body[:, field.start : field.start + field.width])
    return [row.tobytes() for row in part]


def _texts(cells: list[bytes], encoding: str) -> list[str]:
    return [cell.strip(b" \0").decode(encoding) for cell in cells]


def _numbers(cells: list[bytes], _: str) -> list[str]:
    return [cell.strip(b" \0").decode("ascii", "replace") for cell in cells]  # stars (it did not fit) are no number


def _days(cells: list[bytes], _: str) -> list[str]:
    texts = [cell.strip(b" \0").decode("ascii", "replace") for cell in cells]
    return [f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 else text for text in texts]


def _flags(cells: list[bytes], _: str) -> list[str]:
    return [{"T": "true", "Y": "true", "F": "false", "N": "false"}.get(chr(cell[0]).upper(), "") for cell in cells]


def _binary(form: str) -> Callable[[list[bytes], str], list[str]]:
    def read(cells: list[bytes], _: str) -> list[str]:
        values: list[Any] = [struct.unpack(form, cell)[0] for cell in cells]
        return [str(int(value)) if value == int(value) else repr(value) for value in values]

    return read


READERS: dict[str, Callable[[list[bytes], str], list[str]]] = {
    "C": _texts,
    "N": _numbers,
    "F": _numbers,
    "D": _days,
    "L": _flags,
    "I": _binary("<i"),
    "B": _binary("<d"),
}
