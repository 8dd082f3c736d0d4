"""The step on real hours: the agency's own substitution stays, plain sums come out unchanged."""

import zipfile

import duckdb
import pytest

from pipelines.contracts import create_sql, load
from pipelines.monitoring import build_hours
from pipelines.monitoring.build import species_codes

pytestmark = pytest.mark.cases
LB_KG, SHORT_TON_KG = 0.45359237, 907.18474


@pytest.fixture(scope="module")
def con(cases, repository, tmp_path_factory):
    """Work file in memory with the hours of the case, read straight from its files."""
    folder = tmp_path_factory.mktemp("idaho")
    archives = sorted((cases / "us_idaho_2017" / "raw").glob("epacems2017id*.zip"))
    assert len(archives) == 12
    for archive in archives:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    con = duckdb.connect()
    con.execute("create schema raw; create schema staging; create schema seeds")
    con.execute(create_sql(load("raw")["monitoring__hour"], "raw"))
    con.execute(
        "create table raw.feed_set as select 'US' as territory, 2017 as year_first, 2017 as year_last"
    )
    for seed in ("monitoring_rule", "monitoring_flag", "monitoring_state"):
        path = repository / "dbt_project" / "seeds" / f"{seed}.csv"
        con.execute(f"create table seeds.{seed} as from read_csv('{path}', all_varchar = true)")
    con.execute(f"create table file as from read_csv('{folder}/*.csv', all_varchar = true, filename = true)")
    con.execute(f"""
        insert into raw.monitoring__hour by name
        select 'CAMD' as scheme, ORISPL_CODE || '/' || UNITID as monitor_key, filename as source_file_id,
               row_number() over () as row_no, OP_TIME::double as operating_fraction,
               strptime(OP_DATE, '%m-%d-%Y') + to_hours(OP_HOUR::integer) as hour_start,
               "SO2_MASS (lbs)"::double * {LB_KG} as so2_kg, SO2_MASS_MEASURE_FLG as so2_flag,
               "NOX_MASS (lbs)"::double * {LB_KG} as nox_kg, NOX_MASS_MEASURE_FLG as nox_flag,
               "CO2_MASS (tons)"::double * {SHORT_TON_KG} as co2_kg, CO2_MASS_MEASURE_FLG as co2_flag
        from file
    """)
    record = {"mark": "varchar", "origin": "varchar", "revised_mg_m3": "double", "revised_kg": "double"}
    empty = "".join(f", null::{kind} as {s}_{name}" for s in species_codes() for name, kind in record.items())
    con.execute(f"create view staging.stg_monitoring__hour as select *{empty} from raw.monitoring__hour")
    return con


@pytest.fixture(scope="module")
def summary(con):
    return build_hours(con)


def test_every_unit_has_the_whole_calendar(con, summary):
    assert (summary["monitors"], summary["hours"], summary["duplicates"]) == (8, 8 * 8760, 0)
    assert summary["unknown_flags"] == {} and summary["unusable_quarters"] == 0 and summary["missing"] == 0


@pytest.mark.parametrize(
    ("species", "column", "kg"),
    [
        ("so2", "SO2_MASS (lbs)", LB_KG),
        ("nox", "NOX_MASS (lbs)", LB_KG),
        ("co2", "CO2_MASS (tons)", SHORT_TON_KG),
    ],
)
def test_sums_equal_the_plain_sums_of_the_file(con, summary, species, column, kg):
    [(plain,)] = con.execute(f'select fsum("{column}"::double) * {kg} from file').fetchall()
    [(ours,)] = con.execute(
        f"select fsum(coalesce({species}_accepted_kg, {species}_filled_kg)) from monitoring.hour"
    ).fetchall()
    assert plain > 1000 and ours == pytest.approx(plain, rel=1e-9)


def test_substitute_hours_are_marked_and_kept_apart(con, summary):
    found = con.execute("""
        select co2_fill_rule, co2_flag, count(*), count(co2_accepted_kg), sum(co2_filled_kg - co2_reported_kg)
        from monitoring.hour where co2_filled_kg is not null group by all
    """).fetchall()
    assert found == [("40CFR75-substitute", "Measured and Substitute", 33, 0, 0.0)]
    counted = con.execute("select count(so2_fill_rule), count(nox_fill_rule) from monitoring.hour").fetchall()
    assert counted == [(33, 0)]


def test_off_hours_are_zero_not_missing(con, summary):
    assert con.execute("""
        select count(*), max(so2_accepted_kg), max(nox_accepted_kg), max(co2_accepted_kg),
               count(co2_accepted_kg)
        from monitoring.hour where state = 'stopped'
    """).fetchall() == [(56459, 0.0, 0.0, 0.0, 56459)]
