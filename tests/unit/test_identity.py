"""Linking records to sites: each stage alone, the cases that must not link, and independence of order."""

import random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import create_sql, load
from pipelines.identity import link_records
from pipelines.identity.names import normalise_code, normalise_name

STAGED = ("permit__site", "permit__report", "statistics__site", "statistics__emission", "monitoring__point")
Rows = dict[str, list[dict[str, Any]]]


def linked(feeds: Rows) -> dict[tuple[str, str], tuple[str, str, float]]:
    """(feed, record_key) → (site_id, method, score) for records in staging tables of the contracts' shape."""
    con = duckdb.connect()
    con.execute("create schema staging")
    for table in STAGED:
        con.execute(create_sql(load("raw")[table], "staging"))
        con.execute(f"alter table staging.{table} rename to stg_{table}")
        if table == "statistics__site":  # the staging view adds the days of the form's year
            con.execute(
                "alter table staging.stg_statistics__site add column valid_from date default '2025-01-01'"
            )
        for number, row in enumerate(feeds.get(table, []), 2):
            row = {"profile": "test", "source_file_id": table, "row_no": number, **row}
            con.execute(
                f"insert into staging.stg_{table} by name select "
                + ", ".join(f"? as {name}" for name in row),
                list(row.values()),
            )
    link_records(con)
    found = con.execute("select feed, record_key, site_id, method, score from identity.link").fetchall()
    return {(feed, key): (site, method, score) for feed, key, site, method, score in found}


def permit(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"scheme": "P", "record_key": key, "site_name": name, "valid_from": "2025-01-01", **more}


def form(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"scheme": "F", "record_key": key, "year": 2025, "site_name": name, **more}


def point(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"scheme": "M", "monitor_key": key, "site_name": name, "valid_from": "2025-01-01", **more}


def test_a_named_permit_links_whatever_the_names_say() -> None:
    links = linked(
        {
            "permit__site": [permit("91330100799655058B001P", "甲厂")],
            "statistics__site": [form("1", "乙厂", permit_key="91330100799655058b001p ")],
            "monitoring__point": [point("MN1", "丙厂", permit_key="91330100799655058B001P")],
        }
    )
    assert len({site for site, _, _ in links.values()}) == 1
    assert links["statistics", "1"][1:] == ("code", 1.0)
    assert links["permit", "91330100799655058B001P"][1] == "anchor"


def test_the_same_id_in_the_same_register_links_and_in_another_does_not() -> None:
    feeds: Rows = {"permit__site": [permit("7456", "A")]}
    same = linked(feeds | {"statistics__site": [form("7456", "B") | {"scheme": "P"}]})
    other = linked(feeds | {"statistics__site": [form("7456", "B")]})
    assert same["statistics", "7456"][1] == "code"
    assert other["statistics", "7456"][1] == "unmatched"


def test_an_organisation_code_is_characters_9_to_17_of_the_credit_code() -> None:
    links = linked(
        {
            "permit__site": [permit("1", "甲", legal_code="91330100799655058B")],
            "statistics__site": [form("2", "乙", legal_code="799655058")],
        }
    )
    assert links["statistics", "2"][1:] == ("code", 0.97)


def test_a_legal_code_with_two_sites_needs_the_region() -> None:
    sites = [
        permit("1", "甲一", legal_code="91330100799655058B", region_code="330102"),
        permit("2", "甲二", legal_code="91330100799655058B", region_code="330105"),
    ]
    links = linked(
        {
            "permit__site": sites,
            "statistics__site": [
                form("x", "甲", legal_code="91330100799655058B", region_code="330105"),
                form("y", "甲", legal_code="91330100799655058B", region_code="330106"),
            ],
        }
    )
    assert links["statistics", "x"][:2] == (links["permit", "2"][0], "code")
    assert links["statistics", "y"][1] == "unmatched", "neither of two sites may be guessed"


def test_neighbours_with_nearly_the_same_name_stay_apart() -> None:
    links = linked(
        {
            "permit__site": [
                permit("7456", "Rathdrum Combustion Turbine Project", lat_deg=47.8034, lon_deg=-116.869),
                permit("55179", "Rathdrum Power, LLC", lat_deg=47.7861, lon_deg=-116.9214),
            ],
            "statistics__site": [
                form("1", "RATHDRUM POWER LLC", lat_deg=47.7861, lon_deg=-116.9214),
                form("2", "Rathdrum Combustion Turbine Project", lat_deg=47.8034, lon_deg=-116.869),
            ],
        }
    )
    assert links["statistics", "1"][:2] == (links["permit", "55179"][0], "name_near")
    assert links["statistics", "2"][:2] == (links["permit", "7456"][0], "name_near")


def test_the_same_name_far_away_is_another_place() -> None:
    links = linked(
        {
            "permit__site": [permit("1", "AMALGAMATED SUGAR CO LLC", lat_deg=43.61, lon_deg=-116.58)],
            "statistics__site": [form("2", "Amalgamated Sugar Co", lat_deg=42.53, lon_deg=-114.43)],
        }
    )
    assert links["statistics", "2"][1:] == ("unmatched", 0.0)


def test_points_of_one_unknown_plant_found_one_site() -> None:
    links = linked({"monitoring__point": [point("a/1", "Z", site_key="a"), point("a/2", "Z", site_key="a")]})
    assert links["monitoring", "a/1"][0] == links["monitoring", "a/2"][0]


def test_a_key_without_a_head_is_a_record_too() -> None:
    emission = {
        "scheme": "F",
        "record_key": "9",
        "species": "SO2",
        "period_start": "2025-01-01",
        "period_end": "2025-12-31",
        "mass_kg": 1.0,
    }
    assert linked({"statistics__emission": [emission]})["statistics", "9"][1] == "unmatched"


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(shuffle: random.Random) -> None:
    feeds: Rows = {
        "permit__site": [
            permit(str(n), f"厂{n % 3}", region_code=str(n % 2), legal_code=f"{n % 4:09d}") for n in range(8)
        ],
        "statistics__site": [
            form(f"f{n}", f"厂{n % 3}", region_code=str(n % 2), legal_code=f"{n % 5:09d}") for n in range(8)
        ],
    }
    expected = linked(feeds)
    for rows in feeds.values():
        shuffle.shuffle(rows)
    assert linked(feeds) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("杭州（第一）热电有限公司", "杭州(第一)热电有限责任公司"),
        ("Ｒathdrum Power, LLC", "RATHDRUM POWER LLC"),
        ("TRANSBETON s.r.o.", "Transbeton"),
    ],
)
def test_spellings_of_one_name_are_equal(left: str, right: str) -> None:
    assert normalise_name(left) == normalise_name(right)


def test_names_that_differ_stay_different_and_noise_alone_stays_itself() -> None:
    assert normalise_name("杭州一厂") != normalise_name("杭州二厂")
    assert normalise_name("有限公司") == "有限公司"
    assert normalise_name("") is None
    assert normalise_code(" 0012ａ ") == "0012A"
