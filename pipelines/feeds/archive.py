"""Archives: the one file inside a zip or gzip, and the limits on what is unpacked.

Here: unpacking in memory. Nothing is ever written to disk or run: a path inside an archive can lead nowhere, and
macros of a workbook are bytes like any other. Not here: reading what was unpacked.
"""

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO

from pipelines.feeds.sentences import Unreadable

BLOCK = 1 << 20
ENCRYPTED = 0x1  # flag bit of a zip entry


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most."""

    unpacked_bytes: int = 4 << 30
    ratio: int = 250  # unpacked to packed; tables reach 60
    ratio_from_bytes: int = 64 << 20  # below this size no ratio is suspicious
    entries: int = 10_000


LIMITS = Limits()


def unpack(data: bytes, name: str, file_format: str, limits: Limits = LIMITS) -> bytes:
    """The file itself, or the one file inside a zip or gzip archive (told by its first bytes).

    A workbook is a zip archive too: it comes back as it is, after the same checks.

    Raises:
        Unreadable: damaged, encrypted, too large, suspiciously packed, a path that leads out, not one file.
    """
    try:
        if data[:2] == b"\x1f\x8b":
            return _Meter(len(data), limits).read(gzip.GzipFile(fileobj=io.BytesIO(data)))
        if data[:2] != b"PK":
            if name.casefold().endswith((".zip", ".xlsx", ".xlsm")):
                raise Unreadable("no_zip")
            return data
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _from_zip(archive, data, file_format, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable("archive_damaged", error=error) from error


def _from_zip(archive: zipfile.ZipFile, data: bytes, file_format: str, limits: Limits) -> bytes:
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise Unreadable("archive_crowd", count=len(entries), limit=limits.entries)
    for entry in entries:
        if _leads_out(entry.filename):
            raise Unreadable("archive_path", member=entry.filename[:80])
        if entry.flag_bits & ENCRYPTED:
            raise Unreadable("archive_encrypted")
    files = [e for e in entries if not e.is_dir() and not e.filename.startswith("__MACOSX")]
    meter = _Meter(len(data), limits)
    if any(entry.filename == "[Content_Types].xml" for entry in files):
        if file_format != "xlsx":
            raise Unreadable("is_workbook")
        for entry in files:  # sizes in the directory may lie: what counts is what comes out
            with archive.open(entry) as stream:
                meter.run_through(stream)
        return data
    if len(files) != 1:
        raise Unreadable("archive_members", count=len(files))
    with archive.open(files[0]) as stream:
        return meter.read(stream)


def _leads_out(member: str) -> bool:
    path = PurePosixPath(member.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(PureWindowsPath(member).drive)


class _Meter:
    """Counts what comes out of an archive and stops it at the limits."""

    def __init__(self, packed: int, limits: Limits) -> None:
        self.packed, self.limits, self.seen = packed, limits, 0

    def run_through(self, stream: IO[bytes]) -> None:
        while block := stream.read(BLOCK):
            self._count(block)

    def read(self, stream: IO[bytes] | gzip.GzipFile) -> bytes:
        blocks = []
        while block := stream.read(BLOCK):
            self._count(block)
            blocks.append(block)
        return b"".join(blocks)

    def _count(self, block: bytes) -> None:
        self.seen += len(block)
        if self.seen > self.limits.unpacked_bytes:
            raise Unreadable("archive_size", limit=f"{self.limits.unpacked_bytes >> 20:,}")
        if self.seen > max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed):
            raise Unreadable("archive_ratio", limit=self.limits.ratio)
