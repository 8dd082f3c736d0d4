"""Seeded Monte Carlo of sums of lognormal figures, in blocks so that memory stays bounded.

Here: arrays in, intervals out. Not here: SQL (`build.py`), how uncertain a figure is (dbt).

A term of mass m is drawn as m · exp(σo·Zo + σs·Zs − (σo² + σs²)/2), so that its mean is m. Zs is the same draw for all
terms of one shared key, Zo for all terms of one own key. Every key has its own stream, seeded by a hash of the key:
a plant that comes or goes changes no other plant's draws, and neither order nor block size changes any.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 10_000
BLOCK = 256  # terms drawn at a time: some 80 MB
LOWER, UPPER = 0.025, 0.975

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Terms:
    """Parts of the totals of one species and year, all arrays [terms].

    `groups` numbers the totals that each term is part of, inner level first: sites, then rows of `emission_yearly`.
    Numbers of a level never decrease along the terms, and an inner total lies whole in one outer total. `members` gives
    for each outer total the numbers of the regions that hold it.
    """

    mass_kg: Floats
    sigma_own: Floats
    sigma_shared: Floats
    own_key: Sequence[str]
    shared_key: Sequence[str]
    groups: tuple[Integers, ...]
    members: Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class Intervals:
    """Totals of one level: number [totals]; mean, 2.5 and 97.5 percentile, kg [totals × 3]."""

    number: Integers
    mass_kg: Floats


def simulate(terms: Terms, draws: int = DRAWS, block: int = BLOCK) -> list[Intervals]:
    """Intervals of every level of `terms.groups`, and last of the regions.

    Args:
        terms: parts of the totals; see there.
        draws: number of draws.
        block: terms drawn at a time; changes memory, and the result only by the rounding of its sums.
    """
    levels = [_Level(draws) for _ in terms.groups]
    regions: dict[int, Floats] = {}
    shared: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(terms.mass_kg), block):
        piece = slice(start, start + block)
        sums, numbers = _draw(terms, piece, shared, draws), [group[piece] for group in terms.groups]
        for level, running in enumerate(levels):
            starts = np.flatnonzero(np.diff(numbers[level], prepend=-1))
            sums = np.add.reduceat(sums, starts, axis=0)
            numbers = [number[starts] for number in numbers]
            running.add(numbers[level], sums)
        for number, total in zip(numbers[-1].tolist(), sums, strict=True):
            for region in terms.members.get(number, ()):
                regions[region] = regions[region] + total if region in regions else total.copy()
    last = _Level(draws)
    for region in sorted(regions):
        last.add(np.array([region]), regions[region][None, :])
    return [level.intervals() for level in [*levels, last]]


def stream(key: str, draws: int) -> NDArray[np.float32]:
    """Standard normal draws [draws] that belong to this key for ever."""
    seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.SFC64(seed)).standard_normal(draws, dtype=np.float32)


def _draw(terms: Terms, piece: slice, shared: dict[str, NDArray[np.float32]], draws: int) -> Floats:
    own = np.stack([stream(key, draws) for key in terms.own_key[piece]])
    for key in terms.shared_key[piece]:
        if key not in shared:
            shared[key] = stream(key, draws)
    sigma_own, sigma_shared = terms.sigma_own[piece, None], terms.sigma_shared[piece, None]
    own *= sigma_own.astype(np.float32)
    common = np.stack([shared[key] for key in terms.shared_key[piece]])
    common *= sigma_shared.astype(np.float32)
    own += common
    np.exp(own, out=own)
    scale = terms.mass_kg[piece, None] * np.exp(-(sigma_own**2 + sigma_shared**2) / 2)
    return own * scale


class _Level:
    """Totals of one level, behind each other; the last one of a block may go on in the next, so it stays open."""

    def __init__(self, draws: int) -> None:
        self.open: tuple[Integers, Floats] = (np.empty(0, np.int64), np.empty((0, draws)))
        self.numbers: list[Integers] = [self.open[0]]
        self.masses: list[Floats] = [np.empty((0, 3))]

    def add(self, numbers: Integers, sums: Floats) -> None:
        """Take the totals [totals × draws] of a block."""
        open_number, open_sums = self.open
        if open_number.size and open_number[0] == numbers[0]:
            sums = np.concatenate([sums[:1] + open_sums, sums[1:]])  # the caller's sums stay those of the block
        else:
            self._close(open_number, open_sums)
        self._close(numbers[:-1], sums[:-1])
        self.open = numbers[-1:], sums[-1:].copy()

    def intervals(self) -> Intervals:
        """What became of all totals."""
        self._close(*self.open)
        return Intervals(np.concatenate(self.numbers), np.concatenate(self.masses))

    def _close(self, numbers: Integers, sums: Floats) -> None:
        if numbers.size:
            bounds = np.quantile(sums, (LOWER, UPPER), axis=1)
            self.numbers.append(numbers)
            self.masses.append(np.column_stack([sums.mean(axis=1), bounds[0], bounds[1]]))
