"""One file through the engine, in memory: what is kept, and every reason for which a row is refused."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_rows

CONTEXT = Context("test", "US-ID", "-07:00", 2017)

EMISSION = """
feed: statistics
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: id
      species: {from: gas, map: {sulphur: SO2, nitrogen: NOx, NO: CO}}
      period_start: {constant: "{year}-01-01"}
      period_end: {from: until, format: "%d.%m.%Y", default: "{year}-12-31"}
      mass_kg: {from: mass, unit: t, null: ["-"]}
"""
HEADER = "id,gas,until,mass\n"

HOURS = """
feed: monitoring
tables:
  - table: monitoring__point
    distinct: true
    columns:
      scheme: {constant: T}
      monitor_key: {from: [plant, unit], join: /}
      site_name: name
      site_key: plant
  - table: monitoring__hour
    columns:
      scheme: {constant: T}
      monitor_key: {from: [plant, unit], join: /}
      hour_start: {from: [day, hour], join: " ", format: "%m-%d-%Y %H"}
      operating_fraction: time
      gross_load_mwh: {from: load, times: time, unit: MWh}
      so2_kg: {from: so2, unit: lb}
"""


def read(
    profile: str, data: str | bytes, name: str = "file.csv", where: dict[str, Any] | None = None
) -> RawResult:
    parsed = parse(profile, "test.yaml")
    content = data.encode() if isinstance(data, str) else data
    result = read_rows(read_bytes(content, name, parsed), parsed, CONTEXT, where)
    assert result.read == result.kept + result.rejected + result.duplicates
    return result


def column(result: RawResult, table: str, name: str) -> list[Any]:
    return result.rows(table)[name].to_pylist()


def only_reject(result: RawResult) -> dict[str, Any]:
    [row] = result.rejects()
    return row


def test_values_units_dates_defaults_and_row_numbers() -> None:
    result = read(EMISSION, HEADER + "a,sulphur,30.06.2017,1.5\n\nb,nitrogen,,-\nc,NO,,2\n")
    rows = result.rows("statistics__emission").to_pylist()
    assert [row["row_no"] for row in rows] == [2, 4, 5]
    assert [row["mass_kg"] for row in rows] == [1500.0, None, 2000.0]
    assert [row["species"] for row in rows] == ["SO2", "NOx", "CO"]
    assert [str(row["period_end"]) for row in rows] == ["2017-06-30", "2017-12-31", "2017-12-31"]
    assert str(rows[0]["period_start"]) == "2017-01-01"


@pytest.mark.parametrize(
    ("line", "code", "source", "value"),
    [
        ("a,sulphur,,-3", "out_of_band", "mass", "-3"),
        ("a,sulphur,,1_000", "number_malformed", "mass", "1_000"),
        ("a,sulphur,,nan", "number_malformed", "mass", "nan"),
        ("a,sulphur,,inf", "number_malformed", "mass", "inf"),
        ("a,sulphur,,1e999", "number_malformed", "mass", "1e999"),
        ('a,sulphur,,"1,5"', "number_malformed", "mass", "1,5"),
        ("a,argon,,1", "code_unknown", "gas", "argon"),
        (",sulphur,,1", "value_missing", "id", None),
        ("a,sulphur,31.02.2017,1", "date_malformed", "until", "31.02.2017"),
        ("a,sulphur,01.02.17,1", "date_malformed", "until", "01.02.17"),
        ("a,sulphur,1", "row_malformed", None, "a,sulphur,1"),
        ("a,sulphur,,1,2", "row_malformed", None, "a,sulphur,,1,2"),
    ],
)
def test_a_bad_row_is_refused_with_column_value_and_sentence(
    line: str, code: str, source: str | None, value: str | None
) -> None:
    result = read(EMISSION, HEADER + f"x,sulphur,,1\n{line}\ny,sulphur,,1\n")
    row = only_reject(result)
    assert (row["row_no"], row["reason_code"], row["column_name"], row["value"]) == (3, code, source, value)
    assert row["message"].endswith(".") and "{" not in row["message"]
    assert result.reasons == {code: 1}
    assert column(result, "statistics__emission", "record_key") == ["x", "y"]


def test_repetition_is_a_duplicate_and_another_content_a_conflict() -> None:
    result = read(EMISSION, HEADER + "a,sulphur,,1\nb,sulphur,,1\na,sulphur,,1\na,sulphur,,7\n")
    assert (result.kept, result.rejected, result.duplicates) == (2, 1, 1)
    row = only_reject(result)
    assert (row["row_no"], row["reason_code"]) == (5, "duplicate_key")
    assert "stands already in row 2" in row["message"]


def test_repeated_heads_stand_once_and_a_conflicting_one_refuses_its_whole_row() -> None:
    header = "plant,unit,name,day,hour,time,load,so2\n"
    lines = [f"1,A,Mill,01-31-2017,{hour},0.5,10,2" for hour in range(3)] + ["1,A,Mall,01-31-2017,3,1,1,1"]
    result = read(HOURS, header + "\n".join(lines) + "\n")
    assert column(result, "monitoring__point", "site_name") == ["Mill"]
    assert column(result, "monitoring__hour", "gross_load_mwh") == [5.0] * 3
    assert column(result, "monitoring__hour", "so2_kg") == pytest.approx([2 * 0.45359237] * 3, abs=0)
    assert str(column(result, "monitoring__hour", "hour_start")[2]) == "2017-01-31 02:00:00"
    assert only_reject(result)["reason_code"] == "duplicate_key"
    relaxed = HOURS.replace("distinct: true", "distinct: true\n    ignore_conflicts: [site_name]")
    assert read(relaxed, header + "\n".join(lines) + "\n").kept == 4


def test_one_bad_value_refuses_the_row_in_every_table() -> None:
    result = read(HOURS, "plant,unit,name,day,hour,time,load,so2\n1,A,Mill,01-31-2017,0,1.5,10,2\n")
    assert only_reject(result)["column_name"] == "time"
    assert (len(result.rows("monitoring__point")), len(result.rows("monitoring__hour"))) == (0, 0)


WIDE = """
feed: statistics
format: csv
delimiter: ";"
decimal: ","
thousands: "."
encoding: gb18030
header_row: 3
skip_footer: 1
null: ["/"]
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: T}
      record_key: 编号
      period_start: {constant: 2017-01-01}
      period_end: {constant: 2017-12-31}
    drop_null: [mass_kg, co2e_kg]
    melt:
      - value: {mass_kg: {unit: t, gwp: {set: AR4}}}
        by: {species: {CH4: 甲烷, N2O: 笑气}}
      - {set: {species: CO2E, gwp_set: AR4}, columns: {co2e_kg: {sum: [其他一, 其他二], unit: t}}}
checks:
  - {sum: [甲烷, 笑气, 其他一, 其他二], equals: 合计, tolerance: 0.001, unless: {编号: "^z"}}
  - {sum: [甲烷, 笑气], at_most: 合计, tolerance: 0.001}
bounds:
  - {column: 合计, max: 100000}
  - {ratio: [甲烷, 合计], max: 0.9}
"""


def wide(*lines: str) -> RawResult:
    text = "标题\n\n编号;甲烷;笑气;其他一;其他二;合计\n" + "\n".join([*lines, "合计;1;2;3;4;5"]) + "\n"
    return read(WIDE, text.encode("gb18030"))


def test_melting_gwp_sum_decimal_comma_thousands_and_footer() -> None:
    result = wide("a;25;/;1.000;5,5;1.030,5", "b;/;298;;;298")
    rows = {
        (row["record_key"], row["species"]): row for row in result.rows("statistics__emission").to_pylist()
    }
    assert rows["a", "CH4"]["mass_kg"] == 1000.0
    assert rows["a", "CO2E"]["co2e_kg"] == 1_005_500.0
    assert rows["b", "N2O"]["mass_kg"] == 1000.0
    assert set(rows) == {("a", "CH4"), ("a", "CO2E"), ("b", "N2O")}
    assert result.read == 2


@pytest.mark.parametrize(
    ("line", "column_name", "word"),
    [
        ("a;25;0;0;0;25.000", "合计", "is not the sum"),
        ("z;25;10;0;0;30", "合计", "is less than the sum"),
        ("a;0;200.000;0;0;200.000", "合计", "above the plausible 100000"),
        ("a;95;5;0;0;100", "甲烷", "甲烷 / 合计 is 0.95"),
        ("a;12.34;5;0;0;100", "甲烷", "decimal mark"),
        ("a;0.5;5;0;0;100", "甲烷", "decimal mark"),
    ],
)
def test_row_checks_catch_slips(line: str, column_name: str, word: str) -> None:
    row = only_reject(wide(line))
    assert row["column_name"] == column_name
    assert word in row["message"]


def test_units_per_row() -> None:
    profile = EMISSION.replace("unit: t, null", "unit_from: unit, null") + "units: {吨: t}\n"
    lines = ["a,sulphur,,1,吨", "b,sulphur,,1,lb", "c,sulphur,,1,cups", "d,sulphur,,1,"]
    result = read(profile, "id,gas,until,mass,unit\n" + "\n".join(lines) + "\n")
    assert column(result, "statistics__emission", "mass_kg") == [1000.0, 0.45359237]
    refused = [(row["row_no"], row["column_name"], row["value"]) for row in result.rejects()]
    assert refused == [(4, "unit", "cups"), (5, "unit", None)]
    assert result.reasons == {"unit_unknown": 2}


def test_name_lookup_is_narrowed_to_the_territory() -> None:
    profile = """
feed: statistics
tables:
  - table: statistics__site
    columns:
      scheme: {constant: T}
      record_key: id
      year: {constant: "{year}"}
      site_name: id
      region_code:
        from: county
        lookup: {seed: region, by: name_en, where: {territory: "{territory}"}, drop: [county]}
"""
    result = read(profile, "id,county\n1,KOOTENAI COUNTY\n2,Kootenai\n3,Nowhere\n4,\n")
    assert column(result, "statistics__site", "region_code") == ["16055", "16055", None]
    row = only_reject(result)
    assert (row["reason_code"], row["value"]) == ("code_unknown", "Nowhere")


def test_row_filter_counts_what_it_leaves_out() -> None:
    result = read(
        EMISSION, HEADER + "a,sulphur,,1\nb,sulphur,,x\nc,nitrogen,,1\n", where={"gas": ["nitrogen"]}
    )
    assert (result.filtered, result.read, result.kept, result.rejected) == (2, 1, 1, 0)


def test_only_if_and_optional_columns() -> None:
    profile = EMISSION.replace("    columns:", "    only_if: flag\n    columns:").replace(
        "{from: until,", "{from: until, optional: true,"
    )
    result = read(profile, "id,gas,mass,flag\na,sulphur,1,y\nb,argon,1,\n")
    assert column(result, "statistics__emission", "record_key") == ["a"]
    assert result.kept == 2


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("unit: t", "unit: parsec", "parsec is no unit"),
        ("sulphur: SO2", "sulphur: Sx", "Sx"),
        ('constant: "{year}-01-01"', 'constant: "{month}-01-01"', "month"),
    ],
)
def test_a_profile_that_asks_for_the_unknown_is_a_usage_error(old: str, new: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        read(EMISSION.replace(old, new), HEADER + "a,sulphur,,1\n")


CELLS = st.sampled_from(
    ["a", "b", "sulphur", "argon", "", "1", "-1", "nan", "2,5", "31.12.2017", '"', "é", "x\ty", " ", "1e5"]
)
ROWS = st.lists(st.lists(CELLS, max_size=6), max_size=12)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_every_row_is_kept_refused_or_a_repetition(rows: list[list[str]], is_cut: bool, newline: str) -> None:
    text = newline.join([HEADER.strip(), "x,sulphur,,1", *(",".join(row) for row in rows)])
    result = read(EMISSION, text + ("" if is_cut else newline))
    assert result.rejected == sum(result.reasons.values()) == len(result.rejects())
    assert len({row["row_no"] for row in result.rejects()}) == result.rejected
    kept = column(result, "statistics__emission", "row_no")
    assert len(kept) == result.kept
    assert not set(kept) & {row["row_no"] for row in result.rejects()}
    if not any('"' in cell for row in rows for cell in row):
        assert result.read == 1 + sum(any(cell.strip() for cell in row) for row in rows)
