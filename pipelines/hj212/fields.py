"""Fields of data segments: names, values, header columns, the data time. All frames of a block at once.

Here: cutting segments at `;` `,` `&` and `=`, and reading the fields of the head. Not here: pollutant values
(`records`), frames and their CRC (`frames`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Index = NDArray[np.int64]

SEPARATORS = b";,&="
TIME_DIGITS = 14  # YYYYMMDDhhmmss; loggers also send fewer (the hour) or more (milliseconds)
TIME_LENGTHS = (8, 10, 12, 14, 17)


@dataclass(frozen=True)
class Fields:
    """Fields `name=value` of some segments in order. `frame` is the segment each belongs to."""

    buffer: NDArray[np.uint8]
    count: int  # of segments
    frame: Index
    name: Index  # position in `names`
    names: list[bytes]
    value_start: Index
    value_end: Index
    pieces: pa.Array  # of four per field: name, "=", value, what lies between
    opening: Index  # field CP of each segment, -1 if none
    is_closed: NDArray[np.bool_]  # the segment is …CP=&&…&&

    @cached_property
    def is_data(self) -> NDArray[np.bool_]:
        """Fields in the data area (after CP)."""
        return np.arange(len(self.frame)) > self.opening[self.frame]

    def first(self, name: bytes, in_data: bool = False) -> Index:
        """Field of that name in each segment's head (or data area), -1 where there is none."""
        found = np.full(self.count, -1, np.int64)
        if name in self.names:
            at = np.flatnonzero(self.name == self.names.index(name))
            at = at[self.is_data[at] == in_data][::-1]
            found[self.frame[at]] = at
        return found

    def texts(self, field: Index) -> pa.Array:
        """Values of fields as text; null where `field` is -1."""
        taken = self.pieces.take(pa.array(4 * field + 2, mask=field < 0))
        try:
            return taken.cast(pa.string())
        except pa.ArrowInvalid:
            return pa.array([None if v is None else decode(v) for v in taken.to_pylist()], pa.string())

    def numbers(self, field: Index) -> Index:
        """Values of fields as whole numbers of at most six digits; -1 where there is none or it is no
        number."""
        number = np.full(len(field), -1, np.int64)
        chosen = np.flatnonzero(field >= 0)
        end = self.value_end[field[chosen]]
        length = end - self.value_start[field[chosen]]
        back = np.arange(6, 0, -1)
        digits = self.buffer[np.maximum(end[:, None] - back, 0)] - np.uint8(48)
        digits[back > length[:, None]] = 0
        fine = (length > 0) & (length <= 6) & np.all(digits <= 9, axis=1)
        number[chosen[fine]] = digits[fine].astype(np.int64) @ 10 ** (back - 1)
        return number

    def times(self, field: Index) -> NDArray[np.datetime64]:
        """Values of fields as times to the second; NaT where there is none or it is no time."""
        moment = np.full(len(field), np.datetime64("NaT"), "M8[s]")
        chosen = np.flatnonzero(field >= 0)
        start = self.value_start[field[chosen]]
        length = self.value_end[field[chosen]] - start
        column = np.arange(TIME_DIGITS)
        digits = self.buffer[np.minimum(start[:, None] + column, len(self.buffer) - 1)] - np.uint8(48)
        digits[column >= length[:, None]] = 0
        fine = np.isin(length, TIME_LENGTHS) & np.all(digits <= 9, axis=1)
        moment[chosen[fine]] = _moments(digits[fine].astype(np.int64))
        return moment


def decode(value: bytes) -> str:
    """Text of a field in UTF-8 or GB18030."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("gb18030", "replace")


def cut_fields(buffer: NDArray[np.uint8], start: Index, end: Index) -> Fields:
    """Fields of the segments `buffer[start:end]`, which lie in order and apart."""
    is_equal = buffer == ord("=")
    separator = is_equal.copy()
    for sign in SEPARATORS[:-1]:
        separator |= buffer == sign
    cuts = np.flatnonzero(separator)
    follows_equal = is_equal[cuts]
    equal = np.flatnonzero(follows_equal)
    low, high = np.searchsorted(cuts[equal], start), np.searchsorted(cuts[equal], end)
    sizes = high - low
    frame = np.repeat(np.arange(len(start)), sizes)
    if len(frame) < len(equal):  # "=" outside the segments
        equal = equal[np.arange(len(frame)) + np.repeat(low - np.cumsum(sizes) + sizes, sizes)]
    if (follows_equal[1:] & follows_equal[:-1]).any():  # a=b=c: only the first "=" of a field divides it
        is_first = (equal == 0) | ~follows_equal[equal - 1] | (cuts[equal - 1] < start[frame])
        equal, frame = equal[is_first], frame[is_first]
        sizes = np.bincount(frame, minlength=len(start))
    at = cuts[equal]
    bounds = np.concatenate(([-1], cuts, [len(buffer)]))
    name_start, value_end = bounds[equal] + 1, bounds[equal + 2]
    some = sizes > 0
    last = np.cumsum(sizes)[some] - 1
    first = last - sizes[some] + 1
    name_start[first] = np.maximum(name_start[first], start[some])
    value_end[last] = np.minimum(value_end[last], end[some])

    pieces = _pieces(buffer, name_start, at, value_end)
    encoded = pieces.take(pa.array(np.arange(0, 4 * len(at), 4))).dictionary_encode()
    names = [bytes(name) for name in encoded.dictionary.to_pylist()]
    name = encoded.indices.to_numpy().astype(np.int64)  # NumPy indexes fastest by its own integers
    opening = np.full(len(start), -1, np.int64)
    if b"CP" in names:
        openings = np.flatnonzero(name == names.index(b"CP"))[::-1]
        opening[frame[openings]] = openings
    return Fields(
        buffer, len(start), frame, name, names, at + 1, value_end, pieces, opening,
        _closed(buffer, at, opening, end),
    )  # fmt: skip


def _pieces(buffer: NDArray[np.uint8], name_start: Index, equal: Index, value_end: Index) -> pa.Array:
    if len(equal) == 0:
        return pa.array([], pa.binary())
    # Offsets are of 32 bits: a block is at most some tens of MiB (`source.read_blocks`).
    offsets = np.empty((len(equal), 4), np.int32)
    offsets[:, 0], offsets[:, 1], offsets[:, 2], offsets[:, 3] = name_start, equal, equal + 1, value_end
    parts = [None, pa.py_buffer(offsets), pa.py_buffer(buffer)]
    return pa.Array.from_buffers(pa.binary(), 4 * len(equal) - 1, parts)


def _closed(buffer: NDArray[np.uint8], equal: Index, opening: Index, end: Index) -> NDArray[np.bool_]:
    """Segments that hold CP=&&, and && at their end (not the same one)."""
    closed = opening >= 0
    at = equal[opening[closed]] if len(equal) else np.zeros(0, np.int64)
    ends = end[closed]
    after = np.minimum(at + 1, len(buffer) - 2)
    closed[closed] = (
        (ends - 2 >= at + 3)
        & (buffer[after] == ord("&")) & (buffer[after + 1] == ord("&"))
        & (buffer[ends - 1] == ord("&")) & (buffer[ends - 2] == ord("&"))
    )  # fmt: skip
    return closed


def _moments(digits: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Times of rows of 14 digits; NaT for a month 13, a 30 February, an hour 24."""
    parts = [digits[:, a:b] @ 10 ** np.arange(b - a - 1, -1, -1) for a, b in
             ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))]  # fmt: skip
    year, month, day, hour, minute, second = parts
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    date = first.astype("M8[D]") + (day - 1)
    moment = date.astype("M8[s]") + (hour * 3600 + minute * 60 + second)
    fine = (year > 1900) & (month >= 1) & (month <= 12) & (day >= 1) & (date.astype("M8[M]") == first)
    fine &= (hour < 24) & (minute < 60) & (second < 60)
    return np.where(fine, moment, np.datetime64("NaT"))
