"""Records: what a segment says of one pollutant or quantity, and what the frame is.

Here: the kinds of frames (data, part of a set, without data, malformed) and the values of each code. Not
here: the meaning of codes and units (`hours`), repeats and sets across frames (`settle`, `sets`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.hj212.fields import Fields, Index, cut_fields, decode
from pipelines.hj212.judge import Refusal
from pipelines.hj212.words import say

# HJ 212-2017 table 6 (CN): the commands that carry values of pollutants or states.
DATA_COMMANDS = ("2011", "2051", "2061", "2031")
VERSIONS = {0: "2005", 1: "2017", 2: "2025"}
# HJ 212-2017 table 8: what stands behind the code, and the column it goes to. Folded minima and maxima are
# not kept.
SUFFIXES = {b"Rtd": "avg", b"Avg": "avg", b"Min": "min", b"Max": "max", b"Cou": "cou",
            b"ZsRtd": "zs_avg", b"ZsAvg": "zs_avg", b"Flag": "flag"}  # fmt: skip
VALUES = ("avg", "min", "max", "cou", "zs_avg")
COLUMNS = {name: number for number, name in enumerate((*VALUES, "flag"))}
NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$"


@dataclass(frozen=True)
class Parsed:
    """Segments in the order given: `head` has a row each, `records` a row per segment and code.

    Columns of head: mn, cn, st, qn, data_time, is_resent, protocol_version, pnum, pno, outcome (rows, part,
    no_data, rejected). Columns of records: frame (row of head), code, avg, min, max, cou, zs_avg, flag, text
    (a value that is no number, as it stands).
    """

    head: dict[str, pa.Array]
    records: pa.Table
    refusals: dict[int, Refusal]


def parse(buffer: NDArray[np.uint8], start: Index, end: Index) -> Parsed:
    """Read the segments `buffer[start:end]`; they lie in order and apart."""
    fields = cut_fields(buffer, start, end)
    time_field = fields.first(b"DataTime", in_data=True)
    data_time = fields.times(time_field)
    text = {name: fields.texts(fields.first(name)) for name in (b"MN", b"CN", b"ST", b"QN", b"RF")}
    number = {name: fields.numbers(fields.first(name)) for name in (b"Flag", b"PNUM", b"PNO")}
    split_name = [name.strip().rpartition(b"-") for name in fields.names]
    is_coded = np.array([bool(dash and code) for code, dash, _ in split_name], bool)
    coded = np.flatnonzero(is_coded[fields.name] & fields.is_data & fields.is_closed[fields.frame])

    is_command = _is_in(text[b"CN"], DATA_COMMANDS)
    has_codes = np.zeros(len(start), bool)
    has_codes[fields.frame[coded]] = True
    is_part = is_command & (number[b"PNUM"] > 1)
    refusals = _refusals(buffer, start, fields, text, number, is_command, has_codes & ~is_part, time_field, data_time)
    is_refused = np.zeros(len(start), bool)
    is_refused[list(refusals)] = True
    is_rows = is_command & has_codes & ~is_part & ~is_refused
    outcome = np.select([is_refused, is_part, is_rows], ["rejected", "part", "rows"], "no_data")
    head = {
        "mn": text[b"MN"], "cn": text[b"CN"], "st": text[b"ST"], "qn": text[b"QN"],
        "data_time": pa.array(data_time, pa.timestamp("s")),
        "is_resent": pa.array(_is_in(text[b"RF"], ("1",))),
        "protocol_version": pa.array(_versions(number[b"Flag"]), pa.string()),
        "pnum": pa.array(number[b"PNUM"], mask=number[b"PNUM"] < 0),
        "pno": pa.array(number[b"PNO"], mask=number[b"PNO"] < 0),
        "outcome": pa.array(outcome, pa.string()),
    }  # fmt: skip
    return Parsed(head, _records(fields, coded[is_rows[fields.frame[coded]]], split_name), refusals)


def _refusals(
    buffer: NDArray[np.uint8], start: Index, fields: Fields, text: dict[bytes, pa.Array], number: dict[bytes, Index],
    is_command: NDArray[np.bool_], has_codes: NDArray[np.bool_], time_field: Index, data_time: NDArray[np.datetime64],
) -> dict[int, Refusal]:  # fmt: skip
    found: dict[int, Refusal] = {}

    def refuse(where: NDArray[np.bool_], column: str, values: pa.Array | None, fault: str) -> None:
        for frame in np.flatnonzero(where).tolist():
            value = values[frame].as_py() if values is not None else None
            shown = value.encode() if value is not None else bytes(buffer[start[frame] : start[frame] + 80])
            found.setdefault(frame, Refusal("frame_malformed", column, shown, say(fault)))

    refuse(~fields.is_closed, "CP", None, "no_data_area")
    is_number = pc.fill_null(pc.match_substring_regex(text[b"CN"], r"^\d{4}$"), False).to_numpy(zero_copy_only=False)
    refuse(~is_number, "CN", text[b"CN"], "no_command")
    pnum, pno = number[b"PNUM"], number[b"PNO"]
    refuse(is_command & (pnum > 1) & ((pno < 1) | (pno > pnum)), "PNO", fields.texts(fields.first(b"PNO")),
           "wrong_packet")  # fmt: skip
    carries = is_command & (has_codes | (pnum > 1))
    no_logger = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(text[b"MN"]), ""), True).to_numpy(zero_copy_only=False)
    refuse(carries & no_logger, "MN", text[b"MN"], "no_logger")
    refuse(has_codes & is_command & np.isnat(data_time), "DataTime", fields.texts(time_field), "no_time")
    silent = is_command & ~has_codes & (pnum <= 1) & fields.is_closed
    silent[fields.frame[fields.is_data]] = False  # a request for data, or a time without values: nothing is lost
    silent &= _has_text(buffer, fields)
    refuse(silent, "CP", None, "no_fields")
    return found


def _has_text(buffer: NDArray[np.uint8], fields: Fields) -> NDArray[np.bool_]:
    """Segments with a third byte other than & after CP=."""
    if len(fields.frame) == 0:
        return np.zeros(fields.count, bool)
    at = np.minimum(fields.value_start[fields.opening] + 2, len(buffer) - 1)
    return (fields.opening >= 0) & (buffer[at] != ord("&"))


def _is_in(texts: pa.Array, words: tuple[str, ...]) -> NDArray[np.bool_]:
    return pc.is_in(texts, value_set=pa.array(words, pa.string())).to_numpy(zero_copy_only=False)


def _versions(flag: Index) -> NDArray[np.object_]:
    """HJ 212-2017 table 4, HJ 212-2025: bits 7 to 2 of Flag; HJ/T 212-2005 has no Flag or version 0."""
    version = np.maximum(flag, 0) >> 2
    names = np.array([VERSIONS.get(v, f"unknown {v}") for v in range(int(version.max(initial=0)) + 1)], object)
    return names[version]


def _records(fields: Fields, chosen: Index, split_name: list[tuple[bytes, bytes, bytes]]) -> pa.Table:
    """One row per frame and code, in order of frames; fields of a code need not stand together."""
    codes = list(dict.fromkeys(code for code, _, _ in split_name)) or [b""]
    code_of_name = np.array([codes.index(code) for code, _, _ in split_name] or [0])
    column_of_name = np.array(
        [COLUMNS.get(SUFFIXES.get(suffix, ""), 255) for _, _, suffix in split_name] or [255], np.uint8
    )
    name = fields.name[chosen]
    row, frame, code = _rows(fields.frame[chosen], code_of_name[name], len(codes), fields.count)
    column = column_of_name[name]
    table: dict[str, pa.Array] = {"frame": pa.array(frame), "code": pa.DictionaryArray.from_arrays(
        pa.array(code.astype(np.int32)), pa.array([decode(c) for c in codes], pa.string()))}  # fmt: skip
    odd_row, odd_text = [], []
    for value in VALUES:
        at = np.flatnonzero(column == COLUMNS[value])
        values, odd, text = _numbers(fields, chosen[at])
        target = np.full(len(frame), np.nan)
        target[row[at]] = values
        table[value] = pa.array(target, mask=np.isnan(target))
        odd_row.append(row[at][odd])
        odd_text.append(text)
    at = np.flatnonzero(column == COLUMNS["flag"])
    table["flag"] = _scatter(len(frame), row[at], fields.texts(chosen[at])).dictionary_encode()
    table["text"] = _scatter(len(frame), np.concatenate(odd_row), pa.concat_arrays(odd_text)).dictionary_encode()
    return pa.table(table)


def _rows(frame: Index, code: Index, codes: int, frames: int) -> tuple[Index, Index, Index]:
    """Row of each field in a table with one row per frame and code; frame and code of each row."""
    key = frame * codes + code
    if frames * codes > 1 << 27:  # so many codes only in a file of nonsense: sort instead of marking a plane
        unique, row = np.unique(key, return_inverse=True)
    else:
        seen = np.zeros(frames * codes, bool)
        seen[key] = True
        unique, row = np.flatnonzero(seen), (np.cumsum(seen) - 1)[key]
    return row, unique // codes, unique % codes


def _numbers(fields: Fields, field: Index) -> tuple[NDArray[np.float64], Index, pa.Array]:
    """Values as numbers (NaN if none), the places that are no number, and their texts."""
    texts = fields.texts(field)
    try:
        values = texts.cast(pa.float64()).to_numpy(zero_copy_only=False)
        if np.isfinite(values).all():
            return values, np.zeros(0, np.int64), texts.slice(0, 0)
    except pa.ArrowInvalid:
        pass
    fine = pc.fill_null(pc.match_substring_regex(texts, NUMBER), False)
    values = pc.if_else(fine, pc.utf8_trim_whitespace(texts), pa.scalar(None, pa.string())).cast(pa.float64())
    values = values.to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(~fine.to_numpy(zero_copy_only=False))
    return np.where(np.isfinite(values), values, np.nan), odd, texts.take(pa.array(odd))


def _scatter(size: int, row: Index, texts: pa.Array) -> pa.Array:
    source = np.full(size, -1, np.int64)
    source[row] = np.arange(len(row))
    return texts.take(pa.array(source, mask=source < 0))
