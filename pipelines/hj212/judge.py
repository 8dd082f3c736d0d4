"""Why a frame does not hold, and what can still be made of it: one frame at a time, off the fast path.

Here: the verdict on a frame whose CRC did not fit as declared (length, CRC, encryption). Not here: finding
frames.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.hj212.crc import standard_crc, swapped_modbus_crc
from pipelines.hj212.sm4 import Keys, decrypt, looks_encrypted, unprint
from pipelines.hj212.words import say

TAIL = re.compile(rb"(?<!CP=)&&([0-9a-fA-F]{4})")
CRC_TEXT = re.compile(rb"[0-9a-fA-F]{4}")
OPENING = re.compile(rb"[^&]{0,512}?CP=&&")
VERSION = re.compile(rb"(?:^|;)Flag=(\d{1,3});")
LOGGER = re.compile(rb"(?:^|;)MN=([^;]*);")
LINE_END = re.compile(rb"[\n\0]")


class Refusal(NamedTuple):
    """Why a frame is refused, in the words of the raw contract `rejected_row`."""

    reason_code: str
    column: str | None
    value: bytes
    message: str


UNCLOSED = Refusal("frame_malformed", "CP", b"", say("not_closed"))


class Head(NamedTuple):
    """Heads `##` + 4 digits: position, declared length, declared end of the segment, CRC given there (-1:
    none)."""

    position: NDArray[np.int64]
    length: NDArray[np.int64]
    end: NDArray[np.int64]
    given: NDArray[np.int64]


@dataclass(frozen=True)
class Verdict:
    """A refusal, or the plain segment of a frame that was decrypted."""

    span_end: int
    refusal: Refusal | None = None
    plain: bytes = b""
    dialect: int = -1
    is_encrypted: bool = False


def judge(data: bytes, head: Head, number: int, expected: int, dialect: int, limit: int, keys: Keys) -> Verdict:
    """Verdict on one head.

    Args:
        data: bytes of the block.
        head: all heads.
        number: which of them.
        expected: CRC by the standard over the declared segment, -1 if there is none.
        dialect: CRC dialect that fits the bytes as they stand (then only their look is odd), -1 if none does.
        limit: where the next `##` begins.
        keys: SM4 keys by MN.
    """
    start, end, declared = int(head.position[number]) + 6, int(head.end[number]), int(head.length[number])
    if verdict := _encrypted(data, start, end, declared, dialect, limit, keys):
        return verdict
    if dialect >= 0:
        return Verdict(end + 4, plain=data[start:end], dialect=dialect)
    line_end = LINE_END.search(data, start, limit)
    stop = line_end.start() if line_end else limit
    last = start + len(data[start:stop].rstrip())
    is_closed = data[end - 2 : end] == b"&&" and data[end - 5 : end - 2] != b"CP="
    if end <= limit and (is_closed or end + 4 == last):
        text = CRC_TEXT.match(data, end)
        given = text[0] if text else data[end : min(end + 4, limit)].split(b"\n")[0].strip(b"\r\0")
        return Verdict(end + len(given), _wrong_crc(given, expected) if is_closed else UNCLOSED)
    tails = list(TAIL.finditer(data, start, stop)) or list(islice(TAIL.finditer(data, stop, limit), 1))
    if tails:
        return Verdict(tails[-1].end(), _wrong_length(declared, tails[-1].start() + 2 - start))
    close = data.rfind(b"&&", start, stop)
    has_close = close >= 0 and data[close - 3 : close] != b"CP="
    return Verdict(stop, _wrong_length(declared, (close + 2 if has_close else last) - start))


def _encrypted(
    data: bytes, start: int, end: int, declared: int, dialect: int, limit: int, keys: Keys
) -> Verdict | None:
    """Verdict on a frame of version 2025 whose data area is no text; None for any other frame."""
    opening = OPENING.match(data, start)
    version = opening and VERSION.search(opening[0])
    if not opening or not version or int(version[1]) >> 2 < 2:
        return None
    area_start = opening.end()
    if data[area_start : area_start + 3].lower() == b"{0x":
        tail = TAIL.search(data, area_start, limit)
        area = unprint(data[area_start : tail.start()]) if tail else None
        if tail is None or area is None:
            return None
        physical = tail.start() + 2 - start
        if declared not in (physical, len(opening[0]) + len(area) + 2):
            return Verdict(tail.end(), _wrong_length(declared, physical))
        span_end, given = tail.end(), tail[1]
    else:
        area, given, span_end = data[area_start : end - 2], data[end : end + 4], end + 4
        if data[end - 2 : end] != b"&&" or not CRC_TEXT.fullmatch(given) or not looks_encrypted(area, dialect >= 0):
            return None
    return _open(opening[0], area, given, span_end, dialect, keys)


def _open(opening: bytes, area: bytes, given: bytes, span_end: int, dialect: int, keys: Keys) -> Verdict:
    logger = LOGGER.search(opening)
    mn = logger[1].decode("ascii", "replace") if logger else ""
    key = keys.get(mn, keys.get("*"))
    if key is None:
        return Verdict(span_end, is_encrypted=True, refusal=Refusal(
            "frame_encrypted", "CP", given, say("no_key", mn=mn)))  # fmt: skip
    plain = opening + decrypt(area, key) + b"&&"
    segment = np.frombuffer(plain, np.uint8)
    bounds = np.array([0]), np.array([len(plain)])
    found = [int(algorithm(segment, *bounds)[0]) for algorithm in (standard_crc, swapped_modbus_crc)]
    if int(given, 16) in found:
        return Verdict(span_end, plain=plain, dialect=found.index(int(given, 16)), is_encrypted=True)
    if dialect >= 0 and not looks_encrypted(plain[len(opening) : -2], is_intact=True):
        return Verdict(span_end, plain=plain, dialect=dialect, is_encrypted=True)
    return Verdict(span_end, is_encrypted=True, refusal=Refusal(
        "frame_crc", "CRC", given, say("wrong_key", expected=f"{found[0]:04X}", mn=mn)))  # fmt: skip


def _wrong_crc(given: bytes, expected: int) -> Refusal:
    message = say("wrong_crc", expected=f"{expected:04X}") if expected >= 0 else say("no_crc")
    return Refusal("frame_crc", "CRC", given, message)


def _wrong_length(declared: int, actual: int) -> Refusal:
    return Refusal("frame_length", "length", b"%04d" % declared, say("wrong_length", declared=declared, actual=actual))
