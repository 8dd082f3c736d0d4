"""What happens to single telegrams between the logger and the log: damage, repeats, packets.

Here: a telegram in, the telegrams that stand in the log instead of it out. Not here: which telegrams it happens to.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.sample.monitoring import telegram

Parts = tuple[list[bytes], int]  # frames in the log, and which of them the defect is


@dataclass(frozen=True)
class Break:
    """`expected` is the reason code, `duplicate`, or empty: the hour must come out right."""

    part_d: int
    family: str
    expected: str
    breaks: Callable[[bytes, np.random.Generator], Parts]


def _crc(frame: bytes, rng: np.random.Generator) -> Parts:
    """A digit of the first value changed on the line."""
    at = frame.index(b"-Avg=") + 5
    return [frame[:at] + (b"9" if frame[at : at + 1] != b"9" else b"8") + frame[at + 1 :]], 0


def _length(frame: bytes, rng: np.random.Generator) -> Parts:
    return [b"##%04d" % (int(frame[2:6]) + 7) + frame[6:]], 0


def _truncated(frame: bytes, rng: np.random.Generator) -> Parts:
    return [frame[: len(frame) * 2 // 3] + b"\r\n"], 0


def _encrypted(frame: bytes, rng: np.random.Generator) -> Parts:
    """SM4 in groups of 16 bytes, the rest plain; without the key they are random bytes. The CRC is the plain text's."""
    begin, end = frame.index(b"CP=&&") + 5, frame.rindex(b"&&")
    whole = (end - begin) // 16 * 16
    cipher = rng.integers(0, 256, whole, dtype=np.uint8).tobytes()
    return [frame[:begin] + cipher + frame[begin + whole :]], 0


def _glued(frame: bytes, rng: np.random.Generator) -> Parts:
    return [frame.rstrip(b"\r\n")], 0


def _padded(frame: bytes, rng: np.random.Generator) -> Parts:
    return [bytes(64) + frame.rstrip(b"\r\n") + bytes(64) + b"\r\n"], 0


def _again(frame: bytes, rng: np.random.Generator) -> Parts:
    """Sent again with RF=1 after the link was back: the first becomes the duplicate."""
    later = telegram.segment(frame).replace(b";CP=", b";RF=1;CP=", 1)
    return [frame, telegram.frame(later)], 0


def _corrected(frame: bytes, rng: np.random.Generator) -> Parts:
    """First with masses half as large again, seconds later under another QN with the right ones."""
    plain = telegram.segment(frame)
    wrong = re.sub(rb"(?<=-Cou=)[0-9.]+", lambda m: b"%.4f" % (1.5 * float(m[0])), plain)
    moved = plain[:18] + b"59" + plain[20:]
    return [telegram.frame(wrong), telegram.frame(moved)], 0


def _packets(frame: bytes, rng: np.random.Generator) -> Parts:
    return telegram.packets(frame)[::-1], 0


def _packet_lost(frame: bytes, rng: np.random.Generator) -> Parts:
    return telegram.packets(frame)[:1], 0


BREAKS = {
    "crc_broken": Break(14, "hj212_2017", "frame_crc", _crc),
    "length_broken": Break(14, "hj212_2017", "frame_length", _length),
    "truncated": Break(14, "hj212_2017", "frame_length", _truncated),
    "encrypted": Break(14, "hj212_2025", "frame_encrypted", _encrypted),
    "glued": Break(14, "hj212_2017", "", _glued),
    "nul_padded": Break(14, "hj212_2017", "", _padded),
    "resent_rf": Break(10, "hj212_2025", "duplicate", _again),
    "resent_two_qn": Break(10, "hj212_2017", "", _corrected),
    "packets": Break(10, "hj212_2017", "", _packets),
    "packet_lost": Break(10, "hj212_2017", "frame_incomplete", _packet_lost),
}
