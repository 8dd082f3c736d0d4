"""Readers: bytes of one file to an all-text table. No meaning yet, no type yet.

Here: which reader a profile asks for. Not here: what a column means (`compile`), nor any judgement of a value.
"""

import io
from pathlib import Path
from typing import IO

from pipelines.feeds.formats.archive import unpack
from pipelines.feeds.formats.dbf import read_dbf
from pipelines.feeds.formats.delimited import read_delimited
from pipelines.feeds.formats.form import form_of
from pipelines.feeds.formats.rows import Malformed, Source, clean_header
from pipelines.feeds.formats.sheet import read_sheet
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.sentences import Unreadable

LOOKED_AT = 1 << 17  # bytes in which the header of a dBase table ends
__all__ = ["Malformed", "Source", "Unreadable", "clean_header", "read_bytes", "read_source"]


def read_source(path: Path, profile: Profile, header_only: bool = False) -> Source:
    """Read a file in the format its profile names, else the one it has; with `header_only` no row is read.

    Raises:
        Unreadable: broken archive, wrong encoding, no such sheet, no header line.
    """
    with path.open("rb") as file:  # rows of a text are read later, from its spool
        return _read(file, path.name, profile, header_only)


def read_bytes(data: bytes, name: str, profile: Profile, header_only: bool = False) -> Source:
    """As `read_source`, of bytes in memory; the name tells an archive that lost its first bytes."""
    return _read(io.BytesIO(data), name, profile, header_only)


def _read(file: IO[bytes], name: str, profile: Profile, header_only: bool) -> Source:
    stream = unpack(file, name)
    found = form_of(stream.peek(LOOKED_AT))
    form = profile.format or found
    if form == "xlsx":
        return read_sheet(stream.read(), profile, header_only)
    if form == "dbf":
        return read_dbf(stream.read(), profile)
    if found == "xlsx":
        raise Unreadable("is_workbook")
    return read_delimited(stream, profile, header_only)
