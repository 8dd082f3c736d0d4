"""What goes wrong on the way from a logger to a file: where it happens, and what it does to the values sent.

Here: the choice of hours, slips of unit and sign in the values of a batch. Not here: broken frames
(`broken`), marks of the national platform (`exports`), and what the instruments themselves do (`stack`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.sample import feed
from pipelines.sample.monitoring.loggers import FAMILIES, SPECIAL
from pipelines.sample.monitoring.stack import FLAGS, MEASURED, N, Signals
from pipelines.sample.world import World

SLIP_DAYS = 6
FOLDED_DAYS = 3
# special wiring that the feed's profile knows: the value must come out right
WIRING = {"hj212_flow_wet": 4, "hj212_flow_working": 4, "hj212_flow_m3_h": 5, "province_ppm": 6}
UNKNOWN = len(FLAGS)  # a letter that no table of flags has
LETTERS = np.append(FLAGS, "X")
NO_MASS = "no accepted mass"
SINGLE = tuple(FAMILIES[i].name for i in SPECIAL)  # families of one logger
EACH = 2  # planted per kind where a kind is one hour or one frame


@dataclass(frozen=True)
class Mishap:
    """Hours [begin, end) of the outlet `rank` are met by `kind`; `part_d` is the number of the mistake it invites."""

    kind: str
    rank: int
    begin: int
    end: int
    part_d: int
    expected: str = ""


@dataclass
class Batch:
    """Values of some rows as they are sent: outlets `rank`, hours `hour`; nan is an empty value.

    flow: m3/h (dry, standard, unless a mishap says otherwise). mg, kg, flag: by species; flag −1: not measured.
    """

    rank: np.ndarray
    hour: np.ndarray
    flow: np.ndarray
    oxygen: np.ndarray
    temperature: np.ndarray
    moisture: np.ndarray
    mg: dict[str, np.ndarray]
    folded: dict[str, np.ndarray]
    kg: dict[str, np.ndarray]
    flag: dict[str, np.ndarray]
    tag: np.ndarray


def batch(world: World, signals: Signals, ranks: np.ndarray, hours: slice, by_hour: bool) -> Batch:
    """All rows that arrived of these outlets and hours, by outlet and hour, or (as they come in) by hour and outlet."""
    arrived = signals.arrived[ranks, hours]
    if by_hour:
        hour, place = np.nonzero(arrived.T)
    else:
        place, hour = np.nonzero(arrived)
    rank, hour = ranks[place], hour + hours.start
    at = (rank, hour)
    oxygen = signals.oxygen[at]
    reference = world.outlets["ref_o2"].to_numpy()[signals.rows][rank]
    fold = np.where(reference > 0, (21 - reference) / np.maximum(21 - oxygen, 0.05), 1.0)
    mg = {s: signals.concentration[s][at] for s in MEASURED}
    return Batch(
        rank, hour, signals.flow[at], oxygen, signals.temperature[at], signals.moisture[at], mg,
        {s: np.round(value * fold, 2) for s, value in mg.items()},
        {s: signals.mass[s][at] for s in MEASURED}, {s: signals.flag[s][at] for s in MEASURED}, signals.tag[at],
    )  # fmt: skip


@dataclass
class Spots:
    """Hours in which nothing is amiss yet; each is given away once."""

    world: World
    signals: Signals
    family: np.ndarray
    rng: np.random.Generator
    free: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        s = self.signals
        self.free = s.arrived & s.running & (s.flow > 0) & ((s.tag == 0) | (s.tag == 3)) & (s.mass["NOx"] > 0.05)
        for species in MEASURED:
            self.free &= (s.flag[species] == N) | (s.flag[species] < 0)

    def of(self, *names: str) -> np.ndarray:
        """Outlets whose loggers belong to these families and have enough good hours."""
        wanted = [i for i, family in enumerate(FAMILIES) if family.name in names or family.form in names]
        return np.flatnonzero(np.isin(self.family, wanted) & (self.free.sum(axis=1) > 200))

    def hours(self, ranks: np.ndarray, count: int = EACH) -> list[tuple[int, int]]:
        """Good hours of these outlets, apart from each other and never the first or last of a month."""
        found: list[tuple[int, int]] = []
        for _ in range(count if len(ranks) else 0):
            rank = int(self.rng.choice(ranks))
            good = np.flatnonzero(self.free[rank])
            good = good[~np.isin(good, self.world.month_starts) & ~np.isin(good + 1, self.world.month_starts)]
            if not len(good):
                continue
            hour = int(self.rng.choice(good))
            self.free[rank, max(0, hour - 1) : hour + 2] = False
            found.append((rank, hour))
        return found

    def one(self, *names: str) -> list[tuple[int, list[int]]]:
        """An outlet of these families for a mishap of many hours, with some good hours; no other mishap meets it then.

        Empty if there is none to spare.
        """
        ranks = self.of(*names)
        if len(ranks) < (1 if len(names) == 1 and names[0] in SINGLE else 2):
            return []
        rank = int(self.rng.choice(ranks))
        hours = [hour for _, hour in self.hours(np.array([rank]))]
        self.free[rank] = False
        return [(rank, hours)]


def right(signals: Signals, rank: int, hour: int) -> str:
    """What the inventory should hold for this hour, as the list of defects says it."""
    return f"NOx {signals.mass['NOx'][rank, hour]:.4f} kg"


def choose(spots: Spots) -> list[Mishap]:
    """Slips of whole spans and of single hours, for every form of file."""
    world, signals, rng = spots.world, spots.signals, spots.rng
    month = int(rng.integers(world.months))
    a, b = (int(x) for x in world.month_starts[month : month + 2])

    def days(count: int) -> tuple[int, int]:
        begin = int(rng.integers(24, max(25, world.hours - 24 * count)))
        return begin, min(begin + 24 * count, world.hours)

    found = [Mishap("flow_in_m3_h", r, a, b, 5, "slip 3600") for r, _ in spots.one("hj212_2017")]
    found += [Mishap("mass_in_g", r, *days(SLIP_DAYS), 5, "slip 1/1000") for r, _ in spots.one("hj212_2017")]
    found += [Mishap("flow_not_in_1e4_m3", r, a, b, 5, "slip 10000") for r, _ in spots.one("province")]
    found += [Mishap("folded_only", r, *days(FOLDED_DAYS), 3, NO_MASS) for r, _ in spots.one("hj212_2017")]
    for rank, hours in spots.one("hj212_2017"):
        found.append(Mishap("no_as_nox", rank, 0, world.hours, 6))  # the habit itself is no row of the list
        found += [Mishap("no_as_nox", rank, h, h + 1, 6, right(signals, rank, h)) for h in hours]
    for name, part_d in WIRING.items():
        kept = spots.one(name)
        found += [Mishap(name, r, h, h + 1, part_d, right(signals, r, h)) for r, hours in kept for h in hours]
    for kind, names, part_d, expected in (
        ("negative_mass", ("telegram",), 5, "notice out_of_band"),
        ("negative_mass", ("province",), 5, "out_of_band"),
        ("unknown_flag", ("telegram", "province", "platform"), 2, NO_MASS),
    ):
        places = spots.hours(spots.of(*names))
        found += [Mishap(kind, r, h, h + 1, part_d, expected) for r, h in places]
    return found + _situations(spots)


def _situations(spots: Spots) -> list[Mishap]:
    """Hours that need no planting: flags that are no measurement, zero drift under a stop, edges of months."""
    signals, found = spots.signals, []
    for number, letter in enumerate(FLAGS):
        if letter == "N":
            continue
        at = np.argwhere((signals.flag["NOx"] == number) & signals.running & signals.arrived)
        for rank, hour in spots.rng.permutation(at)[:EACH]:
            found.append(Mishap(f"flag_{letter}", int(rank), int(hour), int(hour) + 1, 2, NO_MASS))
    drift = np.argwhere((signals.tag == 2) & (signals.mass["NOx"] > 0) & signals.arrived)
    for rank, hour in spots.rng.permutation(drift)[:EACH]:
        found.append(Mishap("zero_drift_in_stop", int(rank), int(hour), int(hour) + 1, 2, "stopped, 0 kg"))
    last = np.argwhere(spots.free[:, spots.world.month_starts[1:] - 1])
    for rank, month in spots.rng.permutation(last)[:EACH]:
        hour = int(spots.world.month_starts[1 + month]) - 1
        kept = right(signals, int(rank), hour)
        found.append(Mishap("stamp_is_the_start", int(rank), hour, hour + 1, 10, kept))
    return found


def _times(values: dict[str, np.ndarray], rows: np.ndarray, factor: float) -> None:
    for value in values.values():
        value[rows] = value[rows] * factor


def _flow_in_m3_h(sent: Batch, rows: np.ndarray) -> None:
    sent.flow[rows] *= 3600


def _flow_not_in_1e4_m3(sent: Batch, rows: np.ndarray) -> None:
    sent.flow[rows] *= 10_000


def _mass_in_g(sent: Batch, rows: np.ndarray) -> None:
    _times(sent.kg, rows, 1000)


def _negative_mass(sent: Batch, rows: np.ndarray) -> None:
    for value in sent.kg.values():
        value[rows] = -np.abs(value[rows]) - 0.001


def _unknown_flag(sent: Batch, rows: np.ndarray) -> None:
    for flag in sent.flag.values():
        flag[rows] = np.where(flag[rows] >= 0, UNKNOWN, -1)


def _folded_only(sent: Batch, rows: np.ndarray) -> None:
    for values in (sent.mg, sent.kg):
        _times(values, rows, np.nan)


SLIPS: dict[str, Callable[[Batch, np.ndarray], None]] = {
    "flow_in_m3_h": _flow_in_m3_h,
    "flow_not_in_1e4_m3": _flow_not_in_1e4_m3,
    "mass_in_g": _mass_in_g,
    "negative_mass": _negative_mass,
    "unknown_flag": _unknown_flag,
    "folded_only": _folded_only,
}


def spoil(sent: Batch, mishaps: Sequence[Mishap]) -> list[tuple[Mishap, np.ndarray]]:
    """Let the mishaps happen to a batch; those that met it, with the rows they met."""
    met = []
    for mishap in mishaps:
        rows = np.flatnonzero((sent.rank == mishap.rank) & (sent.hour >= mishap.begin) & (sent.hour < mishap.end))
        if len(rows):
            met.append((mishap, rows))
            if mishap.kind in SLIPS:
                SLIPS[mishap.kind](sent, rows)
    return met


def plant(
    defects: feed.Defects,
    world: World,
    mishap: Mishap,
    file: str,
    row: int,
    number: str,
    header_lines: int = feed.HEADER_LINES,
) -> None:
    """Note a mishap: the record is the logger's number and the hours, `MN begin/end` (end exclusive, ISO 8601)."""
    raw = mishap.expected.startswith("notice") or "_" in mishap.expected or mishap.expected.startswith("duplicate")
    record = f"{number} {world.start + mishap.begin}/{world.start + mishap.end}"
    stage = "raw" if raw else "monitoring"
    defects.plant(file, row, record, mishap.kind, "", stage, mishap.expected, mishap.part_d, header_lines)
