"""Where the bytes come from: a file or bytes in hand, plain, gzip or zip, in blocks that are cut between
frames.

Here: archives and their limits, and where a block may be cut. Not here: what a frame is (`frames`). Nothing
is ever unpacked to disk, so a path inside an archive can lead nowhere; an archive inside an archive is not
opened.
"""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipelines.errors import FeedUnreadable

MARGIN = 1 << 16  # no frame is longer: 9,999 bytes by its length field, five times that where bytes are printed as 0x..
MAX_BLOCK = 1 << 28  # offsets within a block are of 32 bits
HEAD = re.compile(rb"##\d{4}")


@dataclass(frozen=True)
class Limits:
    """What an archive may hold at most."""

    total_bytes: int = 16 << 30
    ratio: int = 1000  # unpacked to packed; telegrams reach 50, NUL-padded logs 200
    ratio_from_bytes: int = 64 << 20  # below this size no ratio is suspicious
    members: int = 10_000


@dataclass(frozen=True)
class Block:
    """Bytes of the file. Frames that begin before `cut` are read here; what follows is only looked at."""

    data: bytes
    cut: int
    first_line: int  # line number of the first byte, from 1


def read_blocks(source: Path | bytes, chunk_bytes: int, limits: Limits | None = None) -> Iterator[Block]:
    """Blocks of about `chunk_bytes`, cut before a frame where there is one, else after a line break.

    Raises:
        FeedUnreadable: a damaged, encrypted, oversized or suspiciously packed archive.
    """
    limits = limits or Limits()
    size = min(max(chunk_bytes, 2 * MARGIN), MAX_BLOCK)
    held, line = b"", 1
    for piece in _pieces(source, size, limits):
        data = held + piece
        if len(data) < size:
            held = data
            continue
        cut = _cut(data)
        yield Block(data, cut, line)
        line += data.count(b"\n", 0, cut)
        held = data[cut:]
    if held:
        yield Block(held, len(held), line)


def _cut(data: bytes) -> int:
    """The last place, at least MARGIN before the end, where no frame is under way."""
    limit = len(data) - MARGIN
    tail = max(limit - MARGIN // 2, 1)
    heads = [match.start() for match in HEAD.finditer(data, tail, limit + 6)]
    return heads[-1] if heads else (data.rfind(b"\n", 1, limit) + 1 or limit)


def _pieces(source: Path | bytes, size: int, limits: Limits) -> Iterator[bytes]:
    name = "the data" if isinstance(source, bytes) else source.name
    packed = len(source) if isinstance(source, bytes) else source.stat().st_size
    seen = 0
    try:
        for stream in _streams(source, limits, name):
            ended = True
            while piece := stream.read(size):
                seen += len(piece)
                _check(name, seen, packed, limits)
                ended = piece.endswith(b"\n")
                yield piece
            if not ended:
                yield b"\n"  # the next member of an archive begins on a line of its own
    except (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise FeedUnreadable(f"{name}: the archive is damaged or cut off ({error}); fetch the file again.") from error
    except (RuntimeError, NotImplementedError) as error:  # how zipfile says: encrypted, or a method it lacks
        raise FeedUnreadable(
            f"{name}: the archive cannot be unpacked ({error}); pack it as plain zip or gzip."
        ) from error


def _streams(source: Path | bytes, limits: Limits, name: str) -> Iterator[IO[bytes]]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream  # type: ignore[misc]
        elif magic == b"PK\x03\x04":
            with zipfile.ZipFile(raw) as archive:
                yield from _members(archive, limits, name)
        else:
            yield raw


def _members(archive: zipfile.ZipFile, limits: Limits, name: str) -> Iterator[IO[bytes]]:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
    if len(members) > limits.members:
        raise FeedUnreadable(f"{name}: the archive holds {len(members)} files, more than {limits.members}; split it.")
    for member in sorted(members, key=lambda m: m.filename):
        with archive.open(member) as stream:
            yield stream


def _check(name: str, seen: int, packed: int, limits: Limits) -> None:
    if seen > limits.total_bytes:
        raise FeedUnreadable(f"{name}: it unpacks to more than {limits.total_bytes >> 20} MiB; split it by month.")
    if seen > limits.ratio_from_bytes and seen > limits.ratio * packed:
        raise FeedUnreadable(
            f"{name}: it unpacks to more than {limits.ratio} times its size, as archives made to fill the memory do; "
            "unpack and look at it by hand."
        )
