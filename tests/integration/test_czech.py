"""The Czech register of 2020: a table of plants and a table of substances that must agree."""

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

# Totals in tonnes as the case states them: plant table, substance table.
TOTALS = {"NOx": (59494.879, 59494.063), "SO2": (44881.31, 44881.31), "CO2": (25185931.992, 25185931.992)}


def one(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> tuple:
    row = con.execute(sql, list(parameters)).fetchone()
    assert row is not None
    return row


def test_all_plants_are_sites(czech: duckdb.DuckDBPyConnection) -> None:
    assert one(czech, "select count(*) from site")[0] >= 9200
    assert one(czech, "select count(*) from permit") == (9246,)


@pytest.mark.parametrize("species", TOTALS)
def test_plant_and_substance_tables_are_reconciled(czech: duckdb.DuckDBPyConnection, species: str) -> None:
    wide, long, fused = one(
        czech,
        "select sum(permit_kg) / 1000, sum(statistics_kg) / 1000, sum(fused_kg) / 1000 from reconciliation"
        " where species = ?",
        species,
    )
    assert (wide, long) == pytest.approx(TOTALS[species], abs=1e-3)
    # Four plants give NOx in the plant table only; everything else rests on the substance table.
    assert fused == pytest.approx(max(TOTALS[species]), rel=2e-5)


def test_disagreeing_plants_are_named(czech: duckdb.DuckDBPyConnection) -> None:
    rows = czech.execute(
        "select coalesce(permit_kg, 0) - coalesce(statistics_kg, 0), verdict from reconciliation where species = 'NOx'"
        " and abs(coalesce(permit_kg, 0) - coalesce(statistics_kg, 0)) > 1"
    ).fetchall()
    wide, long = TOTALS["NOx"]
    assert len(rows) == 4
    assert sum(difference for difference, _ in rows) / 1000 == pytest.approx(wide - long, abs=1e-3)


def test_every_refused_row_is_explained(czech: duckdb.DuckDBPyConnection, cases: Path) -> None:
    counts = dict(czech.execute("select reason_code, count(*) from rejected_row group by all").fetchall())
    assert set(counts) == {"code_unknown"}
    with (cases / "czech_2019_2020" / "raw" / "2020_emise.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        substances = Counter(row["nazev"] for row in csv.DictReader(file))
    refused = dict(czech.execute("select value, count(*) from rejected_row group by all").fetchall())
    assert all(substances[name] == count for name, count in refused.items()), (
        "a substance is refused always or never"
    )
    assert one(
        czech, "select count(*) from rejected_row where length(message) < 20 or not contains(message, value)"
    ) == (0,)
    read, kept, rejected = one(
        czech, "select read_rows, kept_rows, rejected_rows from source_file where feed = 'statistics'"
    )
    assert (read, kept + rejected) == (22312, 22312)


def test_a_plant_without_reported_co2_has_no_zero(czech: duckdb.DuckDBPyConnection) -> None:
    assert one(czech, "select count(distinct site_id) from emission where species = 'CO2'")[0] in range(
        40, 60
    )
