"""Hours made of records: units, minutes, flags, parts of a species, gas states, production states."""

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from pipelines import contracts
from pipelines.errors import UsageError
from pipelines.hj212 import GasState, Hours, read_factors, to_hours, with_units

START = datetime(2025, 3, 15, 8)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("mn", "cn", "code", "flag", "text")]
    + [("data_time", pa.timestamp("s")), ("avg", pa.float64()), ("cou", pa.float64())]
    + [("frame_no", pa.int64()), ("line_no", pa.int64())]
)
Record = tuple[str, float | None, float | None, str | None]


def records(cn: str, frames: list[tuple[int, list[Record]]], first_frame: int = 1) -> pa.Table:
    """Records of one logger: per frame its second after START, and (code, avg, cou, flag) of each code."""
    rows: list[dict[str, Any]] = [
        {"mn": "M1", "cn": cn, "data_time": START + timedelta(seconds=second), "code": code, "avg": avg, "cou": cou,
         "flag": flag, "text": None, "frame_no": number, "line_no": number}
        for number, (second, values) in enumerate(frames, start=first_frame)
        for code, avg, cou, flag in values
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA)


def hour(*values: Record, cn: str = "2061") -> pa.Table:
    return records(cn, [(0, list(values))])


def rows(table: pa.Table, units: dict[str, str] | None = None, state: GasState | None = None) -> list[dict[str, Any]]:
    return made(table, units, state).table.to_pylist()


def made(table: pa.Table, units: dict[str, str] | None = None, state: GasState | None = None) -> Hours:
    return to_hours(table, with_units(read_factors(), units or {}), state=state)


def test_the_seed_gives_every_code_one_meaning_and_every_used_unit_a_factor() -> None:
    factors = read_factors()
    codes = [f.code for f in factors] + [f.code_2005 for f in factors if f.code_2005]
    assert len(codes) == len(set(codes)) > 450
    assert all(f.to_mg_m3() > 0 and f.to_kg() > 0 for f in factors if f.species)
    assert {f.part_of for f in factors} <= {f.species for f in factors} | {""}
    assert [f.to_m3_h() for f in factors if f.quantity == "flow"] == [3600.0]


def test_the_table_is_that_of_the_contract() -> None:
    table = made(hour(("a21026", 1.0, 1.0, "N"))).table
    contract = contracts.load("raw")["monitoring__hour"]
    wanted = contracts.arrow_schema(contract)
    assert table.column_names == [*(column.name for column in contract.columns), "row_no", "line_no"]
    assert all(table.schema.field(c.name).type == wanted.field(c.name).type for c in contract.columns)


def test_the_worked_example() -> None:
    flow, so2 = ("a00000", 245.3, 883080.0, "N"), ("a21026", 12.35, 10.906, "N")
    row = rows(hour(flow, so2, ("a19001", 6.5, None, "N"), ("a01012", 52.3, None, "N"), ("a01014", 9.8, None, "N")))[0]
    assert (row["scheme"], row["monitor_key"], row["hour_start"]) == ("CN-CEMS", "M1", START)
    assert f"{row['flow_m3_h']:.0f}" == "883080"
    assert (row["so2_mg_m3"], row["so2_kg"], row["so2_flag"]) == (12.35, 10.906, "N")
    assert (row["oxygen_pct"], row["temperature_c"], row["moisture_pct"]) == (6.5, 52.3, 9.8)


def test_where_the_logger_sends_no_mass_it_is_concentration_times_flow() -> None:
    row = rows(hour(("a00000", 245.3, None, "N"), ("a21026", 12.35, None, "N")))[0]
    assert f"{row['so2_kg']:.3f}" == "10.906"


def test_codes_of_2005() -> None:
    row = rows(
        hour(("02", 12.35, 10.906, "N"), ("03", 28.6, 25.256, "D"), ("S01", 6.5, None, "N"), ("B02", 2.0, None, None))
    )[0]
    assert (row["so2_mg_m3"], row["nox_kg"], row["nox_flag"], row["oxygen_pct"]) == (12.35, 25.256, "D", 6.5)
    assert row["flow_m3_h"] == 7200.0


def test_default_units_of_the_factor_table() -> None:
    row = rows(hour(("a21001", 2.5e6, 300.0, "N"), ("a05001", 12.0, 50.0, "N")))[0]
    assert (row["nh3_mg_m3"], row["nh3_kg"]) == (pytest.approx(2.5), pytest.approx(0.3))  # ng/m3 and g
    assert row["co2_mg_m3"] / 1000 == pytest.approx(12 * 19.64, rel=2e-4)
    assert row["co2_kg"] == 50.0


def test_other_units_by_configuration() -> None:
    units = {"a00000": "m3/h", "a21001": "mg/m3, kg", "a21026": "ppm", "a21002": "g/m3"}
    table = hour(
        ("a00000", 5e4, None, "N"), ("a21001", 2.5, 0.1, "N"), ("a21026", 10.0, None, "N"), ("a21002", 0.05, None, "N")
    )
    row = rows(table, units)[0]
    assert (row["flow_m3_h"], row["nh3_mg_m3"], row["nh3_kg"]) == (5e4, 2.5, 0.1)
    assert row["so2_mg_m3"] == pytest.approx(10 * 64 / 22.4)
    assert row["nox_mg_m3"] == pytest.approx(50.0)


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(UsageError, match="furlong"):
        rows(hour(("a21026", 1.0, None, "N")), {"a21026": "furlong"})
    with pytest.raises(UsageError, match="zz9"):
        with_units(read_factors(), {"zz9": "mg/m3"})


def test_no_and_no2_make_nox_as_no2_where_nox_is_not_sent() -> None:
    first = (0, [("a21003", 30.0, 3.0, "N"), ("a21004", 4.0, None, "N")])
    second = (3600, [("a21002", 50.0, 5.0, "N"), ("a21003", 30.0, 3.0, "M")])
    third = (7200, [("a21003", 30.0, None, "M")])
    one, two, three = rows(records("2061", [first, second, third]))
    assert (one["nox_mg_m3"], one["nox_kg"], one["nox_flag"]) == (pytest.approx(50.0), pytest.approx(4.6), "N")
    assert (two["nox_mg_m3"], two["nox_kg"], two["nox_flag"]) == (50.0, 5.0, "N")
    assert (three["nox_mg_m3"], three["nox_flag"]) == (pytest.approx(46.0), "M")


def test_wet_working_flow_becomes_dry_standard_flow_where_the_feed_says_so() -> None:
    values = [("a00000", 100.0, None, "N"), ("a01012", 273.0, None, "N"), ("a01013", 0.0, None, "N"),
              ("a01014", 10.0, None, "N"), ("a21026", 90.0, None, "N")]  # fmt: skip
    as_sent = rows(hour(*values))[0]
    corrected = rows(hour(*values), state=GasState(flow="working", flow_moisture="wet", gas_moisture="wet"))[0]
    assert (as_sent["flow_m3_h"], as_sent["so2_mg_m3"]) == (360_000, 90)
    assert corrected["flow_m3_h"] == pytest.approx(360_000 / 2 * 0.9)
    assert corrected["so2_mg_m3"] == pytest.approx(100.0)
    dry = rows(hour(*values[:3], values[4]), state=GasState(flow_moisture="wet"))[0]
    assert dry["flow_m3_h"] is None  # the moisture that the correction needs is missing


def test_impossible_values_leave_their_hour_with_a_fault() -> None:
    found = made(hour(("a00000", -3.0, None, "N"), ("a21026", 5.0, -0.2, "N"), ("a05001", 245_000.0, None, "N")))
    row = found.table.to_pylist()[0]
    assert (row["flow_m3_h"], row["so2_kg"], row["co2_mg_m3"], row["so2_mg_m3"]) == (None, None, None, 5.0)
    faults = {(f["column_name"], f["value"], f["reason_code"]) for f in found.faults.to_pylist()}
    assert faults == {("flow_m3_h", "-10800", "out_of_band"), ("so2_kg", "-0.2", "out_of_band"),
                      ("a05001", "245000.0", "out_of_band")}  # fmt: skip


def test_records_without_a_stacks_codes_make_no_hours() -> None:
    found = made(hour(("w01018", 234.0, None, "N"), ("zz9", 1.0, None, "N")))
    assert (found.table.num_rows, found.faults.num_rows) == (0, 0)


# -- minutes and real time
# ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "abnormal", "flag"),
    [(60, 0, "N"), (60, 15, "N"), (60, 16, "D"), (45, 0, "N"), (44, 0, "D"), (50, 6, "D"), (60, 60, "D")],
)
def test_an_hour_of_minutes_needs_45_valid_ones_and_75_per_cent(minutes: int, abnormal: int, flag: str) -> None:
    frames = [
        (60 * m, [("a21026", 99.0 if m < abnormal else 12.0, 0.2, "M" if m < abnormal else "N")])
        for m in range(minutes)
    ]
    row = rows(records("2051", frames))[0]
    assert (row["hour_start"], row["so2_flag"]) == (START, flag)
    assert row["so2_mg_m3"] == (12.0 if abnormal < minutes else 99.0)


def test_minutes_of_ten_make_an_hour_and_their_mass_is_spread_over_it() -> None:
    frames = [(600 * i, [("a00000", 10.0, 6000.0, "N"), ("a21026", 10.0, 0.06, "N" if i else "C")]) for i in range(6)]
    row = rows(records("2051", frames))[0]
    assert (row["flow_m3_h"], row["so2_flag"], row["so2_kg"]) == (36_000, "N", pytest.approx(0.36))


def test_real_time_values_make_minutes_first() -> None:
    frames = [(15 * i, [("a21026", 10.0, None, "N" if i % 4 or i < 4 * 40 else "M")]) for i in range(240)]
    assert rows(records("2011", frames))[0]["so2_flag"] == "N"  # each minute has 75 % normal values
    frames = [(15 * i, [("a21026", 10.0, None, "N" if i % 4 > 1 or i < 4 * 40 else "M")]) for i in range(240)]
    assert rows(records("2011", frames))[0]["so2_flag"] == "D"  # twenty minutes have half of them


def test_the_best_source_of_an_hour_counts_per_species() -> None:
    sent = records("2061", [(0, [("a21026", 1.0, 1.0, "N")])], 1000)
    minutes = records("2051", [(60 * m, [("a21026", 2.0, None, "N"), ("a21002", 2.0, None, "N")]) for m in range(60)])
    three = [(code, 3.0, None, "N") for code in ("a21026", "a21002", "a34013")]
    live = records("2011", [(60 * m, three) for m in range(60)], 100)
    row = rows(pa.concat_tables([sent, minutes, live]))
    assert len(row) == 1
    assert (row[0]["so2_mg_m3"], row[0]["nox_mg_m3"], row[0]["pm_mg_m3"], row[0]["row_no"]) == (1.0, 2.0, 3.0, 1000)


def test_two_hour_records_of_an_hour_complete_each_other_and_the_later_counts() -> None:
    table = records(
        "2061", [(0, [("a21026", 1.0, None, "N"), ("a21002", 1.0, None, "N")]), (60, [("a21026", 2.0, None, "M")])]
    )
    row = rows(table)[0]
    assert (row["so2_mg_m3"], row["so2_flag"], row["nox_mg_m3"]) == (2.0, "M", 1.0)


def test_hours_are_sorted_by_monitor_and_time() -> None:
    table = records("2061", [(7200, [("a21026", 3.0, None, "N")]), (0, [("a21026", 1.0, None, "N")])])
    assert [row["so2_mg_m3"] for row in rows(table)] == [1.0, 3.0]


# -- production states
# ----------------------------------------------------------------------------------------------


def state(second: int, text: str, number: int, cn: str = "2011") -> pa.Table:
    row = {"mn": "M1", "cn": cn, "data_time": START + timedelta(seconds=second), "code": "p99101", "avg": None,
           "cou": None, "flag": None, "text": text, "frame_no": number, "line_no": number}  # fmt: skip
    return pa.Table.from_pylist([row], SCHEMA)


@pytest.mark.parametrize("cn", ["2011", "2051", "2061"])
def test_a_production_state_is_kept_as_text(cn: str) -> None:
    values = records("2061", [(0, [("a21026", 1.0, None, "N")])], 50)
    row = rows(pa.concat_tables([values, state(0, "St", 7, cn)]))[0]
    assert (row["production_state"], row["so2_mg_m3"], row["row_no"]) == ("St", 1.0, 50)


def test_an_hour_is_a_stop_only_if_it_was_one_throughout() -> None:
    row = rows(pa.concat_tables([state(0, "St", 7), state(1800, "N", 8), state(2400, "St", 9)]))[0]
    assert row["production_state"] == "N/St"
