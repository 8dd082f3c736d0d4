"""Raw rows of a batch of monitors laid out on the calendar: dense arrays, monitors x hours per species.

Here: choosing among re-sent rows, the state of the source, what each flag means, the scatter to
the grid. Not here: SQL, rules of filling.
"""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.monitoring.rules import ORIGINS, STATES, TREATMENTS, Marks

RUNNING, STOPPED = np.uint8(STATES.index("running")), np.uint8(STATES.index("stopped"))
ACCEPT, STOP_MARK = np.uint8(TREATMENTS.index("accept")), np.uint8(TREATMENTS.index("stopped"))
BY_ORIGIN = np.array([TREATMENTS.index(means) if means else 0 for means in [*ORIGINS.values(), ""]], np.uint8)


@dataclass(frozen=True)
class Calendar:
    """Every hour of the feed set's years, local time, with the ordinals of its month and quarter."""

    year_first: int
    year_last: int
    hour_start: NDArray[np.datetime64] = field(init=False)
    month: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        first, end = np.datetime64(f"{self.year_first}-01-01"), np.datetime64(f"{self.year_last + 1}-01-01")
        hours = np.arange(first.astype("M8[h]"), end.astype("M8[h]"))
        object.__setattr__(self, "hour_start", hours)
        object.__setattr__(
            self, "month", hours.astype("M8[M]").astype(np.int64) - first.astype("M8[M]").astype(int)
        )

    @property
    def quarter(self) -> NDArray[np.int64]:
        """Ordinal of the quarter of each hour, 0 for the first."""
        return self.month // 3

    @property
    def year(self) -> NDArray[np.int64]:
        """Ordinal of the year of each hour, 0 for the first."""
        return self.month // 12

    @property
    def quarter_starts(self) -> NDArray[np.datetime64]:
        """First day of each quarter."""
        count = 4 * (self.year_last - self.year_first + 1)
        return (np.datetime64(f"{self.year_first}-01") + 3 * np.arange(count)).astype("M8[D]")

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """First hour and the first hour after the last."""
        return datetime(self.year_first, 1, 1), datetime(self.year_last + 1, 1, 1)


@dataclass
class Record:
    """What a platform's record says beside the value that counts [monitors, hours]; -1 is none."""

    raw_kg: NDArray[np.float64]
    revised_kg: NDArray[np.float64]
    mark: NDArray[np.int32]  # position in mark_texts
    mark_texts: list[str]
    origin: NDArray[np.int32]  # position in ORIGINS


@dataclass
class Series:
    """One species of a batch on the grid [monitors, hours]. `flag` points into `flag_texts`, -1 is none."""

    species: str
    mass_kg: NDArray[np.float64]  # the value that counts: revised where the enterprise's mark is valid
    treatment: NDArray[np.uint8]
    flag: NDArray[np.int32]
    flag_texts: list[str]
    record: Record | None = None

    @property
    def reported_kg(self) -> NDArray[np.float64]:
        """Mass as first reported, before any revision."""
        return self.record.raw_kg if self.record else self.mass_kg

    @property
    def is_reported(self) -> NDArray[np.bool_]:
        """Monitors that reported this species at all [monitors]."""
        return np.any(np.isfinite(self.mass_kg), axis=1)


@dataclass
class Batch:
    """The dense hours of some monitors of one scheme, and what was counted on the way."""

    state: NDArray[np.uint8]  # [monitors, hours], position in STATES
    series: list[Series]
    row_columns: dict[str, pa.Array]  # heat, load and provenance, each [monitors * hours]
    duplicates: int
    marks: list[tuple[str, str, str, str, int]]  # kind, species, mark, meaning, hours


def lay_out(
    raw: pa.Table, shape: tuple[int, int], species: list[str], scheme: str, flags: Marks, states: Marks
) -> Batch:
    """Put raw rows on the grid.

    Of several rows of one hour the last accepted value counts, else the last given one, for each species by
    itself: so a re-sent bad hour does not push out a good one, and an hour told in parts is put together.

    Args:
        raw: columns monitor, hour (ordinals), source_file_id, row_no, operating_fraction, production_state,
            heat_input_gj, gross_load_mwh and per species <s>_mass, <s>_flag; in any order. Species with records of
            platforms have <s>_raw, <s>_revised, <s>_mark, <s>_origin too.
        shape: monitors, hours.
        species: lower-case species codes.
        scheme: platform of the monitors; decides what flags and tags mean.
        flags: meaning of flags.
        states: meaning of production-state tags.
    """
    rows = _Rows(raw, shape)
    state_of_row, state_texts, tag = _read_states(raw, scheme, states)
    kept = rows.pick(state_of_row > 0)
    state = rows.scatter(state_of_row, kept, 0)
    hours = np.bincount(tag[kept] + 1, minlength=len(state_texts) + 1)[1:].tolist()
    marks = [
        ("state", "", text, states.of(scheme, text), n) for text, n in zip(state_texts, hours, strict=True)
    ]
    series, best = [], np.zeros(raw.num_rows, np.int8)
    for code in species:
        mass, treatment, flag, texts = _read_flags(raw, code, scheme, flags)
        marked = _read_record(raw, code, scheme, flags) if f"{code}_origin" in raw.column_names else None
        by_flag = treatment
        if marked:
            treatment = np.where(marked.treatment > 0, marked.treatment, by_flag)
        grade = (treatment > 0).astype(np.int8) + ((treatment == ACCEPT) & np.isfinite(mass))
        np.maximum(best, grade, out=best)
        kept = rows.pick(grade)
        rows.used[kept[grade[kept] > 0]] = True
        on_grid = [rows.scatter(v, kept, no) for v, no in ((mass, np.nan), (treatment, 0), (flag, -1))]
        series.append(Series(code, on_grid[0], on_grid[1], on_grid[2], texts))
        state[(series[-1].treatment == STOP_MARK) & (state == 0)] = STOPPED  # a tag of the source goes before it
        marks += _count_marks("flag", code, flag[kept], by_flag[kept], texts)
        if marked:
            series[-1].record = marked.on_grid(rows, kept)
            marks += _count_marks("mark", code, marked.mark[kept], marked.by_mark[kept], marked.texts)
            marks += _count_marks("origin", code, marked.origin[kept], BY_ORIGIN[marked.origin[kept]], list(ORIGINS))
    kept = rows.pick(best)
    rows.used[kept] = True
    row_columns = {name: rows.take(name, kept) for name in ("source_file_id", "row_no")}
    for name in ("heat_input_gj", "gross_load_mwh"):
        row_columns[name] = rows.take(name, rows.pick(np.isfinite(_numbers(raw, name))))
    return Batch(state, series, row_columns, int(np.count_nonzero(~rows.used)), marks)


class _Rows:
    """Raw rows and the cell of the grid each belongs to; several rows may share one."""

    def __init__(self, raw: pa.Table, shape: tuple[int, int]) -> None:
        self.raw, self.shape = raw, shape
        self.cell = _numbers(raw, "monitor").astype(np.int64) * shape[1] + _numbers(raw, "hour")
        self.used = np.zeros(raw.num_rows, bool)
        count = np.bincount(self.cell)[self.cell]
        self.single, self.shared = np.flatnonzero(count == 1), np.flatnonzero(count > 1)
        shared = raw.select(["source_file_id", "row_no"]).take(pa.array(self.shared))
        files = shared.column("source_file_id").to_numpy(zero_copy_only=False).astype(str)
        # the order of file and row decides which row is the last, never the order in the table
        self.shared = self.shared[np.lexsort((_numbers(shared, "row_no"), files))]

    def pick(self, grade: NDArray) -> NDArray[np.int64]:
        """One row per cell: the highest grade, of several the last."""
        ordered = self.shared[np.lexsort((grade[self.shared], self.cell[self.shared]))]  # stable
        is_last = np.diff(self.cell[ordered], append=-1) != 0
        return np.concatenate((self.single, ordered[is_last]))

    def scatter(self, values: NDArray, kept: NDArray[np.int64], empty: float) -> NDArray:
        grid = np.full(self.shape[0] * self.shape[1], empty, values.dtype)
        grid[self.cell[kept]] = values[kept]
        return grid.reshape(self.shape)

    def take(self, name: str, kept: NDArray[np.int64]) -> pa.Array:
        """Column of the kept rows on the grid, flat; null where there is no row."""
        row = self.scatter(np.arange(self.raw.num_rows), kept, -1).reshape(-1)
        column = self.raw.column(name)
        if pa.types.is_string(column.type):
            column = pc.dictionary_encode(column)
        return column.combine_chunks().take(pa.array(row, mask=row < 0))


def _read_flags(
    raw: pa.Table, species: str, scheme: str, flags: Marks
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int32], list[str]]:
    """Mass, treatment, flag index and flag texts of one species, per raw row."""
    mass = _numbers(raw, f"{species}_mass")
    flag, texts = _words(raw, f"{species}_flag")
    meaning = np.array([TREATMENTS.index(flags.of(scheme, text)) for text in [*texts, None]], np.uint8)
    treatment = meaning[flag]  # index -1 is the last one: no flag
    treatment[(flag < 0) & ~np.isfinite(mass)] = 0
    return mass, treatment, flag, texts


@dataclass(frozen=True)
class _Marked:
    """Records of one species, per raw row: mark and origin with what they make of the value (0 is nothing)."""

    raw_kg: NDArray[np.float64]
    revised_kg: NDArray[np.float64]
    mark: NDArray[np.int32]
    texts: list[str]
    by_mark: NDArray[np.uint8]
    origin: NDArray[np.int32]

    @property
    def treatment(self) -> NDArray[np.uint8]:
        """A mark of a stop decides, then the origin, then another mark, which replaces the instrument's flag."""
        by_origin = BY_ORIGIN[self.origin]
        return np.where((by_origin > 0) & (self.by_mark != STOP_MARK), by_origin, self.by_mark)

    def on_grid(self, rows: _Rows, kept: NDArray[np.int64]) -> Record:
        raw_kg, revised_kg = (rows.scatter(v, kept, np.nan) for v in (self.raw_kg, self.revised_kg))
        mark, origin = (rows.scatter(v, kept, -1) for v in (self.mark, self.origin))
        return Record(raw_kg, revised_kg, mark, self.texts, origin)


def _read_record(raw: pa.Table, species: str, scheme: str, flags: Marks) -> _Marked:
    mark, texts = _words(raw, f"{species}_mark")
    by_mark = np.array([TREATMENTS.index(flags.of(scheme, text)) for text in texts] + [0], np.uint8)[mark]
    origin, words = _words(raw, f"{species}_origin")
    place = np.array([*(list(ORIGINS).index(word) for word in words), -1], np.int32)
    raw_kg, revised_kg = (_numbers(raw, f"{species}_{name}") for name in ("raw", "revised"))
    return _Marked(raw_kg, revised_kg, mark, texts, by_mark, place[origin])


def _read_states(
    raw: pa.Table, scheme: str, states: Marks
) -> tuple[NDArray[np.uint8], list[str], NDArray[np.int32]]:
    """State per raw row: the tag decides; without a tag the operating fraction, if there is one."""
    tag, texts = _words(raw, "production_state")
    meaning = np.array([STATES.index(states.of(scheme, text)) for text in [*texts, None]], np.uint8)
    fraction = _numbers(raw, "operating_fraction")
    by_fraction = np.where(fraction > 0, RUNNING, np.where(fraction == 0, STOPPED, np.uint8(0)))
    return np.where(tag < 0, by_fraction, meaning[tag]).astype(np.uint8), texts, tag


def _count_marks(
    kind: str, species: str, flag: NDArray[np.int32], treatment: NDArray[np.uint8], texts: list[str]
) -> list[tuple[str, str, str, str, int]]:
    counts = np.bincount((flag + 1) * len(TREATMENTS) + treatment, minlength=1)
    return [
        (
            kind,
            species,
            texts[at // len(TREATMENTS) - 1] if at >= len(TREATMENTS) else "",
            TREATMENTS[at % len(TREATMENTS)],
            int(counts[at]),
        )
        for at in np.flatnonzero(counts)
        if at % len(TREATMENTS)
    ]


def _numbers(raw: pa.Table, name: str) -> NDArray:
    """Column as numpy; nulls of a float column become NaN."""
    return raw.column(name).to_numpy(zero_copy_only=False)


def _words(raw: pa.Table, name: str) -> tuple[NDArray[np.int32], list[str]]:
    """Text column as index (-1 for null or blank) and distinct texts, sorted: row order must not show."""
    column = pc.dictionary_encode(raw.column(name)).combine_chunks()
    found = column.dictionary.to_pylist()
    texts = sorted(text for text in found if text.strip())
    place = np.array([texts.index(text) if text.strip() else -1 for text in found] + [-1], np.int32)
    return place[pc.fill_null(column.indices, len(found)).to_numpy(zero_copy_only=False)], texts
