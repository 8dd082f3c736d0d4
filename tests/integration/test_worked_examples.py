"""Worked examples from raw row to mart: small CSV files of four plants and two works, one refresh, sums by hand.

Sources of the factors: docs/calculation.md; figures of the coal and the waste example are those of the domain brief.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.feeds.grammar.catalogue import load_profile
from pipelines.home import Home
from pipelines.report.explain import explain

FEEDS = """
name: worked
territory: "330000"
timezone_offset: "+08:00"
year: 2023
files:
  - {feed: statistics, profile: plant, path: plant.csv}
  - {feed: statistics, profile: unit, path: unit.csv}
  - {feed: statistics, profile: made, path: made.csv}
  - {feed: statistics, profile: cn-envstat-treatment, path: works.csv}
"""
HEAD = "scheme: {constant: T}\n      record_key: key\n"
PERIOD = '      period_start: {constant: "2023-01-01"}\n      period_end: {constant: "2023-12-31"}\n'
PROFILES = {
    "plant": f"""
feed: statistics
tables:
  - table: statistics__site
    columns:
      {HEAD}      year: {{constant: "2023"}}
      site_name: name
      industry_scheme: {{constant: GB/T 4754}}
      industry_code: industry
      region_code: {{constant: "330106"}}
""",
    "unit": f"""
feed: statistics
tables:
  - table: statistics__unit
    columns:
      {HEAD}      year: {{constant: "2023"}}
      unit_code: unit
      unit_kind: kind
      technology: technology
      outlet_code: outlet
      control_so2: so2
      control_so2_efficiency_pct: {{from: so2 %, unit: "%"}}
      control_so2_operating_pct: {{from: so2 k, unit: "%"}}
      control_nox: nox
      control_pm: pm
      control_pm_efficiency_pct: {{from: pm %, unit: "%"}}
  - table: statistics__fuel
    columns:
      {HEAD}      unit_code: unit
      outlet_code: outlet
      technology: technology
{PERIOD}      fuel_code: fuel
      amount: {{from: burnt, unit_from: in}}
      sulphur_pct: {{from: S, unit: "%"}}
      ash_pct: {{from: A, unit: "%"}}
""",
    "made": f"""
feed: statistics
tables:
  - table: statistics__activity
    columns:
      {HEAD}      activity_code: {{from: product, map: {{熟料: clinker}}}}
{PERIOD}      amount: {{from: amount, unit_from: in}}
""",
}
PLANTS = [
    "key,name,industry",
    "C,coal plant,4411",
    "B,chain-grate works,1713",
    "G,gas works,1713",
    "K,clinker works,3011",
]
UNITS = [
    "key,unit,kind,technology,outlet,fuel,burnt,in,S,A,so2,so2 %,so2 k,nox,pm,pm %",
    "C,1,boiler,pulverised,DA001,bituminous_coal,1,kt,,,石灰石-石膏湿法,97,100,,,",
    "B,1,boiler,grate,DA001,bituminous_coal,10000,t,0.6,18,双碱法,75,95,SNCR,多管旋风+袋式除尘,99",
    "G,1,boiler,chamber,DA001,natural_gas,1000000,m3,,,,,,,,",
    "K,1,kiln,kiln,DA001,bituminous_coal,60000,t,0.5,20,,,,SNCR,,",
]
MADE = ["key,product,amount,in", "K,熟料,50,1e4 t"]
WORKS_HEAD = (
    "统计年份,数据版本,调查单位编号,单位详细名称,统一社会信用代码或组织机构代码,行政区划代码,"
    "行业类别代码,统计期起,统计期止,"
)
WORKS = [
    "集中式污染治理设施情况",
    WORKS_HEAD + "处理方式,化学需氧量去除量(吨),总氮排放量(吨),生活垃圾焚烧量(吨),危险废物焚烧量(吨)",
    "2023,终报,W,waste works,,330106,7820,2023-01-01,2023-12-31,焚烧,,,1000,100",
    "2023,终报,S,sewage works,,330106,4620,2023-01-01,2023-12-31,,4000,200,,",
]
# Yearly tonnes by plant and species.
#  C: 1,000 t coal of set A: 23.204 GJ/t × 0.02618 × 0.93 × 44/12 = 2,071.509 t CO2; 1 and 1.5 kg/TJ × 23.204 TJ.
#     S unknown, default 0.8 %: 20 × 0.8 × 0.85 = 13.6 kg/t × (1 − 0.97) = 0.408 t SO2. NOx, size unknown: 8.19 kg/t,
#     nothing taken out. Ash by default 20 %, no treatment named: 10 × 20 × 0.75 = 150 kg/t.
#  B: SO2 10.2 kg/t × 10,000 × (1 − 0.75 × 0.95) = 29.325 t; PM 27 × 10,000 × 0.01 = 2.7 t; NOx 4 × 10,000 × 0.7
#     = 28 t; ammonia slip 0.17 × 10,000 = 1.7 t; CO 15 kg/t; VOCs 2.16 kg/t. CO2 20,715.09 t.
#  G: 1e6 m3 = 100 × 1e4 m3: CO2 21.6219 t × 100; NOx 20.9 kg × 100; SO2 0.4, PM 0.95, CO 13, VOCs 1.2 kg × 100.
#  K: process 500,000 × 0.535 = 267,500 t; fuel 60,000 × 2.071509 = 124,290.555 t, together 391,790.555 t CO2.
#     NOx 1.88 kg/t clinker × 500,000 × 0.7 (SNCR); SO2 0.51, CO 3.71, VOCs 0.33: the kiln's coal is in them.
#  W: 1,000 t household waste × 0.2717 + 100 t hazardous × 0.03201 = 274.901 t fossil CO2 (0.272 t per t of household
#     waste); biogenic 424.9 + 0.35567; CH4 30 kg/TJ × 10 TJ = 0.3 t; N2O 50 + 10 kg.
#  S: COD 4,000 t × 0.25 × 0.165 = 165 t CH4; N 200 t × 0.005 × 44/28 = 1.571429 t N2O.
EXPECTED = {
    ("coal plant", "CO2"): 2071.5092552, ("coal plant", "CH4"): 0.023204, ("coal plant", "N2O"): 0.034806,
    ("coal plant", "SO2"): 0.408, ("coal plant", "NOx"): 8.19, ("coal plant", "PM"): 150,
    ("chain-grate works", "CO2"): 20715.092552, ("chain-grate works", "SO2"): 29.325, ("chain-grate works", "PM"): 2.7,
    ("chain-grate works", "NOx"): 28, ("chain-grate works", "NH3"): 1.7, ("chain-grate works", "CO"): 150,
    ("chain-grate works", "VOCs"): 21.6,
    ("gas works", "CO2"): 2162.188809, ("gas works", "NOx"): 2.09, ("gas works", "SO2"): 0.04,
    ("gas works", "PM"): 0.095, ("gas works", "CO"): 1.3, ("gas works", "VOCs"): 0.12,
    ("clinker works", "CO2"): 391790.555312, ("clinker works", "NOx"): 658, ("clinker works", "SO2"): 255,
    ("clinker works", "CO"): 1855, ("clinker works", "VOCs"): 165,
    ("waste works", "CO2"): 274.901, ("waste works", "CO2_bio"): 425.25567, ("waste works", "CH4"): 0.3,
    ("waste works", "N2O"): 0.06,
    ("sewage works", "CH4"): 165, ("sewage works", "N2O"): 200 * 0.005 * 44 / 28,
}  # fmt: skip


@pytest.fixture(scope="module")
def worked(
    tmp_path_factory: pytest.TempPathFactory, refresh: Callable[..., object]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The release of one refresh of the small files."""
    folder = tmp_path_factory.mktemp("worked")
    (folder / "profiles").mkdir()
    for name, text in PROFILES.items():
        (folder / "profiles" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, lines in {"plant": PLANTS, "unit": UNITS, "made": MADE, "works": WORKS}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("worked_home")).ensure()
    refresh(home, folder)
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        yield con


def test_every_figure_is_the_one_worked_by_hand(worked: duckdb.DuckDBPyConnection) -> None:
    found = worked.execute("""
        select site.site_name, emission.species, sum(emission.mass_kg) / 1000
        from emission inner join site using (site_id) group by all
    """).fetchall()
    tonnes = {(name, species): mass for name, species, mass in found}
    assert {key: tonnes.get(key) for key in EXPECTED} == pytest.approx(EXPECTED)


def test_a_clinker_plant_is_fuel_and_process(worked: duckdb.DuckDBPyConnection) -> None:
    parts = worked.execute("""
        select split_part(source_id, ':', 2), method_code, sum(mass_kg) / 1000
        from emission inner join site using (site_id) where site_name = 'clinker works' and species = 'CO2'
        group by all order by all
    """).fetchall()
    assert [part[:2] for part in parts] == [("FUEL", "fuel_default"), ("PROCESS", "process_default")]
    ledger = worked.execute("""
        select co2_fuel_t, co2_process_t, co2_unsplit_t from carbon_ledger inner join site using (site_id)
        where site_name = 'clinker works'
    """).fetchone()
    assert ledger is not None and ledger[:2] == pytest.approx((124290.555312, 267500))
    assert not ledger[2]


def test_what_a_figure_rests_on_is_shown(worked: duckdb.DuckDBPyConnection) -> None:
    products = worked.execute(
        "select product_code, amount, unit, origin from activity where product_code is not null order by all"
    ).fetchall()
    assert products == [
        ("clinker", 500000.0, "t", "activity"),
        ("cod_removed", 4000.0, "t", "activity"),
        ("nitrogen_discharged", 200.0, "t", "activity"),
    ]
    methods = dict(
        worked.execute("""
        select emission.species, min(method_code) from emission inner join site using (site_id)
        where site_name = 'chain-grate works' group by all
    """).fetchall()
    )
    assert {s: methods[s] for s in ("SO2", "PM", "NOx", "CO")} == {
        "SO2": "mass_balance", "PM": "mass_balance", "NOx": "coefficient", "CO": "fuel_coefficient"
    }  # fmt: skip


def test_the_coefficients_of_a_figure_are_named_with_their_source(worked: duckdb.DuckDBPyConnection) -> None:
    clinker = {f["factor_id"]: f for f in explain(worked, "clinker works", "CO2", "2023")["factors"]}
    assert clinker["clinker.CO2"]["value"] == 535 and clinker["clinker.CO2"]["source"]
    assert "carbon_content.bituminous_coal" in clinker
    sulphur = explain(worked, "chain-grate works", "SO2", "2023")["factors"]
    assert [(f["value"], f["unit"].split(" × ")[1][0]) for f in sulphur] == [(0, "S")]


def test_defaults_of_one_calculation_come_from_one_set(repository: Path) -> None:
    with (repository / "dbt_project" / "seeds" / "factor.csv").open(encoding="utf-8", newline="") as file:
        factors = list(csv.DictReader(file))
    sets: dict[tuple[str, str], set[str]] = {}
    for row in factors:
        if row["factor_kind"] in ("ncv", "carbon_content", "oxidation"):
            sets.setdefault((row["fuel_code"], row["factor_set"]), set()).add(row["factor_kind"])
    carbon = {key: kinds for key, kinds in sets.items() if "carbon_content" in kinds}
    assert carbon and all(kinds == {"ncv", "carbon_content", "oxidation"} for kinds in carbon.values())


def test_the_form_of_treatment_works_is_a_profile() -> None:
    assert load_profile("cn-envstat-treatment").profile.feed == "statistics"
