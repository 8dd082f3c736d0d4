"""Great-circle distance, once for SQL and once for arrays.

Here: the haversine formula with the mean radius of the Earth. Not here: what a distance means (the thresholds).
"""

import duckdb
import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0


def define_km_between(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temp macro `km_between(lon1, lat1, lon2, lat2)`: degrees to km; NULL where a coordinate is missing."""
    # `least` passes over NULL: without the case, a missing coordinate would lie at the antipodes.
    con.execute(f"""
        create or replace temp macro km_between(lon1, lat1, lon2, lat2) as
        case when lon1 + lat1 + lon2 + lat2 is not null then 2 * {EARTH_RADIUS_KM} * asin(sqrt(least(1,
            pow(sin(radians(lat1 - lat2) / 2), 2)
            + cos(radians(lat1)) * cos(radians(lat2)) * pow(sin(radians(lon1 - lon2) / 2), 2)
        ))) end
    """)


def km_between(
    a: tuple[NDArray[np.float64], NDArray[np.float64]], b: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Distance in km between points (longitude, latitude) in degrees; NaN where a coordinate is missing."""
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(a), np.radians(b)
    half = np.sin((lat_a - lat_b) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_a - lon_b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
