"""Datums against published points and their own inverse; repairs against points that were damaged on purpose."""

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identity.distance import define_km_between
from pipelines.identity.places.datums import (
    bd09_from_gcj02,
    bd09_from_wgs84,
    gcj02_from_wgs84,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)
from pipelines.identity.places.repairs import (
    KINDS,
    Points,
    decimal_minutes,
    distance_km,
    find,
    is_possible,
    minutes_seconds,
    swapped,
)

CENTRE = (120.2, 30.25)
chinese = st.tuples(st.floats(73.6, 135.1), st.floats(3.9, 53.6))
nearby = st.tuples(st.floats(120.0, 120.4), st.floats(30.1, 30.4))


def arrays(*points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p[0] for p in points], float), np.array([p[1] for p in points], float)


NOWHERE = (np.nan, np.nan)


def doubted(
    *given: tuple[float, float],
    site: tuple[float, float] = NOWHERE,
    centre: tuple[float, float] = CENTRE,
    limit_km: float = 40,
    neighbours: int = 0,
) -> list[tuple[str, float, float]]:
    """(kind, longitude, latitude) per doubted point of one profile, compared with one site and one centre."""
    n = len(given)
    points = Points(
        arrays(*given), arrays(*[site] * n), arrays(*[centre] * n), np.full(n, limit_km), np.full(n, neighbours),
        np.zeros(n, np.int64), np.full(n, n),
    )  # fmt: skip
    found = find(points)
    return list(zip(found.kind.tolist(), found.lon_deg.tolist(), found.lat_deg.tolist(), strict=True))


@pytest.mark.parametrize(
    ("true", "shifted"),
    [  # test points of the project eviltransform
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_of_published_points(true, shifted):
    lon, lat = gcj02_from_wgs84(*arrays(true))
    assert (lon[0], lat[0]) == pytest.approx(shifted, abs=1e-6)


def test_bd09_of_a_published_point():
    lon, lat = bd09_from_gcj02(*arrays((116.404, 39.915)))
    assert (lon[0], lat[0]) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-9)


@pytest.mark.parametrize(
    ("forward", "inverse"), [(gcj02_from_wgs84, wgs84_from_gcj02), (bd09_from_wgs84, wgs84_from_bd09)]
)
@given(point=chinese)
def test_a_datum_undone_is_the_true_point(forward, inverse, point):
    lon, lat = inverse(*forward(*arrays(point)))
    assert (lon[0], lat[0]) == pytest.approx(point, abs=1e-9)


@given(point=chinese)
def test_the_shift_of_gcj02_is_that_of_web_maps(point):
    """100 to 600 m by the domain notes; a little more in the far west."""
    assert 0.02 < distance_km(arrays(point), gcj02_from_wgs84(*arrays(point)))[0] < 1.2


def test_a_degree_of_latitude():
    assert distance_km(arrays((120, 30)), arrays((120, 31)))[0] == pytest.approx(2 * np.pi * 6371 / 360)


@pytest.mark.parametrize(
    ("repair", "written", "meant"),
    [
        (decimal_minutes, 120.105, 120 + 10.5 / 60),
        (decimal_minutes, -116.3, -116.5),
        (minutes_seconds, 120.1030, 120 + 10 / 60 + 30 / 3600),
        (minutes_seconds, 120.10, 120 + 10 / 60),
        (minutes_seconds, 30.595959, 30 + 59 / 60 + 59.59 / 3600),
    ],
)
def test_minutes_written_as_decimals(repair, written, meant):
    lon, lat = repair(np.array([written]), np.array([written]))
    assert (lon[0], lat[0]) == pytest.approx((meant, meant), abs=1e-9)


@pytest.mark.parametrize(("repair", "written"), [(decimal_minutes, 120.75), (minutes_seconds, 120.1075)])
def test_sixty_minutes_or_seconds_are_none(repair, written):
    assert np.isnan(repair(np.array([written]), np.array([30.0]))[0][0])


@given(point=nearby)
def test_a_point_in_its_region_is_not_doubted(point):
    assert doubted(point) == []


@given(point=nearby)
@settings(max_examples=50)
def test_a_swapped_point_is_swapped_back(point):
    assert doubted(swapped(*point)) == [("swapped", *point)]
    assert doubted(swapped(*point), site=point) == [("swapped", *point)]


@given(point=nearby, signs=st.sampled_from([(-1, 1), (1, -1), (-1, -1)]))
@settings(max_examples=50)
def test_a_lost_sign_is_found(point, signs):
    [(kind, lon, lat)] = doubted((point[0] * signs[0], point[1] * signs[1]))
    assert (kind, lon, lat) == ("sign", *point)


def test_a_swap_without_a_region_is_seen_by_its_impossible_latitude():
    found = doubted((30.25, 120.2), centre=NOWHERE, limit_km=np.nan)
    assert found == [("swapped", 120.2, 30.25)]


def test_the_sound_record_beside_a_swapped_one_is_not_doubted():
    assert doubted((120.2, 30.25), site=(30.25, 120.2)) == []


@pytest.mark.parametrize(
    ("kind", "written", "meant"),
    [
        ("decimal_minutes", (120.105, 30.15), (120.175, 30.25)),
        ("minutes_seconds", (120.1030, 30.15), (120.175, 30.25)),
    ],
)
def test_minutes_are_told_by_another_record_of_the_site_only(kind, written, meant):
    [(found, lon, lat)] = doubted(written, site=meant)
    assert (found, lon, lat) == (kind, pytest.approx(meant[0]), pytest.approx(meant[1]))
    assert doubted(written) == []


@pytest.mark.parametrize(("kind", "shift"), [("gcj02", gcj02_from_wgs84), ("bd09", bd09_from_wgs84)])
def test_one_exact_shift_is_believed(kind, shift):
    lon, lat = shift(*arrays(CENTRE))
    [(found, back_lon, back_lat)] = doubted((lon[0], lat[0]), site=CENTRE)
    assert (found, back_lon, back_lat) == (kind, pytest.approx(CENTRE[0]), pytest.approx(CENTRE[1]))


def test_a_rough_shift_is_believed_if_its_profile_has_more():
    lon, lat = gcj02_from_wgs84(*arrays(CENTRE))
    rough = [(lon[0] + dx, lat[0] + 0.0004) for dx in (-0.0004, 0.0, 0.0004)]
    assert {kind for kind, _, _ in doubted(*rough, site=CENTRE)} == {"gcj02"}
    assert doubted(rough[0], site=CENTRE) == []
    others = [(CENTRE[0] + 0.001 * n, CENTRE[1]) for n in range(1, 8)]
    assert doubted(*rough, *others, site=CENTRE) == [], "most of the profile does not fit: chance"


def test_no_shift_is_seen_outside_the_maps_of_the_datum():
    prague = (14.42, 50.09)
    lon, lat = gcj02_from_wgs84(*arrays(prague))
    assert doubted((lon[0], lat[0]), site=prague, centre=prague) == []


def test_outside_the_region_without_a_repair_has_no_proposal():
    [(kind, lon, lat)] = doubted((118.0, 28.0))
    assert kind == "outside_region"
    assert np.isnan(lon)
    assert np.isnan(lat)


def test_a_second_place_of_the_region_is_not_outside_but_a_swap_there_is_seen():
    assert doubted((118.0, 28.0), neighbours=2) == []
    assert doubted((118.0, 28.0), neighbours=1) != []
    assert doubted((30.25, 80.2), neighbours=9, centre=(80.2, 30.25)) == [("swapped", 80.2, 30.25)]


def test_two_feeds_that_agree_are_believed_against_the_region():
    assert doubted((118.0, 28.0), site=(118.001, 28.0)) == []


@given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), max_size=20))
def test_what_is_proposed_is_a_place_on_earth_and_of_a_known_kind(points):
    for kind, lon, lat in doubted(*points, site=CENTRE):
        assert kind in KINDS
        assert np.isnan(lon) or is_possible((np.array([lon]), np.array([lat])))[0]


@pytest.mark.parametrize("missing", range(4))
def test_there_is_no_distance_to_a_missing_coordinate(missing: int) -> None:
    point = ["120.0", "30.0", "120.0", "31.0"]
    with duckdb.connect() as con:
        define_km_between(con)
        query = "select round(km_between({}), 1)"
        assert con.execute(query.format(", ".join(point))).fetchall() == [(111.2,)]
        point[missing] = "null"
        assert con.execute(query.format(", ".join(point))).fetchall() == [(None,)]
