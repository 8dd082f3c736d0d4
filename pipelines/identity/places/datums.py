"""Datums of web maps against WGS-84: shifts that are known as formulas.

Here: pure functions on arrays of degrees. Not here: whether a coordinate was shifted (`repairs`).
CGCS2000, the datum of permits, agrees with WGS-84 to centimetres, so the two are one here.

Source: GCJ-02 is not published; the formula is the one in common use since 2010 (project eviltransform, on the
Krasovsky 1940 ellipsoid). BD-09 adds Baidu's own shift (converter of the Baidu map interface). Both are inverted by
iteration.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Point = tuple[Degrees, Degrees]  # longitude, latitude

SEMI_MAJOR_AXIS_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
BAIDU = np.pi * 3000 / 180
ITERATIONS = 8  # the error shrinks at least a hundredfold per step


def gcj02_from_wgs84(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """The shifted position that maps in GCJ-02 show for a true position, in degrees."""
    x, y = lon_deg - 105, lat_deg - 35
    wave = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    east_m = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
        + (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
        + (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    )  # fmt: skip
    north_m = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
        + (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
        + (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    )  # fmt: skip
    latitude = np.radians(lat_deg)
    flattening = 1 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2
    meridian_m = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_m = SEMI_MAJOR_AXIS_M / np.sqrt(flattening) * np.cos(latitude)
    return lon_deg + np.degrees(east_m / parallel_m), lat_deg + np.degrees(north_m / meridian_m)


def bd09_from_gcj02(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """Baidu's further shift of a position in GCJ-02, in degrees."""
    radius = np.hypot(lon_deg, lat_deg) + 0.00002 * np.sin(lat_deg * BAIDU)
    angle = np.arctan2(lat_deg, lon_deg) + 0.000003 * np.cos(lon_deg * BAIDU)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_from_wgs84(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """The position that Baidu maps show for a true position, in degrees."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lon_deg, lat_deg))


def wgs84_from_gcj02(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """The true position of a point in GCJ-02, to better than 1e-9 degrees."""
    return _inverse(gcj02_from_wgs84, lon_deg, lat_deg)


def wgs84_from_bd09(lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """The true position of a point in BD-09, to better than 1e-9 degrees."""
    return _inverse(bd09_from_wgs84, lon_deg, lat_deg)


def _inverse(forward: Callable[[Degrees, Degrees], Point], lon_deg: Degrees, lat_deg: Degrees) -> Point:
    """The point that `forward` takes to the given one; its shift hardly changes over its own length."""
    lon, lat = lon_deg, lat_deg
    for _ in range(ITERATIONS):
        shifted_lon, shifted_lat = forward(lon, lat)
        lon, lat = lon + (lon_deg - shifted_lon), lat + (lat_deg - shifted_lat)
    return lon, lat
