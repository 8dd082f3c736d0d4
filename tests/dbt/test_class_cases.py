"""From raw rows to the public tables: the published example of decoupling, and plants of three industry schemes."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.feeds.grammar.catalogue import folders, load_profile
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import read_file

CITY, COUNTY = "330100", "330106"
ORIGIN = {"source_file_id": "file", "ingested_at": datetime(2024, 1, 1), "profile": "p"}
# ChinaXiv-201909.00013, table 1: year, relative change of emission and of GDP, elasticity as printed, state.
PUBLISHED = [
    (1993, -0.1162, -0.0762, 1.5254, "recessive_decoupling"),
    (1994, -0.0592, -0.1146, 0.5169, "weak_negative_decoupling"),
    (1995, -0.0874, -0.0557, 1.5695, "recessive_decoupling"),
    (1996, -0.0627, 0.0076, -8.2545, "strong_decoupling"),
    (1997, -0.0278, 0.0095, -2.9118, "strong_decoupling"),
    (1998, 0.028, 0.0031, 8.9549, "expansive_negative_decoupling"),
    (1999, -0.0061, 0.034, -0.1808, "strong_decoupling"),
]
# Scheme, industry code, and what it says of the plant: family, finest class.
PLANTS = [
    ("GB/T 4754", "4411", "power_heat", "power_heat.power"),
    ("GB/T 4754", "3011", "industry", "industry.cement"),
    ("GB/T 4754", "4620", "waste_treatment", "waste_treatment.wastewater"),
    ("NACE", "351100", "power_heat", "power_heat.power"),
    ("NACE", "235100", "industry", "industry.cement"),
    ("NACE", "861000", "life", "life.services"),
    ("NAICS", "221112", "power_heat", "power_heat.power"),
    ("NAICS", "327310", "industry", "industry.cement"),
    ("NAICS", "562212", "waste_treatment", "waste_treatment.landfill"),
    ("NAICS", "000000", "unclassified", "unclassified"),
]


def yearbook(folder: Path) -> list[dict[str, Any]]:
    """The GDP of the city as a file of a yearbook, read through its profile."""
    lines, gdp = ["行政区划代码,年份,指标,数值,单位,价格基期", f"{CITY},1992,地区生产总值,1000,亿元,1990"], 1000.0
    for year, _, change, _, _ in PUBLISHED:
        gdp *= 1 + change
        lines.append(f"{CITY},{year},地区生产总值,{gdp!r},亿元,1990")
    path = folder / "yearbook.csv"
    path.write_text("\n".join(lines) + "\n", encoding="gb18030")
    profile = load_profile("cn-indicator", folders(folder)).profile
    result = read_file(path, profile, Context(territory="330000", year=2023))
    assert (result.kept, result.rejected) == (len(PUBLISHED) + 1, 0)
    return [row | ORIGIN for row in result.rows("statistics__indicator").drop_columns(["ord"]).to_pylist()]


def county_totals() -> list[dict[str, Any]]:
    """The emission of one county of the city, a quarter of it stated for another county."""
    rows, kg = [], 1e6
    for year, change in [(1992, 0.0), *((year, change) for year, change, *_ in PUBLISHED)]:
        kg *= 1 + change
        for region, share in ((COUNTY, 0.75), ("330108", 0.25)):
            rows.append({"region_code": region, "source_class_code": "mobile", "species": "NOx", "mass_kg": kg * share,
                         "period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "row_no": len(rows) + 2,
                         **ORIGIN})  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def classed(inventory, tmp_path_factory):
    """The project built on the yearbook, the county totals and one plant of each industry."""
    sites, reports = [], []
    for n, (scheme, code, _, _) in enumerate(PLANTS):
        key = {"scheme": "P", "record_key": f"{scheme} {code}", "row_no": n + 2, **ORIGIN}
        sites.append(
            {**key, "site_name": f"plant {n}", "region_code": COUNTY, "industry_scheme": scheme, "industry_code": code}
        )
        reports.append({**key, "species": "SO2", "period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31),
                        "mass_kg": 2.0**n, "basis": "automatic"})  # fmt: skip
    inventory.build({
        "statistics__indicator": yearbook(tmp_path_factory.mktemp("yearbook")),
        "statistics__area": county_totals(), "permit__site": sites, "permit__report": reports,
    })  # fmt: skip
    return inventory


def test_the_published_example_of_decoupling(classed) -> None:
    """Worked from the changes as printed (four digits), so the printed elasticity differs by their rounding."""
    rows = classed.query(f"""
        select year, elasticity, state_code, gdp_unit, gdp_price_year from marts.decoupling
        where region_code = '{CITY}' and species = 'NOx' order by year
    """)
    assert [(year, state) for year, _, state, _, _ in rows] == [(year, state) for year, *_, state in PUBLISHED]
    for (_, elasticity, _, unit, prices), (_, emission, gdp, printed, _) in zip(rows, PUBLISHED, strict=True):
        assert elasticity == pytest.approx(emission / gdp, rel=1e-9)
        assert abs(elasticity - printed) <= 0.00005 * (1 + abs(elasticity)) / abs(gdp) + 0.0001
        assert (unit, prices) == ("亿元", 1990)


def test_no_gdp_no_decoupling(classed) -> None:
    assert classed.query("select distinct region_code from marts.decoupling") == [(CITY,)]


@pytest.mark.parametrize(("scheme", "code", "family", "detail"), PLANTS)
def test_the_industry_code_gives_family_and_class(classed, scheme, code, family, detail) -> None:
    assert classed.query(f"""
        select distinct emission.source_class_code, source_detail_code
        from marts.emission inner join marts.crosswalk using (site_id) where record_key = '{scheme} {code}'
    """) == [(family, detail)]


@pytest.mark.parametrize(
    ("scheme", "target", "plants"),
    [
        ("guide", "power_heat", [0, 3, 6]),
        ("ipcc_2006", "2.A.1", [1, 4, 7]),
        ("ipcc_2006", "4.D", [2]),
        ("ipcc_2006", "4.A", [8]),
        ("city_handbook", "process", [1, 4, 7]),
        ("tcses_144", "waste", [2, 8]),
        ("envstat", "life", [5]),
        ("envstat", "other", [9]),
    ],
)
def test_totals_by_classification(classed, scheme, target, plants) -> None:
    """Plant n emits 2^n kg, so a total tells which plants are in it."""
    [(mass_kg,)] = classed.query(f"""
        select sum(mass_kg) from marts.emission_by_class
        where scheme = '{scheme}' and target_class_code = '{target}' and species = 'SO2'
    """)
    assert mass_kg == pytest.approx(sum(2**n for n in plants), rel=1e-12)
