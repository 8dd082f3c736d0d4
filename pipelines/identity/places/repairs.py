"""Repairs of a coordinate: what a slip of the pen or a web map may have done to it, undone, and whether that fits.

Here: pure functions on arrays; a repair is judged by the site's other records and by the records of the region.
Not here: tables and decisions (`coordinates`), formulas of the datums (`datums`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from pipelines.identity.distance import km_between
from pipelines.identity.places.datums import Degrees, Point, wgs84_from_bd09, wgs84_from_gcj02

Mask = NDArray[np.bool_]
OUTSIDE = "outside_region"


@dataclass(frozen=True)
class Points:
    """Coordinates in degrees and what they are compared with; NaN where there is nothing to compare with.

    `reference` is the median of the site's records in other profiles, `centre` that of the region's records;
    farther than `limit_km` from the centre lies outside, unless the region has other records near (`neighbours`, their
    number): a region may have several places. `group` numbers the profile of the record, of which `compared` records
    have a reference, whether or not they are among the points.
    """

    given: Point
    reference: Point
    centre: Point
    limit_km: Degrees
    neighbours: NDArray[np.int64]
    group: NDArray[np.int64]
    compared: NDArray[np.int64]


@dataclass(frozen=True)
class Findings:
    """One element per doubted point: its position in the input, the repair and how well that fits.

    `lon_deg`, `lat_deg` are NaN where no repair fits. `distance_km` (before) and `residual_km` (after) are to the
    site's other records where `by_site`, else to the centre of the region; infinite for an impossible latitude.
    `support` counts the records of the profile that fit the same shift, 0 for other kinds.
    """

    row: NDArray[np.int64]
    kind: NDArray[np.str_]
    lon_deg: Degrees
    lat_deg: Degrees
    distance_km: Degrees
    residual_km: Degrees
    by_site: Mask
    support: NDArray[np.int64]


@cache
def rules() -> Mapping[str, Any]:
    """Thresholds of `coordinates.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("coordinates.yaml").read_text(encoding="utf-8"))


def distance_km(a: Point, b: Point) -> Degrees:
    """Great-circle distance; infinite where `a` is no point on Earth, NaN where there is no `b`."""
    return np.where(is_possible(a), km_between(a, b), np.inf)


def is_possible(point: Point) -> Mask:
    """Whether longitude and latitude lie within ±180 and ±90 degrees."""
    return (np.abs(point[0]) <= 180) & (np.abs(point[1]) <= 90)


def swapped(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """Longitude and latitude in each other's column."""
    return lat_deg, lon_deg


def decimal_minutes(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """120.1050 written for 120°10.50′; NaN where the minutes would reach 60."""
    return _each(lambda fraction: np.where(fraction < 0.6, fraction * 100 / 60, np.nan), lon_deg, lat_deg)


def minutes_seconds(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """120.1030 written for 120°10′30″; NaN where minutes or seconds would reach 60."""

    def degrees(fraction: Degrees) -> Degrees:
        digits = np.round(fraction * 1e8)  # whole numbers, so that 0.10 is ten minutes and not 9.99
        minutes, seconds = digits // 1e6, digits % 1e6 / 1e4
        return np.where((minutes < 60) & (seconds < 60), minutes / 60 + seconds / 3600, np.nan)

    return _each(degrees, lon_deg, lat_deg)


def _each(fraction_of: Callable[[Degrees], Degrees], lon_deg: Degrees, lat_deg: Degrees) -> Point:
    def one(degrees: Degrees) -> Degrees:
        whole = np.floor(np.abs(degrees))
        return np.sign(degrees) * (whole + fraction_of(np.abs(degrees) - whole))

    return one(lon_deg), one(lat_deg)


Repair = Callable[[Degrees, Degrees], Point]
# A far repair leads from elsewhere into the region; the others are told by the site's other records only.
FAR: tuple[tuple[str, Repair], ...] = (
    ("swapped", swapped),
    ("sign", lambda lon, lat: (-lon, lat)),
    ("sign", lambda lon, lat: (lon, -lat)),
    ("sign", lambda lon, lat: (-lon, -lat)),
)
NOTATION: tuple[tuple[str, Repair], ...] = (
    ("decimal_minutes", decimal_minutes),
    ("minutes_seconds", minutes_seconds),
)
DATUM: tuple[tuple[str, Repair], ...] = (("gcj02", wgs84_from_gcj02), ("bd09", wgs84_from_bd09))
KINDS = (*dict.fromkeys(kind for kind, _ in FAR + NOTATION + DATUM), OUTSIDE)


def find(points: Points) -> Findings:
    """The points to doubt, each with the repair that leaves the least distance, in the order of the input.

    A point that agrees with the site's other records is not doubted, whatever its region: the region code may be wrong.
    """
    rule = rules()
    to_site, to_centre = distance_km(points.given, points.reference), distance_km(points.given, points.centre)
    has_site = np.isfinite(points.reference[0])
    agrees = has_site & (to_site <= rule["same_place_km"])
    impossible = ~is_possible(points.given)
    outside = (impossible | (to_centre > points.limit_km)) & ~agrees
    before = np.where(has_site, to_site, to_centre)

    is_alone = impossible | (points.neighbours < rule["region"]["min_neighbours"])
    kind = np.where(outside & is_alone, OUTSIDE, "").astype("U20")
    best = tuple(np.full_like(before, np.nan) for _ in range(2))
    rest = np.full_like(before, np.inf)
    support = np.zeros(before.shape, np.int64)

    def consider(name: str, repaired: Point, residual: Degrees, fits: Mask, count: NDArray[np.int64] | int = 0) -> None:
        better = fits & is_possible(repaired) & (residual < rest)
        kind[better], rest[better] = name, residual[better]
        best[0][better], best[1][better] = repaired[0][better], repaired[1][better]
        support[better] = count[better] if isinstance(count, np.ndarray) else count

    for name, repair in FAR:
        repaired = repair(*points.given)
        at_site, at_centre = distance_km(repaired, points.reference), distance_km(repaired, points.centre)
        in_region = np.where(np.isfinite(points.limit_km), at_centre <= points.limit_km, impossible)
        # Where the given point is impossible and there is nothing to compare with, any valid repair is worth a look.
        fits = outside & np.where(has_site, at_site <= rule["same_place_km"], in_region)
        consider(name, repaired, np.where(has_site, at_site, np.nan_to_num(at_centre)), fits)
    for name, repair in NOTATION:
        repaired = repair(*points.given)
        residual = distance_km(repaired, points.reference)
        consider(name, repaired, residual, has_site & ~agrees & (residual <= rule["fit_share"] * to_site))
    for name, repair in DATUM:
        near = has_site & _inside(points.given, rule["boxes"][name]) & (to_site >= rule["datum"]["from_km"])
        repaired = np.full_like(before, np.nan), np.full_like(before, np.nan)
        repaired[0][near], repaired[1][near] = repair(points.given[0][near], points.given[1][near])
        residual = distance_km(repaired, points.reference)
        fits = near & (residual <= rule["datum"]["fit_share"] * to_site)
        count, believed = _believed(points, fits, residual)
        consider(name, repaired, residual, believed, count)

    row = np.flatnonzero(kind != "")
    return Findings(
        row, kind[row], best[0][row], best[1][row], before[row], rest[row], has_site[row], support[row]
    )  # fmt: skip


def _inside(point: Point, box: list[float]) -> Mask:
    west, south, east, north = box
    return (point[0] >= west) & (point[0] <= east) & (point[1] >= south) & (point[1] <= north)


def _believed(points: Points, fits: Mask, residual: Degrees) -> tuple[NDArray[np.int64], Mask]:
    """Per point, how many records of its profile fit the same shift, and whether that rules out chance."""
    rule = rules()["datum"]
    fitting = np.bincount(points.group[fits], minlength=int(points.group.max(initial=-1)) + 1)[points.group]
    many = (fitting >= rule["min_records"]) & (fitting >= rule["share"] * points.compared)
    return fitting, fits & (many | (residual <= rule["exact_km"]))
