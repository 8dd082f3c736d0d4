"""Hours on request, on a small release in memory: own hours untouched, proxies that sum to the month."""

import math
from datetime import datetime

import duckdb
import pytest

from pipelines import contracts
from pipelines.errors import UsageError
from pipelines.report.hours import hourly

TABLES = ("site", "site_event", "species", "method", "source_class", "weekday_profile", "hour_profile", "emission",
          "emission_candidate", "monitored_hour")  # fmt: skip


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Outlet A is monitored in January 2024 and reported in February; county source r1:fine has a class below mobile.

    Mobile: Mondays 2, other days 1; noon 3, other hours 1. February 2024 has 29 days, four Mondays among them.
    """
    con = duckdb.connect()
    con.execute("create schema v1")
    for name in TABLES:
        con.execute(contracts.create_sql(contracts.load("public")[name], "v1"))
        required = [c.name for c in contracts.load("public")[name].all_columns if c.required]
        for column in required:
            con.execute(f'alter table v1.{name} alter column "{column}" drop not null')
    con.execute("create table v1.release as select 'X' as territory")
    con.execute("insert into v1.site by name select 'S1' as site_id, 'Plant one' as site_name")
    con.execute("insert into v1.species by name select unnest(['NOx', 'CO2']) as species")
    con.execute("""
        insert into v1.method by name from (values ('cems', 'measured'), ('stat', 'calculated')) t(method_code, basis);
        insert into v1.source_class by name
        from (values ('mobile', null), ('fine', 'mobile'), ('none', null)) t(source_class_code, parent_code);
        insert into v1.weekday_profile by name
        select '*' as territory, 'mobile' as source_class_code, d::int as weekday,
            case d when 1 then 2.0 else 1.0 end as factor, 'B.1' as source from range(1, 8) r(d);
        insert into v1.hour_profile by name
        select '*' as territory, 'mobile' as source_class_code, h::int as hour_of_day,
            case h when 12 then 3.0 else 1.0 end as factor, 'B.2' as source from range(24) r(h);
        insert into v1.hour_profile by name
        select 'Y' as territory, 'mobile' as source_class_code, 1 as hour_of_day, 99.0 as factor;
        insert into v1.emission by name from (values
            ('S1', 'S1:A', 'none', date '2024-01-01', 744.0, 'cems', 'monitoring'),
            ('S1', 'S1:A', 'none', date '2024-02-01', 696.0, 'stat', 'statistics'),
            (null, 'r1:fine', 'fine', date '2024-02-01', 29.0, 'stat', 'statistics')
        ) t(site_id, source_id, source_detail_code, month, mass_kg, method_code, feed), (values ('NOx')) s(species);
        insert into v1.monitored_hour by name
        select 'M' || m as monitor_id, 'S1:A' as source_id, 'NOx' as species, hour_start,
            case when hour_start = '2024-01-01 05:00' then null else 0.1 + hour(hour_start) + m end as mass_kg
        from generate_series(timestamp '2024-01-01', timestamp '2024-02-29 23:00', interval 1 hour) g(hour_start),
            range(2) r(m);
    """)
    return con


def rows(con: duckdb.DuckDBPyConnection, subject: str, period: str) -> list[dict]:
    return hourly(con, subject, "nox", period).to_pylist()


def test_monitored_hours_are_scaled_by_nothing(con) -> None:
    """Two monitors at the outlet: at 03:00, 0.1 + 3 + 0 and 0.1 + 3 + 1 are 7.2 kg, whatever the month's 744 kg say."""
    hours = rows(con, "S1:A", "2024-01")
    assert len(hours) == 744
    assert not any(hour["is_proxy"] for hour in hours)
    assert hours[3]["mass_kg"] == pytest.approx(7.2, rel=1e-12)
    assert hours[5]["mass_kg"] is None
    assert {hour["profile"] for hour in hours} == {"monitored"}


def test_a_proxy_sums_to_the_month_and_follows_the_profile_of_the_class_above(con) -> None:
    """Weights of 29 days: 25 × 26 + 4 × 2 × 26 = 858; of 29 kg Monday noon gets 6/858, Tuesday midnight 1/858."""
    hours = rows(con, "r1:fine", "2024")
    assert len(hours) == 29 * 24
    assert all(hour["is_proxy"] for hour in hours)
    assert math.fsum(hour["mass_kg"] for hour in hours) == pytest.approx(29, rel=1e-12)
    mass = {hour["hour_start"]: hour["mass_kg"] for hour in hours}
    assert mass[datetime(2024, 2, 5, 12)] == pytest.approx(29 * 6 / 858, rel=1e-12)
    assert mass[datetime(2024, 2, 6, 0)] == pytest.approx(29 / 858, rel=1e-12)
    assert {hour["profile"] for hour in hours} == {"mobile: B.1; mobile: B.2"}


def test_a_month_that_does_not_stand_by_monitoring_is_a_proxy_and_a_class_without_profile_is_flat(con) -> None:
    """February of A is statistics, though the monitor ran: 696 kg over 696 hours. The plant's year has both months."""
    hours = rows(con, "plant one", "2024")
    assert len(hours) == 744 + 696
    february = [hour for hour in hours if hour["is_proxy"]]
    assert {hour["profile"] for hour in february} == {"week: flat; day: flat"}
    assert [hour["mass_kg"] for hour in february] == pytest.approx([1.0] * 696, rel=1e-12)


@pytest.mark.parametrize(
    ("subject", "species", "period", "words"),
    [
        ("S1:A", "NOx", "2023", "no NOx of S1:A in 2023"),
        ("S1:A", "CO2", "2024", "no CO2"),
        ("nowhere", "NOx", "2024", "nowhere"),
        ("S1:A", "NOx", "24", "no period"),
    ],
)
def test_what_cannot_be_shown_is_said(con, subject: str, species: str, period: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        hourly(con, subject, species, period)
