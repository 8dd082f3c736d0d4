"""Intervals in DuckDB, and how often the truth of the synthetic province lies inside them."""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from pipelines.report.score import score, share_inside
from pipelines.report.totals import BASES, totals
from pipelines.uncertainty import build_intervals

TERMS = """
    create schema intermediate;
    create table intermediate.int_uncertainty__member as from (values
        ('r1', 'r1'), ('r1', 't'), ('r2', 'r2'), ('r2', 't')) v(region_code, subject);
    create table intermediate.int_uncertainty__term as select * replace (
        mass_kg::double as mass_kg, sigma_own::double as sigma_own, sigma_shared::double as sigma_shared
    ) from (values
        ('r1', 'power', '44', 'S1', 'SO2', 2023, 'S1:1:cems', 'cems:SO2', 100.0, 0.1, 0.0),
        ('r1', 'power', '44', 'S1', 'SO2', 2023, 'S1:2:cems', 'cems:SO2', 300.0, 0.1, 0.0),
        ('r1', 'power', '44', 'S2', 'SO2', 2023, 'S2:form', 'form:SO2', 50.0, 0.0, 0.4),
        ('r2', 'power', '44', 'S3', 'SO2', 2023, 'S3:form', 'form:SO2', 150.0, 0.0, 0.4),
        ('r2', 'life', null, null, 'SO2', 2023, 'r2:life', 'area:SO2', 7.0, 0.3, 0.1),
        ('r2', 'life', null, null, 'SO2', 2024, 'r2:life', 'area:SO2', 0.0, 0.3, 0.1)
    ) v(region_code, source_class_code, industry_code, site_id, species, year, own_key, shared_key, mass_kg, sigma_own,
        sigma_shared);
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TERMS)
    return connection


def test_every_total_has_one_interval_around_its_mass(con: duckdb.DuckDBPyConnection) -> None:
    assert build_intervals(con) == {"terms": 6, "totals": 3 + 3 + 1 + 3 + 2, "draws": 10_000}
    rows = con.execute(
        "select level, subject, mean_kg, lower_kg, upper_kg from uncertainty.interval where year = 2023 order by 1, 2"
    ).fetchall()
    masses = {
        ("class", "r1|power|44"): 450, ("class", "r2|life|"): 7, ("class", "r2|power|44"): 150, ("region", "r1"): 450,
        ("region", "r2"): 157, ("region", "t"): 607, ("site", "S1"): 400, ("site", "S2"): 50, ("site", "S3"): 150,
    }  # fmt: skip
    assert [(level, subject) for level, subject, *_ in rows] == sorted(masses)
    for level, subject, mean, lower, upper in rows:
        mass = masses[level, subject]
        assert mean == pytest.approx(mass, rel=0.02)
        assert lower < mass < upper
    by_subject = {subject: (lower, upper) for _, subject, _, lower, upper in rows}
    # Plants of one form err together, to the last digit kept.
    assert [3 * bound for bound in by_subject["S2"]] == pytest.approx(by_subject["S3"], rel=1e-5)
    assert con.execute("select mean_kg, lower_kg, upper_kg from uncertainty.interval where year = 2024").fetchall() == [
        (0, 0, 0)
    ] * 3


def test_the_same_input_gives_the_same_rows_in_any_order(con: duckdb.DuckDBPyConnection) -> None:
    build_intervals(con)
    first = con.execute("from uncertainty.interval").fetchall()
    con.execute("""
        create or replace table intermediate.int_uncertainty__term as
        from intermediate.int_uncertainty__term order by own_key desc
    """)
    build_intervals(con)
    assert con.execute("from uncertainty.interval").fetchall() == first


def test_the_truth_lies_in_the_interval(sample: duckdb.DuckDBPyConnection, sample_feeds: Path) -> None:
    table = score(sample, sample_feeds)
    assert sum(row["cells"] for row in table) > 3_000
    assert 0.90 <= share_inside(table) <= 0.99
    assert 0.90 <= share_inside(table, "plants") <= 0.99


def test_a_release_lists_what_its_totals_rest_on(sample: duckdb.DuckDBPyConnection, sample_home: Home) -> None:
    found = totals(sample)
    assert len(found) >= 10
    for row in found:
        assert sum(row[f"share_{basis}"] for basis in BASES) == pytest.approx(1, abs=1e-9)
        assert row["lower_kg"] < row["mass_kg"] < row["upper_kg"]
    assert {basis for basis in BASES for row in found if row[f"share_{basis}"] > 0} >= {
        "measured", "calculated", "default"
    }  # fmt: skip
    manifest = json.loads((sample_home.current.resolve() / "manifest.json").read_text(encoding="utf-8"))
    listed = {(row["year"], row["species"]): row["share_measured"] for row in manifest["evidence"]}
    assert listed == {(row["year"], row["species"]): row["share_measured"] for row in found}
