"""Amounts of fuel and heat values in the unit that each row names; what does not convert is refused."""

import pytest
import yaml

from pipelines.contracts.model import Contract
from pipelines.errors import UsageError
from pipelines.feeds.compiler.units import UnitUnknown, conversion
from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.reading.engine import read_rows
from pipelines.feeds.reading.result import RawResult

PROFILE = """
feed: statistics
units: {吨: t, 万吨: 1e4 t, 立方米: m3, 大卡/千克: 4.1868 kJ/kg, 千焦/立方米: kJ/m3, 吨标准煤: 29.3076 GJ}
tables:
  - table: statistics__fuel
    columns:
      scheme: {constant: X}
      record_key: key
      period_start: {constant: "2023-01-01"}
      period_end: {constant: "2023-12-31"}
    drop_null: [amount]
    melt:
      - set: {fuel_no: 1}
        columns:
          fuel_code: {from: fuel, map: {烟煤: bituminous_coal, 天然气: natural_gas}}
          amount: {from: amount, unit_from: unit}
          ncv_gj_per_unit: {from: heat, unit_from: heat unit}
      - set: {fuel_no: 3, fuel_code: other}
        columns:
          amount: {from: tce, unit: 吨标准煤}
"""


def read(text: str, profile: str = PROFILE) -> RawResult:
    made = Profile.model_validate(yaml.safe_load(profile))
    data = ("key,fuel,amount,unit,heat,heat unit,tce\n" + text).encode()
    return read_rows(read_bytes(data, "f.csv", made), made, Context())


@pytest.mark.parametrize(
    ("unit", "target", "per", "factor"),
    [
        ("kJ/kg", "GJ", "t", 0.001),
        ("MJ/kg", "GJ", "t", 1.0),
        ("4.1868 kJ/kg", "GJ", "t", 0.0041868),
        ("kJ/m3", "GJ", "1e4 m3", 0.01),
        ("MJ/m3", "GJ", "1e4 m3", 10.0),
        ("GJ/t", "GJ", "t", 1.0),
        ("m3", "1e4 m3", None, 0.0001),
        ("29.3076 GJ", "GJ", None, 29.3076),
        ("1e4 kW", "MW", None, 10.0),
    ],
)
def test_conversions_are_exact(unit: str, target: str, per: str | None, factor: float) -> None:
    assert conversion(unit, target, per) == (factor, 0.0)


@pytest.mark.parametrize(("unit", "per"), [("kJ/kg", "1e4 m3"), ("MJ/m3", "t"), ("GJ", "t")])
def test_heat_per_mass_is_no_heat_per_volume(unit: str, per: str) -> None:
    with pytest.raises(UnitUnknown, match="converts to GJ"):
        conversion(unit, "GJ", per)


def test_every_row_is_read_in_its_own_unit() -> None:
    result = read(
        "a,烟煤,1.5,万吨,5000,大卡/千克,\n"  # 15,000 t at 5,000 × 4.1868 kJ/kg = 20.934 GJ/t
        "b,天然气,15000,立方米,34000,千焦/立方米,\n"  # 1.5 × 1e4 m3 at 340 GJ/1e4 m3
        "c,烟煤,20,吨,,,2\n"  # and 2 tce of other fuels: 58.6152 GJ
    )
    rows = [
        (row["record_key"], row["fuel_code"], row["fuel_no"], row["amount"], row["ncv_gj_per_unit"])
        for row in result.rows("statistics__fuel").to_pylist()
    ]
    assert sorted(rows, key=str) == [
        ("a", "bituminous_coal", 1, 15000.0, pytest.approx(20.934, rel=1e-12)),
        ("b", "natural_gas", 1, 1.5, pytest.approx(340, rel=1e-12)),
        ("c", "bituminous_coal", 1, 20.0, None),
        ("c", "other", 3, pytest.approx(58.6152, rel=1e-12), None),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,天然气,15,吨,,,", "unit_unknown"),  # gas by mass: its density is not known
        ("a,烟煤,15,立方米,,,", "unit_unknown"),
        ("a,烟煤,15,顿,,,", "unit_unknown"),
        ("a,烟煤,15,,,,", "unit_unknown"),
        ("a,烟煤,15,吨,34,千焦/立方米,", "unit_unknown"),
        ("a,木炭,15,吨,,,", "code_unknown"),
    ],
)
def test_what_does_not_convert_is_refused_with_its_row(row: str, reason: str) -> None:
    result = read(f"{row}\nb,烟煤,1,吨,,,\n")
    assert [(r["row_no"], r["reason_code"]) for r in result.rejects()] == [(2, reason)]
    assert result.kept == 1


def test_a_file_without_any_unit_is_read() -> None:
    result = read("a,,,,,,3\n")
    assert [row["fuel_code"] for row in result.rows("statistics__fuel").to_pylist()] == ["other"]


def test_a_unit_of_a_code_needs_the_code() -> None:
    code = "fuel_code: {from: fuel, map: {烟煤: bituminous_coal, 天然气: natural_gas}}"
    bare = PROFILE.replace(code, "sulphur_pct: tce")
    with pytest.raises((UsageError, ValueError), match="fuel_code"):
        read("a,烟煤,1,吨,,,\n", bare)


def test_a_contract_names_a_column_with_codes() -> None:
    text = {"en": "x", "zh": "甲"}
    columns = [
        {"name": "a", "type": "text", **text},
        {"name": "b", "type": "double", "unit_of": "a", **text},
    ]
    with pytest.raises(ValueError, match="unit_of of b names no column with codes"):
        Contract.model_validate(
            {"table": "t", "layer": "raw", "grain": text, "description": text, "key": ["a"], "columns": columns}
        )
