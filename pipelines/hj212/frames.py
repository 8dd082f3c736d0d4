"""Frames in a block of bytes: where they are, and whether their length and CRC hold.

Here: finding `##` + length + data segment + CRC among anything else, in array operations; text that must have
been a frame. Not here: why a frame fails (`judge`), the fields inside a segment (`fields`).

Every frame that the block shows gets one entry, valid or refused. A valid frame may lie glued to the next, in
the midst of a line, between NULs; `##` inside a valid frame's data begins no frame.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.hj212.crc import standard_crc, swapped_modbus_crc
from pipelines.hj212.judge import Head, Refusal, Verdict, judge
from pipelines.hj212.sm4 import TEXT, Keys
from pipelines.hj212.source import Block
from pipelines.hj212.words import say

DIALECTS = ("standard", "modbus_swapped")
NO_CRC = -1
PAD = bytes(16)
SHORTEST = "CP=&&&&"
HEX = np.full(256, 255, np.uint8)
for _digit in b"0123456789abcdefABCDEF":
    HEX[_digit] = int(chr(_digit), 16)
NOT_TEXT = np.ones(256, bool)
NOT_TEXT[list(TEXT)] = False

# Text outside all frames that shows one of these was a frame: fields of a frame, or nothing but its
# beginning. Behind a frame, on its line, only fields of a head count: what else stands there is its own
# litter.
HEAD_FIELD = re.compile(rb"(?:^|[^A-Za-z])(?:QN|CN|MN)=")
EVIDENCE = re.compile(HEAD_FIELD.pattern + rb"|&&|CP=|^[ \t\r\0]*#{1,2}\d{0,4}[ \t\r\0]*$", re.MULTILINE)

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Frames:
    """Frames of a block in file order; `buffer[start:end]` is the data segment of each (empty if refused)."""

    buffer: NDArray[np.uint8]
    position: Index
    line_no: Index
    start: Index
    end: Index
    dialect: NDArray[np.int8]  # position in DIALECTS, -1 if refused
    is_encrypted: NDArray[np.bool_]
    refusals: dict[int, Refusal]  # by position in these arrays


def find_frames(block: Block, keys: Keys) -> Frames:
    """All frames that begin before the block's cut."""
    data = block.data
    buffer = np.frombuffer(data + PAD, np.uint8)
    pairs = np.flatnonzero((buffer[: len(data)] == 35) & (buffer[1 : len(data) + 1] == 35))
    head = _heads(buffer, pairs[pairs < block.cut], len(data))
    dialect, expected = _check_crc(buffer, head)
    valid = dialect >= 0
    suspect = valid & _mostly_not_text(buffer, head)

    span_start, span_end = head.position[valid], head.end[valid] + 4
    free = ~_inside(pairs, span_start, span_end)
    alive = ~_inside(head.position, span_start, span_end)
    verdicts = _judge(data, head, expected, alive & (~valid | suspect), dialect, pairs[free], keys)
    kept = np.flatnonzero(alive & valid & ~suspect)
    return _assemble(block, buffer, head, kept, dialect, verdicts)


def _heads(buffer: NDArray[np.uint8], pairs: Index, size: int) -> Head:
    digits = buffer[pairs[:, None] + np.arange(2, 6)] - np.uint8(48)
    chosen = np.all(digits <= 9, axis=1)
    position = pairs[chosen]
    length = digits[chosen].astype(np.int64) @ np.array([1000, 100, 10, 1])
    end = position + 6 + length
    fits = (end + 4 <= size) & (length >= len(SHORTEST))
    fits[fits] &= np.all(buffer[end[fits][:, None] - np.array([2, 1])] == ord("&"), axis=1)
    given = np.full(len(position), NO_CRC, np.int64)
    nibbles = HEX[buffer[end[fits][:, None] + np.arange(4)]]
    number = nibbles.astype(np.int64) @ np.array([4096, 256, 16, 1])
    given[fits] = np.where(np.all(nibbles < 16, axis=1), number, NO_CRC)
    return Head(position, length, end, given)


def _check_crc(buffer: NDArray[np.uint8], head: Head) -> tuple[NDArray[np.int8], Index]:
    """Dialect of each head (-1: none fits) and the CRC that the standard asks for (-1: not computed)."""
    dialect = np.full(len(head.position), -1, np.int8)
    expected = np.full(len(head.position), NO_CRC, np.int64)
    for number, algorithm in enumerate((standard_crc, swapped_modbus_crc)):
        open_ = np.flatnonzero((dialect < 0) & (head.given >= 0))
        crc = algorithm(buffer, head.position[open_] + 6, head.end[open_])
        dialect[open_[crc == head.given[open_]]] = number
        if number == 0:
            expected[open_] = crc
    return dialect, expected


def _mostly_not_text(buffer: NDArray[np.uint8], head: Head) -> NDArray[np.bool_]:
    """Heads whose declared segment holds many bytes that no text holds: encrypted, with a CRC over the cipher
    text."""
    if not (buffer > 127).any():
        return np.zeros(len(head.position), bool)
    seen = np.concatenate(([0], np.cumsum(NOT_TEXT[buffer], dtype=np.int64)))
    end = np.minimum(head.end, len(buffer))
    return 8 * (seen[end] - seen[head.position + 6]) >= head.length


def _inside(position: Index, start: Index, end: Index) -> NDArray[np.bool_]:
    """Positions within a span that begins before them (spans in order of start)."""
    before = np.searchsorted(start, position, "left")
    reach = np.concatenate(([0], np.maximum.accumulate(end)))
    return position < reach[before]


def _judge(
    data: bytes, head: Head, expected: Index, doubtful: NDArray[np.bool_], dialect: NDArray[np.int8],
    pairs: Index, keys: Keys,
) -> dict[int, Verdict]:  # fmt: skip
    """Verdict by head, for the heads that did not pass."""
    verdicts: dict[int, Verdict] = {}
    numbers = np.flatnonzero(doubtful)
    following = np.searchsorted(pairs, head.position[numbers] + 1, "right")
    limits = np.append(pairs, len(data))[following]
    covered = 0
    for number, limit in zip(numbers.tolist(), limits.tolist(), strict=True):
        if head.position[number] >= covered:
            verdict = judge(data, head, number, int(expected[number]), int(dialect[number]), limit, keys)
            verdicts[number], covered = verdict, verdict.span_end
    return verdicts


def _assemble(
    block: Block, buffer: NDArray[np.uint8], head: Head, kept: Index, dialect: NDArray[np.int8],
    verdicts: dict[int, Verdict],
) -> Frames:  # fmt: skip
    """Valid, judged and broken frames in file order; decrypted segments stand behind the block's bytes."""
    judged = np.array(list(verdicts), np.int64)
    plain = [verdict.plain for verdict in verdicts.values()]
    sizes = np.array([len(p) for p in plain], np.int64)
    plain_end = len(buffer) + np.cumsum(sizes)
    if sizes.any():
        buffer = np.concatenate((buffer, np.frombuffer(b"".join(plain), np.uint8)))
    judged_end = np.array([v.span_end for v in verdicts.values()], np.int64)
    order = np.argsort(np.concatenate((head.position[kept], head.position[judged])), kind="stable")
    spans = (np.concatenate((head.position[kept], head.position[judged]))[order],
             np.concatenate((head.end[kept] + 4, judged_end))[order])  # fmt: skip
    broken = _broken(block, buffer, *spans)

    position = np.concatenate((head.position[kept], head.position[judged], np.array(list(broken), np.int64)))
    order = np.argsort(position, kind="stable")
    nothing = np.zeros(len(broken), np.int64)
    accepted = [verdict.dialect for verdict in verdicts.values()]
    refused = [verdict.refusal for verdict in verdicts.values()] + list(broken.values())
    place = np.argsort(order)[len(kept) :].tolist()
    lines = np.flatnonzero(buffer[: block.cut] == 10)
    return Frames(
        buffer=buffer,
        position=position[order],
        line_no=block.first_line + np.searchsorted(lines, position[order], "left"),
        start=np.concatenate((head.position[kept] + 6, plain_end - sizes, nothing))[order],
        end=np.concatenate((head.end[kept], plain_end, nothing))[order],
        dialect=np.concatenate((dialect[kept], np.array(accepted, np.int8), nothing.astype(np.int8) - 1))[order],
        is_encrypted=np.concatenate(
            (
                np.zeros(len(kept), bool),
                np.array([v.is_encrypted for v in verdicts.values()], bool),
                nothing > 0,
            )
        )[order],
        refusals={at: refusal for at, refusal in zip(place, refused, strict=True) if refusal},
    )


def _broken(block: Block, buffer: NDArray[np.uint8], start: Index, end: Index) -> dict[int, Refusal]:
    """Pieces of text outside the spans that must have been frames, by position.

    A piece ends at a line's end, at a frame and at `##`.
    """
    edges = np.concatenate(([0], np.stack((start, end - 1), axis=1).ravel(), [block.cut]))
    lengths = np.diff(np.maximum.accumulate(np.minimum(edges, block.cut)))
    outside = np.repeat(np.arange(len(lengths)) % 2 == 0, lengths)
    text = buffer[: block.cut][outside]
    # The last byte of each span is still in the text, as a line's end.
    marks = np.cumsum(lengths[::2])[:-1]
    text[marks[marks < len(text)]] = ord("\n")
    if not np.any((text == 35) | (text == 38) | (text == 61)):
        return {}
    position, found, covered = np.flatnonzero(outside), {}, 0
    raw, behind_frame = text.tobytes(), set((marks + 1).tolist())
    for match in EVIDENCE.finditer(raw):
        if match.end() <= covered:
            continue
        first, covered = _piece(raw, match.end() - 1, covered)
        if first not in behind_frame or raw.startswith(b"##", first) or HEAD_FIELD.search(raw, first, covered):
            found[int(position[first])] = Refusal(
                "frame_malformed", None, raw[first:covered].strip(b"\r\n\0 "),
                say("no_head"),
            )  # fmt: skip
    return found


def _piece(raw: bytes, at: int, covered: int) -> tuple[int, int]:
    """Bounds of the piece of a line around `at`, behind `covered`: it begins and ends at `##`, if there is
    one."""
    line_start = max(raw.rfind(b"\n", covered, at) + 1, covered)
    line_end = raw.find(b"\n", at)
    line_end = len(raw) if line_end < 0 else line_end
    first = max(raw.rfind(b"##", line_start, at), line_start)
    stop = raw.find(b"##", max(at, first + 2), line_end)
    return first, line_end if stop < 0 else stop
