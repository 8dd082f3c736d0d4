"""Coordinates in DuckDB: what is proposed for records damaged on purpose, and what an accepted proposal does."""

from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from pipelines.identity.clerical.decision import CoordinateDecision
from pipelines.identity.clerical.decisions import add_decisions, decision_files, load_decisions
from pipelines.identity.places.coordinates import apply_coordinate_decisions, propose_repairs
from pipelines.identity.places.datums import gcj02_from_wgs84

DAY = date(2025, 3, 31)
# Ten plants of one county, a kilometre apart; each is in the permits and in statistics.
PLANTS = {f"p{n}": (120.1 + 0.01 * n, 30.2 + 0.01 * n) for n in range(10)}


def shifted(lon: float, lat: float) -> tuple[float, float]:
    x, y = gcj02_from_wgs84(np.array([lon]), np.array([lat]))
    return float(x[0]), float(y[0])


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """Records and links of the ten plants, all sound."""
    con = duckdb.connect()
    load_decisions(con, [])
    con.execute(
        "create table given_record (feed varchar, profile varchar, scheme varchar, record_key varchar,"
        " record_name varchar, region_code varchar, lon_deg double, lat_deg double, valid_from date)"
    )
    con.execute(
        "create table identity.link (feed varchar, profile varchar, scheme varchar, record_key varchar,"
        " record_name varchar, site_id varchar, valid_from date, in_force_from date, in_force_to date)"
    )
    for feed in ("permit", "statistics"):
        for key, (lon, lat) in PLANTS.items():
            start = [date(2025, 1, 1)]
            con.execute("insert into given_record values (?, ?, 'S', ?, ?, '330106', ?, ?, ?)",
                        [feed, f"{feed}-csv", key, key, lon, lat, *start])  # fmt: skip
            con.execute("insert into identity.link values (?, ?, 'S', ?, ?, ?, ?, null, null)",
                        [feed, f"{feed}-csv", key, key, f"S{key}", *start])  # fmt: skip
    return con


def damage(
    con: duckdb.DuckDBPyConnection, key: str, lon: float | None, lat: float | None, feed: str = "statistics"
) -> None:
    con.execute(
        "update given_record set lon_deg = ?, lat_deg = ? where feed = ? and record_key = ?", [lon, lat, feed, key]
    )


def proposals(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    apply_coordinate_decisions(con)
    propose_repairs(con)
    table = con.sql("select * from identity.coordinate_proposal").to_arrow_table()
    return {row["record_key"]: row for row in table.to_pylist()}


def used(con: duckdb.DuckDBPyConnection, key: str) -> tuple[float | None, float | None]:
    found = con.execute(
        "select lon_deg, lat_deg from used_record where feed = 'statistics' and record_key = ?", [key]
    ).fetchone()
    assert found
    return found


def test_sound_coordinates_are_left_alone(con):
    assert proposals(con) == {}
    columns = "feed, record_key, lon_deg, lat_deg"
    given, used = (con.execute(f"select {columns} from {table} order by all").fetchall()
                   for table in ("given_record", "used_record"))  # fmt: skip
    assert given == used


def test_every_hard_case_is_proposed_with_its_kind_and_none_is_applied(con):
    lon, lat = PLANTS["p3"]
    damaged = {
        "p1": (PLANTS["p1"][1], PLANTS["p1"][0]),  # swapped: latitude 120.11 is impossible
        "p2": (-PLANTS["p2"][0], PLANTS["p2"][1]),
        "p3": shifted(lon, lat),
        "p4": (118.0, 28.0),
        "p5": (None, None),
    }
    for key, point in damaged.items():
        damage(con, key, *point)
    found = proposals(con)
    assert {key: row["kind"] for key, row in found.items()} == {
        "p1": "swapped", "p2": "sign", "p3": "gcj02", "p4": "outside_region",
    }  # fmt: skip
    for key in ("p1", "p2", "p3"):
        row = found[key]
        assert (row["proposed_lon_deg"], row["proposed_lat_deg"]) == pytest.approx(PLANTS[key], abs=1e-6)
        assert (row["given_lon_deg"], row["given_lat_deg"]) == damaged[key]
        assert row["residual_km"] < 0.01
    assert found["p4"]["proposed_lon_deg"] is None
    assert found["p1"]["distance_km"] is None, "an impossible point is at no distance"
    assert {row["status"] for row in found.values()} == {"proposed"}
    assert used(con, "p2") == damaged["p2"], "not applied before somebody accepts it"
    assert used(con, "p1") == (None, None), "an impossible latitude is never used"


def test_an_outlier_without_another_record_of_the_site_is_told_by_its_region(con):
    con.execute("update identity.link set site_id = feed || record_key")
    damage(con, "p1", PLANTS["p1"][1], PLANTS["p1"][0])
    [row] = proposals(con).values()
    assert (row["record_key"], row["kind"]) == ("p1", "swapped")
    assert "centre of the region" in row["evidence"]


def test_an_accepted_proposal_is_applied_and_stays_on_record(con, tmp_path):
    damage(con, "p1", PLANTS["p1"][1], PLANTS["p1"][0])
    row = proposals(con)["p1"]
    accepted = CoordinateDecision(
        "statistics", "S", "p1", round(row["given_lon_deg"], 7), round(row["given_lat_deg"], 7),
        row["proposed_lon_deg"], row["proposed_lat_deg"], row["kind"], "accepted", "Li", DAY, "map checked",
    )  # fmt: skip
    add_decisions(tmp_path, [accepted])
    load_decisions(con, decision_files(tmp_path))
    damage(con, "p1", PLANTS["p1"][1], PLANTS["p1"][0])  # the next refresh reads the feed as it is
    after = proposals(con)["p1"]
    assert used(con, "p1") == pytest.approx(PLANTS["p1"])
    assert (after["status"], after["reviewer"], after["decided_on"]) == ("accepted", "Li", DAY)
    assert (after["given_lon_deg"], after["given_lat_deg"]) == (PLANTS["p1"][1], PLANTS["p1"][0])


def test_a_decision_rests_when_the_feed_mends_itself(con, tmp_path):
    given = (PLANTS["p1"][1], PLANTS["p1"][0])
    decision = CoordinateDecision(
        "statistics", "S", "p1", *(round(x, 7) for x in given), None, None, "swapped", "accepted", "Li", DAY, ""
    )
    add_decisions(tmp_path, [decision])
    load_decisions(con, decision_files(tmp_path))
    assert proposals(con) == {}
    assert used(con, "p1") == PLANTS["p1"]


def test_a_refused_proposal_keeps_the_given_coordinate_and_is_not_open(con, tmp_path):
    damage(con, "p4", 118.0, 28.0)
    refused = CoordinateDecision(
        "statistics", "S", "p4", 118.0, 28.0, None, None, "outside_region", "refused", "Li", DAY, ""
    )
    add_decisions(tmp_path, [refused])
    load_decisions(con, decision_files(tmp_path))
    assert proposals(con)["p4"]["status"] == "refused"
    assert used(con, "p4") == (118.0, 28.0)
    assert propose_repairs(con) == 0
