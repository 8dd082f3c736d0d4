"""The step on a small work file: real DuckDB, the raw contract, the seeds as they are shipped."""

from datetime import datetime, timedelta

import duckdb
import pytest

from pipelines.contracts import create_sql, load
from pipelines.errors import InventoryError
from pipelines.monitoring import build_hours
from pipelines.monitoring.build import species_codes

START = datetime(2023, 1, 1)
RECORD = {"mark": "varchar", "origin": "varchar", "revised_mg_m3": "double", "revised_kg": "double"}
SEEDS = ("monitoring_rule", "monitoring_flag", "monitoring_state")


@pytest.fixture
def con(repository):
    """Work file in memory for a feed set of 2023 and 2024, without rows."""
    con = duckdb.connect()
    con.execute("create schema raw; create schema staging; create schema seeds")
    con.execute(create_sql(load("raw")["monitoring__hour"], "raw"))
    columns = [(s, name, kind) for s in species_codes() for name, kind in RECORD.items()]
    more = "".join(f", {s}_{name} {kind}" for s, name, kind in columns)
    con.execute(f"create table staging.record (source_file_id varchar, row_no bigint, scheme varchar{more})")
    con.execute("create view staging.stg_monitoring__hour as from raw.monitoring__hour left join staging.record "
                "using (scheme, source_file_id, row_no)")  # fmt: skip
    con.execute(
        "create table raw.feed_set as select '33' as territory, 2023 as year_first, 2024 as year_last"
    )
    for seed in SEEDS:
        path = repository / "dbt_project" / "seeds" / f"{seed}.csv"
        con.execute(f"create table seeds.{seed} as from read_csv('{path}', all_varchar = true)")
    return con


def add(con, hours, columns="so2_kg, so2_flag", monitor="M1", value="10 + h % 7", flag="'N'", more=""):
    """Rows of one monitor for the hours of a range; `value`, `flag` and `more` fill `columns`."""
    con.execute(f"""
        insert into raw.monitoring__hour (scheme, monitor_key, hour_start, source_file_id, row_no, {columns})
        select 'CN', '{monitor}', timestamp '2023-01-01' + to_hours(h), 'f1', h + 1, {value}, {flag} {more}
        from range({hours}) hours(h)
    """)


def row(con, hour, species="so2", monitor="CN:M1"):
    return con.execute(f"""
        select state, {species}_reported_kg, {species}_accepted_kg, {species}_filled_kg, {species}_fill_rule
        from monitoring.hour where monitor_id = '{monitor}' and hour_start = '{START + timedelta(hours=hour)}'
    """).fetchone()


def quarters(con):
    return con.execute("""
        select quarter_start::varchar, calendar_hours, stopped_hours, accepted_hours, filled_hours, is_usable
        from monitoring.quarter order by monitor_id, species, quarter_start
    """).fetchall()


def test_a_year_with_a_gap_a_stop_and_a_dead_quarter(con):
    add(con, "0, 8760")
    between = "where row_no - 1 between {} and {}"  # row_no is the hour of the year + 1
    con.execute("update raw.monitoring__hour set so2_flag = 'D' " + between.format(500, 510))
    con.execute("update raw.monitoring__hour set production_state = '停运' " + between.format(1000, 1099))
    con.execute(
        "delete from raw.monitoring__hour " + between.format(2150, 2190)
    )  # across the quarter's border
    con.execute("delete from raw.monitoring__hour " + between.format(4400, 6000))  # most of the third quarter
    summary = build_hours(con)
    assert summary["hours"] == 8760 and summary["monitors"] == 1  # 2024 has no record: not on the calendar
    assert quarters(con) == [
        ("2023-01-01", 2160, 100, 2160 - 100 - 11 - 10, 21, True),
        ("2023-04-01", 2184, 0, 2184 - 31, 31, True),
        ("2023-07-01", 2208, 0, 2208 - (6000 - 4400 + 1), 0, False),
        ("2023-10-01", 2208, 0, 2208, 0, True),
    ]
    assert row(con, 505) == ("unknown", 10 + 505 % 7, None, 16.0, "HJ75-180")
    assert row(con, 1000) == ("stopped", 10 + 1000 % 7, 0.0, None, None)
    assert row(con, 2155) == ("unknown", None, None, 16.0, "HJ75-720")
    assert row(con, 2180) == ("unknown", None, None, 16.0, "HJ75-720")
    assert row(con, 5000) == ("unknown", None, None, None, None)
    assert summary["missing"] == 6000 - 4400 + 1


def test_gap_at_the_turn_of_the_year_looks_back_into_the_old_year(con):
    add(con, "0, 17544", value="if(h = 8700, 40, 1)")
    con.execute("delete from raw.monitoring__hour where row_no between 8761 and 8780")
    build_hours(con)
    assert row(con, 8760) == ("unknown", None, None, 40.0, "HJ75-180")


def test_mass_from_concentration_and_flow_only_where_no_mass_is_given(con):
    given = {"value": "if(h % 2 = 0, 11, null)", "more": ", 12.35, 883080"}
    add(con, "0, 8", "so2_kg, so2_flag, so2_mg_m3, flow_m3_h", **given)
    build_hours(con)
    assert row(con, 0)[1] == 11.0
    assert row(con, 1)[1] == pytest.approx(10.906038)  # 12.35 mg/m3 x 883 080 m3/h x 1e-6


def test_slips_of_unit_are_reported_and_not_corrected(con):
    columns = "so2_kg, so2_flag, so2_mg_m3, flow_m3_h"
    agreeing = "12.35 * 883080 * 1e-6"
    flow_slips = ", 12.35, if(h < 60, 883080 / 3600, 883080)"  # m3/s for 60 of 100 hours
    add(con, "0, 100", columns, value=agreeing, more=flow_slips)
    add(con, "0, 100", columns, "M2", value=f"{agreeing} * if(h < 30, 1000, 1.04)", more=", 12.35, 883080")
    add(con, "0, 100", columns, "M3", value=f"{agreeing} * 1.5", more=", 12.35, 883080")
    add(con, "8760, 8800", columns, "M2", value=agreeing, more=", 12.35, 883080")  # mended by the next year
    summary = build_hours(con)
    found = con.execute("from monitoring.crosscheck").fetchall()
    assert [(*row[:5], *row[6:]) for row in found] == [
        ("CN:M1", "SO2", 2023, 100, 40, "1/3600", 60),
        ("CN:M2", "SO2", 2023, 100, 70, "1/1000", 30),
        ("CN:M2", "SO2", 2024, 40, 40, None, 0),
        ("CN:M3", "SO2", 2023, 100, 0, None, 0),
    ]
    assert [row[5] for row in found] == pytest.approx([1 / 3600, 1 / 1.04, 1, 1 / 1.5])
    assert summary["slips"] == [("CN:M1", "SO2", 2023, "1/3600"), ("CN:M2", "SO2", 2023, "1/1000")]
    assert row(con, 0)[1] == pytest.approx(10.906038)


def test_an_hour_with_a_unit_slip_is_refused_filled_and_counted(con):
    add(con, "0, 2160", value="if(h = 100, 5000, 5)")
    summary = build_hours(con)
    assert row(con, 100) == ("unknown", 5000.0, None, 5.0, "HJ75-180* outlier")
    assert summary["outliers"] == 1
    counted = con.execute(
        "select species, hours from monitoring.mark_count where kind = 'outlier'"
    ).fetchall()
    assert counted == [("SO2", 1)]


def test_unknown_marks_are_counted_and_do_not_count_as_valid(con):
    add(con, "0, 8760", "so2_kg, so2_flag, production_state", flag="if(h < 3, 'Q', 'N')", more=", '??'")
    summary = build_hours(con)
    assert summary["unknown_flags"] == {"CN Q": 3} and summary["unknown_states"] == {"CN ??": 8760}
    assert row(con, 1) == ("unknown", 11.0, None, None, None)  # no earlier valid hour


def test_resent_hours_count_once(con):
    add(con, "0, 100")
    add(con, "0, 10", value="3")
    con.execute("update raw.monitoring__hour set source_file_id = 'f2' where so2_kg = 3")
    add(con, "-5, 0", value="1")  # the year before: outside the feed set
    summary = build_hours(con)
    assert (summary["raw_rows"], summary["duplicates"], summary["outside_years"]) == (115, 10, 5)
    assert row(con, 5)[2] == 3.0 and row(con, 50)[2] == 10 + 50 % 7


def test_monitors_species_and_years_stand_alone(con):
    add(con, "0, 100")
    add(con, "8760, 8860", monitor="M2", columns="nox_kg, nox_flag")
    con.execute("update raw.monitoring__hour set scheme = 'A B' where monitor_key = 'M2'")
    build_hours(con)
    found = con.execute("""
        select monitor_id, count(*), min(year(hour_start)), max(year(hour_start)), count(so2_reported_kg),
               count(nox_reported_kg), count(so2_accepted_kg), count(pm_accepted_kg)
        from monitoring.hour group by 1 order by 1
    """).fetchall()
    assert found == [("A B:M2", 8784, 2024, 2024, 0, 100, 0, 0), ("CN:M1", 8760, 2023, 2023, 100, 0, 100, 0)]
    for table in ("quarter", "hour_long"):
        pairs = f"select distinct monitor_id, species from monitoring.{table} order by 1"
        assert con.execute(pairs).fetchall() == [("A B:M2", "NOx"), ("CN:M1", "SO2")]
    total = "select count(*), sum(accepted_kg) from monitoring.hour_long where species = 'SO2'"
    assert con.execute(total).fetchall() == [(8760, sum(10 + h % 7 for h in range(100)))]
    assert con.execute("""
        select count(*)
        from (select (monitor_id, hour_start) as here, lag(here) over (order by rowid) as before
              from monitoring.wide_hour)
        where before >= here
    """).fetchall() == [(0,)]


def test_order_of_arrival_and_batch_size_do_not_show(con, monkeypatch):
    for monitor in ("M1", "M2", "M3"):
        flag = "if(hash(h, 1) % 9 = 0, 'M', 'N')"
        add(con, "0, 3000", monitor=monitor, value="1 + hash(h) % 100 / 10", flag=flag)
    add(con, "100, 200", value="77")
    con.execute("update raw.monitoring__hour set source_file_id = 'f0' where so2_kg = 77")
    tables = ("hour", "quarter", "mark_count", "crosscheck")
    build_hours(con)
    first = [con.sql(f"from monitoring.{name}").to_arrow_table() for name in tables]
    con.execute("create table mixed as from staging.stg_monitoring__hour order by hash(row_no)")
    con.execute("create or replace view staging.stg_monitoring__hour as from mixed")
    monkeypatch.setattr("pipelines.monitoring.build.CELLS_PER_BATCH", 20_000)
    build_hours(con)
    again = [con.sql(f"from monitoring.{name}").to_arrow_table() for name in tables]
    assert first[0].num_rows == 3 * 8760
    assert all(one.equals(other) for one, other in zip(first, again, strict=True))


def test_a_rule_set_can_be_chosen_by_name_and_changes_at_its_date(con):
    add(con, "0, 48")
    con.execute("delete from raw.monitoring__hour where hour(hour_start) = 5")
    build_hours(con, rule_set="CEAP-2020")
    assert row(con, 5) == ("unknown", None, None, (14.0 + 16.0) / 2, "CEAP-neighbours")
    con.execute("update seeds.monitoring_rule set valid_from = '2023-04-01' where rule_set = 'HJ75-2017'")
    con.execute("update seeds.monitoring_rule set valid_to = '2023-03-31' where rule_set = 'HJT75-2007'")
    build_hours(con)
    names = con.execute("select rule_set from monitoring.quarter order by quarter_start").fetchall()
    assert [name for (name,) in names] == ["HJT75-2007", "HJ75-2017", "HJ75-2017", "HJ75-2017"]


def record(con, hour, **columns):
    """What a platform says of SO2 in an hour of file f1."""
    names, values = ", ".join(f"so2_{name}" for name in columns), list(columns.values())
    marks = ", ".join("?" for _ in values)
    con.execute(f"insert into staging.record (scheme, source_file_id, row_no, {names}) values "
                f"('CN', 'f1', {hour + 1}, {marks})", values)  # fmt: skip


def test_revised_values_count_where_the_mark_is_valid_and_the_raw_ones_stay(con):
    add(con, "0, 2160", value="5", flag="if(h between 100 and 106, 'D', 'N')")
    record(con, 99, origin="reported")
    record(con, 100, origin="revised", mark="维护", revised_kg=7.0)
    record(con, 101, origin="revised", mark="维护", revised_mg_m3=50.0)  # its mass is concentration x flow
    con.execute("update raw.monitoring__hour set flow_m3_h = 1e5 where row_no = 102")
    record(con, 102, origin="substituted", mark="故障", revised_kg=8.0)
    record(con, 103, origin="failed", mark="故障", revised_kg=8.0)
    record(con, 104, origin="reported", mark="维护")
    record(con, 105, origin="manual")
    record(con, 106, origin="revised", mark="停运", revised_kg=3.0)
    record(con, 107, origin="reported", mark="维护")  # the mark replaces the flag N of the instrument
    record(con, 108, origin="unknown", revised_kg=1.0)
    summary = build_hours(con)
    found = con.execute("""
        select so2_reported_kg, so2_revised_kg, so2_accepted_kg, so2_filled_kg, so2_fill_rule, so2_origin, so2_mark,
               state
        from monitoring.hour where hour_start between '2023-01-05 03:00:00' and '2023-01-05 12:00:00'
        order by hour_start
    """).fetchall()
    refused = (None, 7.0, "HJ75-180*")  # the maximum of the valid hours before: 7 kg
    assert found == [
        (5.0, None, 5.0, None, None, "reported", None, "unknown"),
        (5.0, 7.0, 7.0, None, None, "revised", "维护", "unknown"),
        (5.0, 5.0, 5.0, None, None, "revised", "维护", "unknown"),
        (5.0, 8.0, None, 8.0, "HJ75-platform", "substituted", "故障", "unknown"),
        (5.0, 8.0, *refused, "failed", "故障", "unknown"),
        (5.0, None, *refused, "reported", "维护", "unknown"),
        (5.0, None, *refused, "manual", None, "unknown"),
        (5.0, 3.0, 0.0, None, None, "revised", "停运", "stopped"),
        (5.0, None, *refused, "reported", "维护", "unknown"),
        (5.0, 1.0, *refused, "unknown", None, "unknown"),
    ]
    assert quarters(con)[0] == ("2023-01-01", 2160, 1, 2160 - 8 + 1, 6, True)
    marks = con.execute("from monitoring.mark_count where kind in ('mark', 'origin') order by all").fetchall()
    assert [row[1:] for row in marks] == [
        ("mark", "SO2", "停运", "stopped", 1), ("mark", "SO2", "故障", "invalid", 2),
        ("mark", "SO2", "维护", "invalid", 4),
        ("origin", "SO2", "failed", "invalid", 1), ("origin", "SO2", "manual", "invalid", 1),
        ("origin", "SO2", "revised", "accept", 3), ("origin", "SO2", "substituted", "substitute", 1),
        ("origin", "SO2", "unknown", "unknown", 1),
    ]  # fmt: skip
    assert summary["accepted"] == 2160 - 7
    shown = "select revised_kg, origin from monitoring.hour_long where hour_start = '2023-01-05 04:00:00'"
    assert con.execute(shown).fetchall() == [(7.0, "revised")]


def test_the_rule_set_says_whether_the_platforms_substitution_stays(con):
    add(con, "0, 2160", value="5", flag="if(h = 100, 'D', 'N')")
    record(con, 100, origin="substituted", mark="故障", revised_kg=8.0)
    build_hours(con)
    assert row(con, 100)[3:] == (8.0, "HJ75-platform")
    con.execute("update seeds.monitoring_rule set statistic = 'refill' where method = 'substituted'")
    build_hours(con)
    assert row(con, 100)[3:] == (5.0, "HJ75-180*")
    con.execute("update seeds.monitoring_rule set statistic = 'max' where method = 'substituted'")
    with pytest.raises(InventoryError, match="keep or to refill"):
        build_hours(con)


def test_a_mark_holds_from_its_date_on(con):
    add(con, "0, 48", flag="'标样核查'")  # known from 2023-01-01 on
    assert build_hours(con)["unknown_flags"] == {}
    con.execute("update seeds.monitoring_flag set valid_from = '2025-01-01' where flag = '标样核查'")
    assert build_hours(con)["unknown_flags"] == {"CN 标样核查": 48}


def test_without_rows_the_tables_exist_and_are_empty(con):
    assert build_hours(con)["monitors"] == 0
    assert con.execute("select count(*) from monitoring.hour").fetchall() == [(0,)]
    columns = [name for name, *_ in con.execute("describe monitoring.hour").fetchall()]
    assert {"so2_reported_kg", "vocs_filled_kg", "co2_fill_rule", "nh3_flag", "state"} <= set(columns)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "update seeds.monitoring_rule set statistic = 'mode' where fill_rule = 'HJ75-180'",
            "statistic mode",
        ),
        ("update seeds.monitoring_rule set quantity = 'volume'", "only the mass of an hour is filled"),
        (
            "update seeds.monitoring_flag set treatment = 'maybe' where flag = 'N'",
            "N of scheme \\* means maybe",
        ),
        (
            "insert into seeds.monitoring_state by name select '*' as scheme, '停运' as production_state, "
            "'running' as state, '2024-12-31' as valid_from",
            "停运 of scheme \\* means stopped and running",
        ),
        ("delete from seeds.monitoring_rule where scheme = '*'", "no rule set holds for scheme CN"),
        ("delete from raw.feed_set", "exactly one feed set"),
    ],
)
def test_a_wrong_seed_is_a_sentence_and_leaves_the_last_tables(con, change, sentence):
    add(con, "0, 24")
    build_hours(con)
    con.execute(change)
    with pytest.raises(InventoryError, match=sentence):
        build_hours(con)
    assert con.execute("select count(*) from monitoring.hour").fetchall() == [(8760,)]
