"""HJ 212 telegrams as bytes: checksum, length and frame of many data segments at once, and of cut-up ones.

Here: the packet of HJ 212-2017 (6.2, appendix A). Not here: what the segments say (`hourlog`), and any reading.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
FILL = " "  # stands before shorter segments; the state they start from takes it back
BLOCK = 16_384
STANDARD, LOWER_CASE, MODBUS_SWAPPED = range(3)  # how a logger writes its checksum


def _table() -> NDArray[np.uint16]:
    value = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        value = np.where(value & 1, (value >> 1) ^ np.uint16(0xA001), value >> 1).astype(np.uint16)
    return value


TABLE = _table()
HIGH = (TABLE >> 8).astype(np.uint8)
# by two bytes, the first of them met by the state: the next state in the high byte; the checksum if they are the last
SECOND = HIGH[:, None] ^ np.arange(256, dtype=np.uint8)
STEP = (HIGH[SECOND].astype(np.uint16) << 8).ravel()
LAST = TABLE[SECOND].ravel()
HEX = pa.array([f"{i:04X}" for i in range(1 << 16)]).cast(pa.binary())
DIGITS = pa.array([f"##{i:04d}" for i in range(10_000)]).cast(pa.binary())


def _starts(width: int) -> Bytes:
    """State before k fills, so that it is 0xFF after them (HIGH is a permutation)."""
    before = np.argsort(HIGH).astype(np.uint8)
    state = np.full(width + 1, 0xFF, np.uint8)
    for k in range(width):
        state[k + 1] = before[state[k]] ^ ord(FILL)
    return state


def checksum(matrix: Bytes, length: NDArray[np.integer]) -> NDArray[np.uint16]:
    """CRC of HJ 212-2017 appendix A of each row [rows, even width], whose last `length` bytes count.

    The standard's register is shifted by 8 before the byte goes in, so its low byte never matters: the
    state is one byte, and two bytes are one step.
    """
    width, result = matrix.shape[1], np.empty(len(matrix), np.uint16)
    start = _starts(width)[width - length].astype(np.uint16) << 8
    for first in range(0, len(matrix), BLOCK):
        rows = slice(first, first + BLOCK)
        pairs = np.ascontiguousarray(matrix[rows].view(">u2").T).astype(np.uint16)
        state = start[rows]
        for pair in pairs[:-1]:
            state = STEP[state ^ pair]
        result[rows] = LAST[state ^ pairs[-1]]
    return result


def modbus_swapped(matrix: Bytes, length: NDArray[np.integer]) -> NDArray[np.uint16]:
    """CRC-16/MODBUS of each row with its two bytes swapped, as some loggers send it instead."""
    register, width = np.full(len(matrix), 0xFFFF, np.uint16), matrix.shape[1]
    for place, column in enumerate(np.ascontiguousarray(matrix.T)):
        fed = (register >> 8) ^ TABLE[(register ^ column) & 0xFF]
        register = np.where(place >= width - length, fed, register)
    swapped: NDArray[np.uint16] = ((register << 8) | (register >> 8)).astype(np.uint16)
    return swapped


def frames(segments: pa.Array, dialect: int = STANDARD) -> pa.Array:
    """Telegrams (binary, with CR LF) around data segments (ASCII as string, or binary; at most 9,999 bytes)."""
    if not len(segments):
        return segments.cast(pa.binary())
    length = pc.binary_length(segments)
    matrix = _matrix(segments, int(pc.max(length).as_py()))
    segments = segments.cast(pa.binary())
    crc = (modbus_swapped if dialect == MODBUS_SWAPPED else checksum)(matrix, length.to_numpy())
    check = HEX.take(pa.array(crc))
    if dialect == LOWER_CASE:
        check = pc.ascii_lower(check.cast(pa.string())).cast(pa.binary())
    end = pa.scalar(b"\r\n", pa.binary())
    return pc.binary_join_element_wise(DIGITS.take(length), segments, check, end, pa.scalar(b"", pa.binary()))


def _matrix(segments: pa.Array, width: int) -> Bytes:
    """Segments side by side in an even width, shorter ones filled up on the left; binary ones are of one length."""
    width += width % 2
    if segments.type == pa.string():
        padded = pc.ascii_lpad(segments, width, FILL)
        return np.frombuffer(padded.buffers()[2], np.uint8, len(segments) * width).reshape(len(segments), width)
    rows = [text.rjust(width, FILL.encode()) for text in segments.to_pylist()]
    return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), width)


def frame(segment: bytes) -> bytes:
    """One telegram with CR LF."""
    return bytes(frames(pa.array([segment], pa.binary()))[0].as_py())


def segment(telegram: bytes) -> bytes:
    """The data segment of a whole telegram."""
    return telegram.rstrip(b"\r\n")[6:-4]


def packets(whole: bytes) -> list[bytes]:
    """A period in two telegrams (PNUM, PNO; bit 1 of Flag), cut between two codes."""
    head, _, rest = segment(whole).partition(b";CP=&&")
    parts = rest[:-2].split(b";")
    head, _, flag = head.rpartition(b";Flag=")
    flag = str(int(flag) | 2).encode()
    middle = (len(parts) + 1) // 2
    pieces = [parts[:middle], [parts[0], *parts[middle:]]]  # each packet names its DataTime
    return [
        frame(head + b";Flag=" + flag + b";PNUM=2;PNO=%d;CP=&&" % number + b";".join(piece) + b"&&")
        for number, piece in enumerate(pieces, start=1)
    ]
