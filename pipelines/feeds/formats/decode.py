"""Text of any encoding as UTF-8 in a spool, which lies on disk where it is large.

Here: decoding, and what is counted on the way. Not here: rows (`delimited`).
"""

import codecs
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from pipelines.feeds.formats.archive import BLOCK, Unpacked
from pipelines.feeds.formats.form import mark_of
from pipelines.feeds.formats.rows import has_full_width
from pipelines.feeds.sentences import Unreadable

IN_MEMORY = 16 << 20  # bytes of a spool that are held


@dataclass
class Text:
    """A text as UTF-8 without byte-order mark; the file stands at its beginning."""

    file: IO[bytes]
    quotes: int = 0
    last_line: bytes = b""
    has_full_width: bool = False


def to_utf8(stream: Unpacked, encoding: str, quote: str | None, lines: int | None = None) -> Text:
    """Decode a text, or only its first lines; `auto` takes its byte-order mark, else UTF-8, else GB18030.

    Raises:
        Unreadable: another encoding, an unknown one, NUL characters.
    """
    if encoding != "auto":
        is_utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
        # A byte-order mark is never part of the first header.
        return _spool(stream, "utf-8-sig" if is_utf8 else encoding, quote, lines)
    try:
        return _spool(stream, mark_of(stream.peek(4)) or "utf-8", quote, lines)
    except Unreadable as error:
        if error.key != "encoding":
            raise
        stream.rewind()
        return _spool(stream, "gb18030", quote, lines)


def _spool(stream: Unpacked, encoding: str, quote: str | None, lines: int | None) -> Text:
    text = Text(tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 (handed over)
    seen, mark = 0, (quote or "").encode()
    for part in _decoded(stream, encoding):
        text.file.write(part)
        text.quotes += part.count(mark) if mark else 0
        line = part[part.rfind(b"\n") + 1 :]
        text.last_line = line if b"\n" in part else text.last_line + line
        text.has_full_width = text.has_full_width or has_full_width(part)
        seen += part.count(b"\n")
        if lines is not None and seen >= lines:
            break
    text.file.seek(0)
    return text


def _decoded(stream: Unpacked, encoding: str) -> Iterator[bytes]:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise Unreadable("encoding_unknown", encoding=encoding) from error
    read, breaks, is_first, block = 0, 0, True, b"."
    while block:
        block = stream.read(BLOCK)
        read += len(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            line = breaks + error.object.count(b"\n", 0, error.start) + 1
            byte = read - len(error.object) + error.start
            raise Unreadable("encoding", line=line, encoding=error.encoding, byte=byte) from error
        breaks += block.count(b"\n")
        if "\x00" in text:
            raise Unreadable("nul")
        yield (text.removeprefix("\ufeff") if is_first else text).encode("utf-8")
        is_first = is_first and not text
