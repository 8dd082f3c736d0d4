"""Idaho 2017: three real feeds of the same plants. Expected figures are worked here from the files themselves."""

import csv
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook

LB_KG = 0.45359237
SHORT_TON_KG = 907.18474
AR4 = {"CH4": 25.0, "N2O": 298.0}
MONITORED = {
    "7456": "Rathdrum Combustion Turbine Project",
    "7953": "Evander Andrews Power Complex",
    "55179": "Rathdrum Power, LLC",
    "55733": "Bennett Mountain Power Project",
    "57028": "Langley Gulch Power Plant",
}


@pytest.fixture(scope="module")
def hourly(cases: Path) -> dict[str, dict[str, float]]:
    """Plain sums of the hourly files in kg by plant and species, and the number of hours with a substituted value."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    columns = {
        "SO2": ("SO2_MASS (lbs)", LB_KG),
        "NOx": ("NOX_MASS (lbs)", LB_KG),
        "CO2": ("CO2_MASS (tons)", SHORT_TON_KG),
    }
    for path in sorted((cases / "us_idaho_2017" / "raw").glob("epacems2017id*.zip")):
        with zipfile.ZipFile(path) as archive:
            text = io.StringIO(archive.read(archive.namelist()[0]).decode())
        for row in csv.DictReader(text):
            plant = sums[row["ORISPL_CODE"]]
            plant["hours"] += 1
            plant["off"] += row["OP_TIME"] == "0"
            plant["substituted"] += "Substitute" in row["CO2_MASS_MEASURE_FLG"]
            for species, (column, factor) in columns.items():
                plant[species] += float(row[column] or 0) * factor
    return sums


@pytest.fixture(scope="module")
def reported(cases: Path) -> dict[str, dict[str, float]]:
    """The yearly report of the Idaho facilities, by facility id: tonnes as in the sheet."""
    sheet = CalamineWorkbook.from_path(cases / "us_idaho_2017" / "raw" / "ghgp_data_2017.xlsx")
    rows = sheet.get_sheet_by_name("Direct Emitters").to_python()
    header = [str(cell).strip() for cell in rows[3]]
    facilities = [dict(zip(header, row, strict=True)) for row in rows[4:]]
    number = lambda value: float(value or 0)  # noqa: E731
    return {
        str(int(row["Facility Id"])): {
            "name": row["Facility Name"],
            "CO2": number(row["CO2 emissions (non-biogenic)"]),
            "CH4": number(row["Methane (CH4) emissions"]) / AR4["CH4"],
            "N2O": number(row["Nitrous Oxide (N2O) emissions"]) / AR4["N2O"],
            "C": number(row["Stationary Combustion"]),
            "D": number(row["Electricity Generation"]),
        }
        for row in facilities
        if row["State"] == "ID"
    }


def one(con: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> tuple:
    row = con.execute(sql, list(parameters)).fetchone()
    assert row is not None
    return row


def site_of(con: duckdb.DuckDBPyConnection, plant: str) -> str:
    return one(con, "select site_id from permit where scheme = 'CAMD' and permit_key = ?", plant)[0]


def test_each_monitored_plant_is_one_site_in_three_feeds(idaho: duckdb.DuckDBPyConnection) -> None:
    sites = {plant: site_of(idaho, plant) for plant in MONITORED}
    assert len(set(sites.values())) == 5, "the two Rathdrum plants are two sites"
    for plant, site_id in sites.items():
        assert one(idaho, "select feed_count from coverage where site_id = ?", site_id) == (3,), MONITORED[
            plant
        ]
        names = idaho.execute(
            "select distinct record_name from crosswalk where site_id = ? and feed in ('permit', 'statistics')",
            [site_id],
        ).fetchall()
        assert [name for (name,) in names] == [MONITORED[plant]], names


def test_there_are_36_facilities_in_all(idaho: duckdb.DuckDBPyConnection, reported: dict) -> None:
    assert len(reported) == 36
    assert one(idaho, "select count(distinct site_id) from emission") == (36,)
    assert one(idaho, "select count(*) from coverage where in_statistics") == (36,)


@pytest.mark.parametrize("plant", MONITORED)
def test_co2_is_the_hourly_sum_plus_subpart_c(
    idaho: duckdb.DuckDBPyConnection, hourly: dict, reported: dict, plant: str
) -> None:
    report = next(row for row in reported.values() if row["name"] == MONITORED[plant])
    # Both parts burn the same gas: CO2 of subpart C is its share of the plant's CO2 by CO2 equivalents.
    subpart_c = report["CO2"] * report["C"] / (report["C"] + report["D"]) * 1000
    fused = one(
        idaho,
        "select sum(mass_kg) from emission where site_id = ? and species = 'CO2'",
        site_of(idaho, plant),
    )[0]
    assert fused == pytest.approx(hourly[plant]["CO2"] + subpart_c, rel=1e-9)


@pytest.mark.parametrize("plant", MONITORED)
def test_subpart_d_is_a_loser_with_its_ratio(
    idaho: duckdb.DuckDBPyConnection, hourly: dict, plant: str
) -> None:
    mass, chosen, ratio, reason = one(
        idaho,
        "select mass_kg, is_chosen, ratio_to_chosen, reason from emission_candidate"
        " where site_id = ? and species = 'CO2' and part_code = 'D'",
        site_of(idaho, plant),
    )
    assert not chosen
    assert ratio == pytest.approx(mass / hourly[plant]["CO2"], rel=1e-9)
    assert 0.99 < ratio < 1.01
    assert "monitored outlets measure this part" in reason


def test_the_state_total_is_the_reported_one_and_not_the_sum_of_feeds(
    idaho: duckdb.DuckDBPyConnection, reported: dict
) -> None:
    total = sum(row["CO2"] for row in reported.values()) * 1000
    fused = one(idaho, "select sum(mass_kg) from emission where species = 'CO2'")[0]
    naive = one(
        idaho,
        "select sum(coalesce(monitoring_kg, 0) + coalesce(statistics_kg, 0)) from reconciliation where species = 'CO2'",
    )[0]
    assert fused == pytest.approx(total, rel=5e-4)
    assert naive > 1.25 * total


@pytest.mark.parametrize("species", ["SO2", "NOx"])
def test_masses_are_the_plain_sums_of_the_hours(
    idaho: duckdb.DuckDBPyConnection, hourly: dict, species: str
) -> None:
    for plant, sums in hourly.items():
        fused = one(
            idaho,
            "select sum(mass_kg) from emission where site_id = ? and species = ?",
            site_of(idaho, plant),
            species,
        )[0]
        assert fused == pytest.approx(sums[species], rel=1e-6), MONITORED[plant]


def test_off_hours_are_zero_and_substituted_hours_are_marked(
    idaho: duckdb.DuckDBPyConnection, hourly: dict
) -> None:
    hours, off, zero = one(
        idaho,
        "select count(*), count(*) filter (where state = 'stopped'),"
        " count(*) filter (where state = 'stopped' and mass_kg = 0) from monitored_hour where species = 'CO2'",
    )
    assert hours == sum(plant["hours"] for plant in hourly.values()) == 70080
    assert off == zero == sum(plant["off"] for plant in hourly.values())
    marked = one(
        idaho,
        "select count(*) from monitored_hour where species = 'CO2'"
        " and fill_rule like '40CFR75%' and accepted_kg is null and filled_kg is not null",
    )[0]
    assert marked == sum(plant["substituted"] for plant in hourly.values()) > 0


@pytest.mark.parametrize("species", ["CH4", "N2O"])
def test_gases_are_kilograms_of_gas(idaho: duckdb.DuckDBPyConnection, reported: dict, species: str) -> None:
    fused = one(idaho, "select sum(mass_kg) from emission where species = ?", species)[0]
    assert fused == pytest.approx(sum(row[species] for row in reported.values()) * 1000, rel=1e-9)
    ar4 = one(idaho, "select sum(co2e_kg) from co2e_yearly where species = ? and gwp_set = 'AR4'", species)[0]
    assert ar4 == pytest.approx(fused * AR4[species], rel=1e-9)


def test_mixtures_stay_in_the_ledger_without_a_mass(idaho: duckdb.DuckDBPyConnection) -> None:
    rows = idaho.execute(
        "select mass_kg, co2e_kg, is_chosen, reason from emission_candidate where species = 'HFCs' and scope = 'site'"
    ).fetchall()
    assert rows
    assert all(
        mass is None and co2e > 0 and not chosen and "mixture" in reason
        for mass, co2e, chosen, reason in rows
    )


def test_every_row_read_is_kept_refused_or_a_repetition(idaho: duckdb.DuckDBPyConnection) -> None:
    read, kept, rejected, duplicates = one(
        idaho,
        "select sum(read_rows), sum(kept_rows), sum(rejected_rows), sum(duplicate_rows) from source_file",
    )
    assert read == kept + rejected + duplicates
    assert (read, rejected) == (70080 + 36 + 10, 0)
