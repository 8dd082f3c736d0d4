"""Readers: bytes of one file to an all-text table. No meaning yet, no type yet.

Here: which reader a profile asks for. Not here: what a column means (`compile`), nor any judgement of a value.
"""

from pathlib import Path

from pipelines.feeds.archive import unpack
from pipelines.feeds.delimited import read_delimited
from pipelines.feeds.profile import Profile
from pipelines.feeds.rows import Malformed, Source, clean_header
from pipelines.feeds.sentences import Unreadable
from pipelines.feeds.sheet import read_sheet

__all__ = ["Malformed", "Source", "Unreadable", "clean_header", "read_bytes", "read_source"]


def read_source(path: Path, profile: Profile, header_only: bool = False) -> Source:
    """Read a file as its profile's format says; with `header_only` no row is read.

    Raises:
        Unreadable: broken archive, wrong encoding, no such sheet, no header line.
    """
    return read_bytes(path.read_bytes(), path.name, profile, header_only)


def read_bytes(data: bytes, name: str, profile: Profile, header_only: bool = False) -> Source:
    """As `read_source`, of bytes in memory; the name tells an archive that lost its first bytes."""
    data = unpack(data, name, profile.format)
    if profile.format == "xlsx":
        return read_sheet(data, profile)
    return read_delimited(data, profile, header_only)
