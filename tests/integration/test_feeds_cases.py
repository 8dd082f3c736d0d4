"""The real feeds, whole: counts and sums worked here from the files themselves."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.store.landing import land
from pipelines.feeds.store.raw import write_raw
from pipelines.feeds.store.workfile import register_raw
from pipelines.home import Home

SHEET = "Direct Emitters"
GHGRP_HEADER = 3  # position of the header row


def read_case(path: Path, home: Home) -> duckdb.DuckDBPyConnection:
    feed_set = load_feed_set(path)
    receipts = land(feed_set, home)
    write_raw(home, receipts, feed_set)
    con = duckdb.connect()
    register_raw(con, home, receipts, feed_set)
    return con


def one(con: duckdb.DuckDBPyConnection, text: str) -> Any:
    row = con.execute(text).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


@pytest.fixture(scope="module")
def idaho(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return read_case(cases / "us_idaho_2017", Home(tmp_path_factory.mktemp("idaho")).ensure())


@pytest.fixture(scope="module", params=["2019", "2020"])
def czech(
    request: pytest.FixtureRequest, cases: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Any]:
    year = request.param
    path = cases / "czech_2019_2020" / f"feeds-{year}.yaml"
    return year, read_case(path, Home(tmp_path_factory.mktemp("czech")).ensure())


def test_idaho_counts(idaho: duckdb.DuckDBPyConnection) -> None:
    assert one(idaho, "select count(*), count(distinct monitor_key) from raw.monitoring__hour") == (70_080, 8)
    assert one(idaho, "select count(*) from raw.statistics__site") == 36
    assert one(idaho, "select count(*) from raw.permit__site") == 5
    assert one(idaho, "select count(*) from raw.permit__outlet") == 8
    assert one(idaho, "select count(*) from raw.rejected_row") == 0
    assert idaho.execute(
        """select feed, sum(filtered_rows), sum(read_rows), sum(kept_rows)
           from raw.source_file group by feed order by feed"""
    ).fetchall() == [
        ("monitoring", 0, 70_080, 70_080),
        ("permit", 6_925, 10, 10),
        ("statistics", 6_439, 36, 36),
    ]


def test_idaho_masses_are_those_of_the_files(idaho: duckdb.DuckDBPyConnection, cases: Path) -> None:
    pounds, tons = 0.0, 0.0
    for path in (cases / "us_idaho_2017" / "raw").glob("epacems2017id*.zip"):
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        for row in csv.DictReader(io.StringIO(text)):
            pounds += float(row["NOX_MASS (lbs)"] or 0)
            tons += float(row["CO2_MASS (tons)"] or 0)
    nox, co2, hours, off = one(
        idaho,
        """
        select sum(nox_kg), sum(co2_kg), count(distinct hour_start),
               count(*) filter (where operating_fraction = 0)
        from raw.monitoring__hour""",
    )
    assert nox == pytest.approx(pounds * 0.45359237, rel=1e-12)
    assert co2 == pytest.approx(tons * 907.18474, rel=1e-12)
    assert (hours, off > 0) == (8_760, True)
    assert one(idaho, "select count(*) from raw.monitoring__hour where co2_flag like '%Substitute%'") == 33


def test_idaho_report_adds_up_to_the_stated_totals(idaho: duckdb.DuckDBPyConnection, cases: Path) -> None:
    rows = CalamineWorkbook.from_path(cases / "us_idaho_2017" / "raw" / "ghgp_data_2017.xlsx")
    sheet = rows.get_sheet_by_name(SHEET).to_python()[GHGRP_HEADER + 1 :]
    stated = sum(row[13] for row in sheet if row[4] == "ID") * 1000
    parts = one(idaho, "select sum(co2e_kg) from raw.statistics__emission where part_code is not null")
    assert parts == pytest.approx(stated, rel=1e-9)
    gases = one(
        idaho,
        """
        select sum(coalesce(co2e_kg, mass_kg * case species when 'CO2' then 1 when 'CH4' then 25
                   when 'N2O' then 298
                   when 'SF6' then 22800 when 'NF3' then 17200 else 0 end))
        from raw.statistics__emission where part_code is null""",
    )
    assert gases == pytest.approx(stated, rel=1e-9)
    assert one(idaho, "select count(*) from raw.statistics__site where region_code is null") == 0


CZECH = {
    "2019": {"sites": 9_454, "rows": 23_348, "NOx": 67_277.9, "SO2": 58_200.5, "CO2": 30_649_772.8},
    "2020": {"sites": 9_246, "rows": 22_312, "NOx": 59_494.9, "SO2": 44_881.3, "CO2": 25_185_932.0,
             "CO": 63_389.8, "PM": 4_912.0, "VOCs": 8_684.6},
}  # fmt: skip


def test_czech_counts_and_sums(czech: tuple[str, duckdb.DuckDBPyConnection]) -> None:
    year, con = czech
    expected = dict(CZECH[year])
    assert one(con, "select count(*) from raw.permit__site") == expected.pop("sites")
    read, rejected = one(
        con, "select read_rows, rejected_rows from raw.source_file where feed = 'statistics'"
    )
    assert read == expected.pop("rows")
    assert one(con, "select count(*) from raw.statistics__emission") == read - rejected
    assert rejected / read < 0.03
    assert con.execute("select distinct reason_code, column_name from raw.rejected_row").fetchall() == [
        ("code_unknown", "nazev")
    ]
    for species, tonnes in expected.items():
        wide = one(con, f"select sum(mass_kg) / 1000 from raw.permit__report where species = '{species}'")
        long = one(
            con, f"select sum(mass_kg) / 1000 from raw.statistics__emission where species = '{species}'"
        )
        assert wide == pytest.approx(tonnes, abs=0.06)
        assert long == pytest.approx(wide, rel=5e-5)
    assert one(con, "select count(*) from raw.permit__report where mass_kg = 0") == 0
    assert one(
        con, "select min(period_start)::varchar, max(period_end)::varchar from raw.permit__report"
    ) == (f"{year}-01-01", f"{year}-12-31")
