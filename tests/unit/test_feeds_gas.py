"""Units as headers and cells spell them, shares by volume, one gas as another, HJ 212 codes, the dry standard state."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts import Column
from pipelines.errors import UsageError
from pipelines.feeds.compiler.compile import compile_profile
from pipelines.feeds.compiler.gas import BETWEEN, conversion, dry_standard, read_by_code
from pipelines.feeds.compiler.units import UnitUnknown
from pipelines.feeds.grammar.catalogue import load_profile
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.grammar.header import missing_columns, read_header
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.sentences import Unreadable
from pipelines.hj212 import formulas


def column(name: str, unit: str | None, kind: str = "double") -> Column:
    return Column(name=name, type=kind, unit=unit, en=name, zh=name)


@pytest.mark.parametrize(
    ("spelling", "target", "factor"),
    [
        ("mg/m³", "mg/m3", 1.0),
        ("mg/Nm3", "mg/m3", 1.0),
        ("ｍｇ／ｍ３", "mg/m3", 1.0),
        ("毫克/标立方米", "mg/m3", 1.0),
        ("μg/m³", "mg/m3", 1e-3),
        ("m3/s", "m3/h", 3600.0),
        ("万m³/h", "m3/h", 1e4),
        ("×10⁴Nm³/h", "m3/h", 1e4),
        ("10^4m3/h", "m3/h", 1e4),
        ("立方米/小时", "m3/h", 1.0),
        ("千克", "kg", 1.0),
        ("KG", "kg", 1.0),
        ("克", "kg", 1e-3),
        ("吨", "kg", 1e3),
        ("℃", "degC", 1.0),
        ("％", "%", 1.0),
        ("千帕", "kPa", 1.0),
    ],
)
def test_usual_spellings_of_units(spelling: str, target: str, factor: float) -> None:
    assert conversion(spelling, target) == (pytest.approx(factor, rel=1e-12), 0.0)


@pytest.mark.parametrize("spelling", ["ppm", "kg", "mg", "104m3/h", "毫克每升吗", "", "m3/h"])
def test_what_is_no_concentration_is_refused(spelling: str) -> None:
    with pytest.raises(UnitUnknown):
        conversion(spelling, "mg/m3")


def test_shares_by_volume_need_the_gas() -> None:
    assert conversion("ppm", "mg/m3", "SO2")[0] == pytest.approx(64 / 22.4)
    assert conversion("%", "mg/m3", "CO2")[0] == pytest.approx(44 / 22.4 * 1e4)
    assert conversion("ppm", "mg/m3", "NO", "NOx")[0] == pytest.approx(46 / 22.4)  # NO in ppm as NO2
    assert conversion("mg/m3", "mg/m3", "NO", "NOx")[0] == pytest.approx(46 / 30)
    with pytest.raises(UsageError, match="molar mass"):
        conversion("ppm", "mg/m3", "Xy")


def test_a_code_says_what_a_value_is_and_in_which_unit() -> None:
    profile = load_profile("cn-cems-long").profile
    read = {
        name: read_by_code(profile, column(name, unit))
        for name, unit in (("concentration_mg_m3", "mg/m3"), ("flow_m3_h", "m3/h"), ("mass_kg", "kg"))
    }
    nothing = (None, None)
    assert [read[name]("a00000") for name in read] == [nothing, (3600.0, 0.0), nothing]
    assert [read[name]("二氧化硫") for name in read] == [(1.0, 0.0), nothing, (1.0, 0.0)]
    assert read["concentration_mg_m3"]("一氧化氮") == (pytest.approx(46 / 30), 0.0)
    assert read["concentration_mg_m3"](f"SO2{BETWEEN}ppm") == (pytest.approx(64 / 22.4), 0.0)
    assert read["flow_m3_h"](f"流量{BETWEEN}万m3/h") == (1e4, 0.0)
    assert read["concentration_mg_m3"](f"SO2{BETWEEN}kg") is None
    assert read["mass_kg"]("zz") is None
    assert read["concentration_mg_m3"]("氨") == (1.0, 0.0)  # the profile's unit, not the seed's ng/m3
    assert read_by_code(profile, column("pollutant_code", None, "text"))("02") == ("a21026", None)


@given(
    value=st.floats(0, 1e6), temperature=st.floats(-50, 800), static=st.floats(-20, 20), moisture=st.floats(0, 60)
)
def test_sql_and_arrays_have_the_same_formulas(
    value: float, temperature: float, static: float, moisture: float
) -> None:
    given_values = {"temperature_c": temperature, "static_kpa": static, "ambient_kpa": 101.0, "moisture_pct": moisture}

    def sql(unit: str, *state: str) -> float:
        text = dry_standard(
            f"{value!r}::double", column("x", unit), list(state), lambda name: f"{given_values[name]!r}::double"
        )
        return float(duckdb.sql(f"select {text}").fetchall()[0][0])

    flow = formulas.dry_flow(formulas.standard_flow(value, temperature, static, 101.0), moisture)
    conc = formulas.dry_concentration(formulas.standard_concentration(value, temperature, static, 101.0), moisture)
    assert sql("m3/h", "working", "wet") == pytest.approx(flow, rel=1e-12)
    assert sql("mg/m3", "working", "wet") == pytest.approx(conc, rel=1e-12)
    assert sql("%", "working", "wet") == pytest.approx(formulas.dry_concentration(value, moisture), rel=1e-12)


def test_a_mass_has_no_state() -> None:
    with pytest.raises(UsageError, match="only flow, concentration and oxygen"):
        dry_standard("1", column("so2_kg", "kg"), ["wet"], str)


PROFILE = Profile.model_validate({
    "feed": "monitoring",
    "aliases": {"键": ["Key", "MN号"], "量": ["总量", "排放量"]},
    "tables": [{"table": "monitoring__hour", "columns": {
        "scheme": {"constant": "X"}, "monitor_key": "键", "hour_start": "时间",
        "so2_kg": {"from": "量", "unit": "kg", "unit_in_header": True},
    }}],
})  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "names", "units"),
    [
        (["键", "时间", "量"], ["键", "时间", "量"], {}),
        (["KEY ", "时间", "排放量（千克）"], ["键", "时间", "量"], {"量": "千克"}),
        (["mn号", "时间", "总量(g)", "排放量(kg)"], ["键", "时间", "量", "排放量(kg)"], {"量": "g"}),  # the first alias
        (["Key", "键", "时间", "量 [t]"], ["Key", "键", "时间", "量"], {"量": "t"}),  # the exact name
        (["键(旧)", "时间", "折算量(kg)"], ["键(旧)", "时间", "折算量(kg)"], {}),  # units only where asked for
    ],
)
def test_headers_by_their_aliases(columns: list[str], names: list[str], units: dict[str, str]) -> None:
    header = read_header(PROFILE, columns)
    assert (header.names, header.units) == (names, units)


def test_a_missing_column_is_missing_under_every_name() -> None:
    assert missing_columns(PROFILE, ["Key", "时间", "排放量(g)"]) == []
    assert missing_columns(PROFILE, ["键(旧)", "时间", "折算量(kg)"]) == ["键", "量"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["Key", "时间", "排放量(斤)"], "排放量\\(斤\\) gives the unit 斤, which does not convert to kg"),
        (["Key", "时间", "排放量(g)", "排放量(kg)"], "has the column 排放量\\(g\\) twice"),
    ],
)
def test_a_header_that_leaves_the_unit_open_refuses_the_file(columns: list[str], sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        compile_profile(PROFILE, columns, Context())
