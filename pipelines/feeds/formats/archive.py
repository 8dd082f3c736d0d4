"""Archives: the one file inside a zip or gzip, and the limits on what is unpacked.

Here: unpacking as a stream. Nothing is ever unpacked to a path or run: a path inside an archive can lead nowhere, and
macros of a workbook are bytes like any other. Not here: reading what was unpacked.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO

from pipelines.feeds.formats.form import OLE, ZIP
from pipelines.feeds.sentences import Unreadable

BLOCK = 1 << 20
GZIP = b"\x1f\x8b"
ENCRYPTED = 0x1  # flag bit of a zip entry


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most."""

    unpacked_bytes: int = 4 << 30
    ratio: int = 250  # unpacked to packed; tables reach 60
    ratio_from_bytes: int = 64 << 20  # below this size no ratio is suspicious
    entries: int = 10_000


LIMITS = Limits()


class Unpacked:
    """What comes out of an archive (or a plain file), block by block, stopped at the limits.

    Raises:
        Unreadable: on reading; the archive is damaged or holds too much.
    """

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, packed: int, limits: Limits | None = None) -> None:
        self.stream, self.packed, self.limits = stream, packed, limits
        self.seen, self.held = 0, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, all that are left without a size; nothing at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK), b""))
        block, self.held = self.held[:size], self.held[size:]
        return block or self._next(size)

    def peek(self, size: int) -> bytes:
        """The next bytes, which are read again."""
        while len(self.held) < size and (block := self._next(size - len(self.held))):
            self.held += block
        return self.held[:size]

    def rewind(self) -> None:
        """Begin again."""
        with _damage_told():
            self.stream.seek(0)
        self.seen, self.held = 0, b""

    def _next(self, size: int) -> bytes:
        with _damage_told():
            block = self.stream.read(size)
        self.seen += len(block)
        if self.limits and self.seen > self.limits.unpacked_bytes:
            raise Unreadable("archive_size", limit=f"{self.limits.unpacked_bytes >> 20:,}")
        if self.limits and self.seen > max(self.limits.ratio_from_bytes, self.limits.ratio * self.packed):
            raise Unreadable("archive_ratio", limit=self.limits.ratio)
        return block


def unpack(file: IO[bytes], name: str, limits: Limits = LIMITS) -> Unpacked:
    """The file itself, or the one file inside a zip or gzip archive (told by its first bytes).

    A workbook is a zip archive too: it comes back as it is, after the same checks, packed once more or not.

    Raises:
        Unreadable: damaged, encrypted, too large, suspiciously packed, a path that leads out, not one file.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(len(OLE))
    file.seek(0)
    if head.startswith(GZIP):
        inner = Unpacked(gzip.GzipFile(fileobj=file), size, limits)
    elif head.startswith(ZIP):
        with _damage_told():
            archive = zipfile.ZipFile(file)
            files = _files(archive, limits)
            if _is_workbook(archive, files, size, limits):
                file.seek(0)
                return Unpacked(file, size)
            if len(files) != 1:
                raise Unreadable("archive_members", count=len(files))
            inner = Unpacked(archive.open(files[0]), size, limits)
    elif name.casefold().endswith((".zip", ".xlsx", ".xlsm")) and not head.startswith(OLE):
        raise Unreadable("no_zip")
    else:
        return Unpacked(file, size)
    return _workbook_inside(inner, limits) if inner.peek(len(OLE)).startswith(ZIP) else inner


def _workbook_inside(stream: Unpacked, limits: Limits) -> Unpacked:
    """A workbook that was packed once more, after the same checks."""
    data = stream.read()
    with _damage_told(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        if not _is_workbook(archive, _files(archive, limits), len(data), limits):
            raise Unreadable("archive_nested")
    return Unpacked(io.BytesIO(data), len(data))


def _is_workbook(archive: zipfile.ZipFile, files: list[zipfile.ZipInfo], size: int, limits: Limits) -> bool:
    """True for an Office workbook (xlsx, xlsm, xlsb) or an OpenDocument one (ods) whose parts keep to the limits."""
    names = {entry.filename for entry in files}
    if "[Content_Types].xml" not in names and not {"mimetype", "content.xml"} <= names:
        return False
    seen = 0
    for entry in files:  # sizes in the directory may lie: what counts is what comes out
        with archive.open(entry) as stream:
            part = Unpacked(stream, size, limits)
            part.seen = seen
            while part.read(BLOCK):
                pass
            seen = part.seen
    return True


def _files(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The entries that are files, after a look at all of them."""
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise Unreadable("archive_crowd", count=len(entries), limit=limits.entries)
    for entry in entries:
        if _leads_out(entry.filename):
            raise Unreadable("archive_path", member=entry.filename[:80])
        if entry.flag_bits & ENCRYPTED:
            raise Unreadable("archive_encrypted")
    return [e for e in entries if not e.is_dir() and not e.filename.startswith("__MACOSX")]


def _leads_out(member: str) -> bool:
    path = PurePosixPath(member.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(PureWindowsPath(member).drive)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable("archive_damaged", error=error) from error
