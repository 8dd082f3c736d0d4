"""Profiles, units, code tables and SQL pieces: what is refused when a profile is written wrongly."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.feeds import codes
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.units import UnitUnknown, conversion
from pipelines.feeds.grammar.catalogue import folders, load_profile, names, parse
from pipelines.feeds.grammar.profile import Profile

MINIMAL = """
feed: statistics
tables:
  - table: statistics__area
    columns: {region_code: a, source_class_code: b, species: c, period_start: d, period_end: e, mass_kg: f}
"""


@pytest.mark.parametrize(
    ("unit", "target", "factor"),
    [
        ("lb", "kg", 0.45359237),
        ("short_ton", "kg", 907.18474),
        ("t", "kg", 1000.0),
        ("kt", "kg", 1e6),
        ("g", "kg", 0.001),
        ("mmBtu", "GJ", 1.055056),
        ("m3/s", "m3/h", 3600.0),
        ("m3", "1e4 m3", 1e-4),
        ("1e4 t", "kg", 1e7),
        ("ug/m3", "mg/m3", 0.001),
        ("%", "1", 0.01),
    ],
)
def test_units_are_exact(unit: str, target: str, factor: float) -> None:
    assert conversion(unit, target) == (factor, 0.0)


def test_temperature_has_an_offset() -> None:
    factor, offset = conversion("degF", "degC")
    assert 212 * factor + offset == pytest.approx(100)


@pytest.mark.parametrize("unit", ["", "parsec", "kg kg kg", "1 +", "lb; drop"])
def test_what_is_no_mass_is_refused(unit: str) -> None:
    with pytest.raises(UnitUnknown):
        conversion(unit, "kg")


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("feed: statistics", "feed: rumours", "feed"),
        ("mass_kg: f", "mass_kg: {from: f, unti: t}", "tables.0.columns.mass_kg.unti"),
        ("mass_kg: f", "mass_kg: {unit: t}", "tables.0.columns.mass_kg"),
        ("mass_kg: f", "mass: f", "mass is no column of statistics__area"),
        (", mass_kg: f", "", "statistics__area.mass_kg is required"),
        ("statistics__area", "permit__limit", "tables.0"),
        ("statistics__area", "emission", "emission is no raw contract"),
        ("tables:", "header_row: 0\ntables:", "header_row"),
        ("tables:", "checks: [{sum: [a]}]\ntables:", "checks.0"),
        ("tables:", "bounds: [{column: a}]\ntables:", "bounds.0"),
        ("    columns:", "    melt: [{by: {species: {CO: x}}}]\n    columns:", "tables.0"),
        ("feed: statistics", "feed: [", "no YAML|not YAML"),
    ],
)
def test_a_wrong_key_is_named_with_its_path(old: str, new: str, path: str) -> None:
    parse(MINIMAL, "fine.yaml")
    with pytest.raises(UsageError, match=path) as refused:
        parse(MINIMAL.replace(old, new, 1), "wrong.yaml")
    assert refused.value.message.startswith("wrong.yaml")


def test_yaml_words_that_are_no_booleans_or_dates() -> None:
    text = MINIMAL.replace("species: c", "species: {from: c, map: {NO: NOx, 1: SO2, null: CO}, null: [off]}")
    spec = (
        parse(text.replace("period_start: d", "period_start: {constant: 2017-01-01}"), "x").tables[0].columns
    )
    assert spec["species"].map == {"NO": "NOx", "1": "SO2", "null": "CO"}
    assert (spec["species"].null, spec["period_start"].constant) == (["off"], "2017-01-01")


def test_melt_is_written_out_and_gwp_takes_the_species() -> None:
    profile = load_profile("us-ghgrp").profile
    [emission] = [table for table in profile.tables if table.melt]
    methane = [item for item in emission.melt if item.set.get("species") == "CH4"]
    assert [item.columns["mass_kg"].gwp.species for item in methane if item.columns["mass_kg"].gwp] == ["CH4"]
    assert {item.set["part_code"] for item in emission.melt if item.set["species"] == "CO2E"} >= {
        "C",
        "D",
        "TT",
    }


def test_every_built_in_profile_can_be_read() -> None:
    known = names(folders())
    assert {"us-camd-hourly", "us-ghgrp", "cz-rezzo-sources", "cz-rezzo-emissions"} <= {*known}
    profiles = [load_profile(name).profile for name in known]
    assert all(profile.tables or profile.telegrams for profile in profiles)


@pytest.mark.parametrize("name", ["nothing", "../profiles/us-ghgrp", ""])
def test_an_unknown_profile_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError, match="us-ghgrp"):
        load_profile(name)


def test_code_tables() -> None:
    assert codes.gwp("CH4", "AR4") == 25.0
    assert "SO2" in codes.codes("species")
    assert codes.normal_name("Král. HRADEC, County", ["county"]) == "kral hradec"
    with pytest.raises(UsageError, match="no value of CH4 in AR9"):
        codes.gwp("CH4", "AR9")
    with pytest.raises(UsageError, match="no code table"):
        codes.codes("nothing")
    with pytest.raises(UsageError, match="has no column nick"):
        codes.name_codes("region", "nick")


def _number(text: str, decimal: str = ".", thousands: str | None = None) -> float | None:
    row = duckdb.execute(
        f"select {sql.number('x', decimal, thousands)} from (select ? as x)", [text]
    ).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "value"),
    [
        ("1.5", ".", None, 1.5),
        ("1,5", ",", None, 1.5),
        ("1.5", ",", None, None),
        ("1.234,5", ",", ".", 1234.5),
        ("0.697", ",", ".", None),  # a point where the file has commas: 697 would be a slip of 1000
        ("1234,5", ",", ".", 1234.5),
        ("12.34,5", ",", ".", None),
        ("1 234 567", ".", " ", 1234567.0),
        ("-2e-3", ".", None, -0.002),
        ("infinity", ".", None, None),
        ("1_0", ".", None, None),
        ("0x10", ".", None, None),
    ],
)
def test_numbers(text: str, decimal: str, thousands: str | None, value: float | None) -> None:
    assert _number(text, decimal, thousands) == value


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_a_number_comes_back_exactly(value: float) -> None:
    assert _number(repr(value)) == value
    assert _number(repr(value).replace(".", ","), ",") == value


def test_the_documented_example_is_a_valid_profile(repository: Path) -> None:
    example = (
        (repository / "docs" / "profiles.md").read_text(encoding="utf-8").split("```")[1].removeprefix("yaml")
    )
    profile = parse(example, "docs/profiles.md")
    assert (profile.encoding, profile.header_row, profile.units) == ("auto", 4, {"吨": "t"})


@pytest.mark.parametrize(
    "section",
    [{"scheme": "X", "gas_state": {"flow": "hot"}}, {"scheme": "X", "gas_state": {"temper": 1}}, {"unit": {}}, {}],
)
def test_a_wrong_section_on_loggers_is_refused(section: dict[str, object]) -> None:
    Profile.model_validate({"feed": "monitoring", "telegrams": {"scheme": "X", "gas_state": {"gas_moisture": "wet"}}})
    with pytest.raises(ValueError, match="telegrams"):
        Profile.model_validate({"feed": "monitoring", "telegrams": section})


def test_a_profile_has_columns_or_telegrams_and_never_both() -> None:
    with pytest.raises(ValueError, match="either `tables` or `telegrams`"):
        Profile.model_validate({"feed": "monitoring"})
