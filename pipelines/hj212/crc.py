"""CRC of HJ 212 frames, for many frames at once.

Here: the standard's own CRC-16 and the byte-swapped Modbus CRC that some loggers send instead. Not here:
where a frame begins (`frames`), what a wrong CRC leads to.

HJ 212-2017 appendix A: register 0xFFFF; for each byte `register = (register >> 8) ^ byte`, then eight shifts
to the right, each with XOR 0xA001 if a one fell out. The low byte of the register is lost at every step, so
the state is one byte h, and h' = L(h ^ byte) with L linear over GF(2). Hence the bytes of a frame can be
folded in pairs, pairs of pairs and so on, by table, instead of one after the other. It is **not** Modbus,
whose register keeps both bytes.
"""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

POLYNOMIAL = 0xA001
FOLDS = 6  # 2**6 = 64 bytes are folded into one before the frame is walked
BLOCK = 1 << FOLDS


def _shifted(register: int) -> int:
    for _ in range(8):
        register = (register >> 1) ^ (POLYNOMIAL if register & 1 else 0)
    return register


SHIFTED = np.array([_shifted(x) for x in range(256)], np.uint16)
STEP = (SHIFTED >> 8).astype(np.uint8)  # L


def _fold_tables() -> list[Bytes]:
    """Tables over a little-endian pair of bytes: the state after 2, 4, 8 … bytes from those of its halves."""
    pair = np.arange(65536, dtype=np.uint32)
    first, second = (pair & 255).astype(np.uint8), (pair >> 8).astype(np.uint8)
    tables, power = [STEP[STEP[first] ^ second]], STEP[STEP]
    for _ in range(FOLDS - 1):
        tables.append(power[first] ^ second)
        power = power[power]
    return tables


FOLD = _fold_tables()
ACROSS_BLOCK = STEP  # L ** BLOCK, by squaring
for _ in range(FOLDS):
    ACROSS_BLOCK = ACROSS_BLOCK[ACROSS_BLOCK]
REGISTER = np.zeros(256, np.uint16)  # the whole register, told by its high byte
REGISTER[STEP] = SHIFTED


def _modbus_fold_tables() -> list[NDArray[np.uint16]]:
    """Modbus keeps 16 bits: the register after two bytes, and what 2, 4 … 64 bytes of zero make of a
    register."""
    register = np.arange(65536, dtype=np.uint16)
    for _ in range(2):
        register = (register >> 8) ^ SHIFTED[register & 255]
    tables = [register, register]
    for _ in range(FOLDS - 1):
        tables.append(tables[-1][tables[-1]])
    return tables


MODBUS_FOLD = _modbus_fold_tables()


def standard_crc(buffer: Bytes, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint16]:
    """CRC of `buffer[start:end]` by HJ 212-2017 appendix A, one per pair of `start` and `end` (end >
    start)."""
    return _by_width(buffer, start, end, _fold)


def swapped_modbus_crc(buffer: Bytes, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Modbus CRC-16 with its bytes swapped: low byte first, as on a Modbus line (end > start + 1)."""
    return _by_width(buffer, start, end, _fold_modbus).byteswap()


def _by_width(buffer: Bytes, start: NDArray[np.int64], end: NDArray[np.int64], kernel) -> NDArray[np.uint16]:  # type: ignore[no-untyped-def]
    """Run a kernel on frames of about the same length, each laid against the right edge of a zero-filled
    row."""
    crc = np.zeros(len(start), np.uint16)
    length = end - start
    width = -(-length // BLOCK) * BLOCK
    for size in np.unique(width):
        chosen = np.flatnonzero(width == size)
        rows = _right_aligned(buffer, end[chosen], length[chosen], int(size))
        crc[chosen] = kernel(rows, size - length[chosen])
    return crc


def _right_aligned(buffer: Bytes, end: NDArray[np.int64], length: NDArray[np.int64], width: int) -> Bytes:
    begin = end - width
    if len(begin) and begin.min() < 0:  # the first frames of a buffer have too little before them
        buffer = np.concatenate((np.zeros(width, np.uint8), buffer))
        begin = begin + width
    rows = np.lib.stride_tricks.sliding_window_view(buffer, width)[begin]
    column = np.arange(BLOCK, dtype=np.int64)  # a row's padding is shorter than a block
    rows[:, :BLOCK][column < (width - length)[:, None]] = 0
    return rows


def _fold(rows: Bytes, first: NDArray[np.int64]) -> NDArray[np.uint16]:
    rows[np.arange(len(rows)), first] ^= 0xFF  # the register's 0xFFFF; zeros before it leave the state zero
    for table in FOLD:
        rows = table.take(rows.view("<u2"))
    state = rows[:, 0]
    for block in range(1, rows.shape[1]):
        state = ACROSS_BLOCK[state] ^ rows[:, block]
    return REGISTER[state]


def _fold_modbus(rows: Bytes, first: NDArray[np.int64]) -> NDArray[np.uint16]:
    row = np.arange(len(rows))
    rows[row, first] ^= 0xFF
    rows[row, first + 1] ^= 0xFF
    words = MODBUS_FOLD[0].take(rows.view("<u2"))
    for table in MODBUS_FOLD[1:FOLDS]:
        words = table.take(words[:, ::2]) ^ words[:, 1::2]
    state = words[:, 0]
    for block in range(1, words.shape[1]):
        state = MODBUS_FOLD[FOLDS].take(state) ^ words[:, block]
    return state
