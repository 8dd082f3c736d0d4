"""Whole plants through all models, with sums worked by hand: the cases in which feeds overlap or have gaps.

Every plant has the same monitors: A measures 1 kg SO2 an hour, B half a kilogram. 2023 has 8,760 hours, 6,552
of them in the first three quarters and 2,208 in the last.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

YEAR_START, YEAR_END, Q4_START = date(2023, 1, 1), date(2023, 12, 31), datetime(2023, 10, 1)
QUARTERS = [
    (date(2023, 1, 1), date(2023, 3, 31)),
    (date(2023, 4, 1), date(2023, 6, 30)),
    (date(2023, 7, 1), date(2023, 9, 30)),
]
NEVER = range(0)
RECEIVED = datetime(2024, 1, 1)
HOURS = [datetime(2023, 1, 1) + timedelta(hours=hour) for hour in range(8760)]


class Raw(dict[str, list[dict[str, Any]]]):
    """Raw tables under construction; each row gets the provenance of one file."""

    def add(self, table: str, **columns: Any) -> None:
        rows = self.setdefault(table, [])
        feed = table.split("__")[0]
        scheme = {"permit": "P", "statistics": "T", "monitoring": "M"}[feed]
        origin = {"source_file_id": feed, "row_no": len(rows) + 2, "ingested_at": RECEIVED, "profile": feed}
        rows.append({"scheme": scheme, **columns, **origin})

    def permit(self, key: str, *outlets: str) -> None:
        self.add("permit__site", record_key=key, site_name=f"plant {key}", region_code="330106",
                 industry_scheme="GB/T 4754", industry_code="4411")  # fmt: skip
        for outlet in outlets:
            self.add("permit__outlet", record_key=key, outlet_code=outlet, outlet_kind="main")

    def report(self, key: str, start: date, end: date, species: str, mass_kg: float) -> None:
        self.add("permit__report", record_key=key, species=species, period_start=start, period_end=end,
                 mass_kg=mass_kg, basis="automatic")  # fmt: skip

    def statistics(self, key: str, species: str, mass_kg: float) -> None:
        if not any(row["record_key"] == key for row in self.get("statistics__site", [])):
            self.add("statistics__site", record_key=key, site_name=f"plant {key}", permit_key=key, year=2023,
                     region_code="330106", industry_scheme="GB/T 4754", industry_code="4411")  # fmt: skip
        self.add("statistics__emission", record_key=key, species=species, period_start=YEAR_START,
                 period_end=YEAR_END, mass_kg=mass_kg)  # fmt: skip

    def monitor(self, key: str, outlet: str, so2_kg: float, hours: list[datetime], resting: range) -> None:
        point = f"{key}-{outlet}"
        self.add("monitoring__point", monitor_key=point, site_key=key, site_name=f"plant {key}",
                 permit_key=key, outlet_code=outlet, region_code="330106")  # fmt: skip
        for hour in hours:
            mass_kg, flag, tag = (None, None, "停运") if hour.month in resting else (so2_kg, "N", "运行")
            self.add("monitoring__hour", monitor_key=point, hour_start=hour, so2_kg=mass_kg, so2_flag=flag,
                     production_state=tag)  # fmt: skip


def plants() -> Raw:
    raw = Raw()
    for key in ("shared", "bare"):  # outlet B delivers nothing in the last quarter
        raw.permit(key, "DA001", "DA002")
        raw.monitor(key, "DA001", 1.0, HOURS, resting=NEVER)
        raw.monitor(key, "DA002", 0.5, [hour for hour in HOURS if hour < Q4_START], resting=NEVER)
        raw.statistics(key, "SO2", 14_600)
    for outlet, permitted_kg in (("DA001", 60_000), ("DA002", 40_000)):
        raw.add("permit__limit", record_key="shared", outlet_code=outlet, species="SO2", year=2023,
                permitted_kg=permitted_kg)  # fmt: skip
    raw.permit("quarterly")
    for (start, end), mass_kg in zip(QUARTERS, (100, 110, 120), strict=True):
        raw.report("quarterly", start, end, "NOx", mass_kg)
    raw.report("quarterly", YEAR_START, YEAR_END, "NOx", 480)
    raw.statistics("alone", "SO2", 365)
    raw.permit("resting", "DA001")  # stopped from July to September
    raw.monitor("resting", "DA001", 1.0, HOURS, resting=range(7, 10))
    raw.statistics("resting", "PM", 6_552)
    raw.report("resting", *QUARTERS[2], "NOx", 92)
    return raw


@pytest.fixture(scope="module")
def fused(inventory):
    """{(plant, source, species): {month: kg}} of the built plants, and the inventory to ask further."""
    inventory.build(plants())
    figures: dict[tuple[str, str, str], dict[int, float]] = {}
    for plant, source, species, month, mass_kg in inventory.query("""
        select replace(site.site_name, 'plant ', ''), split_part(source_id, ':', 2), species, month(month),
            mass_kg
        from marts.emission as emission join marts.site as site using (site_id)
    """):
        figures.setdefault((plant, source, species), {})[month] = mass_kg
    return figures, inventory


def kg(figures: dict[int, float], months: range = range(1, 13)) -> float:
    return pytest.approx(sum(mass for month, mass in figures.items() if month in months), rel=1e-12)


def test_a_lost_quarter_of_one_outlet_is_filled_from_the_plant_total_by_permitted_amounts(fused) -> None:
    """B in the last quarter: 14,600 kg × 92 / 365 days × 40 / 100 of the permitted amounts = 3,680 × 0.4."""
    figures, inventory = fused
    a, b = figures["shared", "DA001", "SO2"], figures["shared", "DA002", "SO2"]
    assert kg(a) == 8_760
    assert kg(b, range(1, 10)) == 0.5 * 6_552
    assert kg(b, range(10, 13)) == 1_472
    assert {key for key in figures if key[0] == "shared"} == {
        ("shared", "DA001", "SO2"), ("shared", "DA002", "SO2")
    }  # fmt: skip
    assert _chosen(inventory, "shared") == pytest.approx(8_760 + 3_276 + 1_472, rel=1e-12)


def test_without_permitted_amounts_the_difference_stands_only_in_the_months_with_a_gap(fused) -> None:
    """Last quarter: 3,680 - 2,208 of A = 1,472. Before: 10,920 - 6,552 - 3,276 = 1,092, a discrepancy."""
    figures, inventory = fused
    remainder = figures["bare", "REMAINDER", "SO2"]
    assert set(remainder) == {10, 11, 12}
    assert kg(remainder) == 3_680 - 2_208
    assert kg(figures["bare", "DA001", "SO2"]) == 8_760
    assert kg(figures["bare", "DA002", "SO2"]) == 3_276
    [(discrepancy,)] = inventory.query("""
        select discrepancy_kg from marts.reconciliation join marts.site using (site_id)
        where site_name = 'plant bare' and species = 'SO2'
    """)
    assert discrepancy == pytest.approx(10_920 - 9_828, rel=1e-9)


def test_a_plant_of_one_feed_is_in_the_inventory_once(fused) -> None:
    """365 kg over 365 days: 31 kg in January; no profile of the territory bends it."""
    figures, inventory = fused
    assert [key for key in figures if key[0] == "alone"] == [("alone", "SITE", "SO2")]
    assert kg(figures["alone", "SITE", "SO2"]) == 365
    assert inventory.query("""
        select in_permit, in_statistics, in_monitoring from marts.coverage join marts.site using (site_id)
        where site_name = 'plant alone'
    """) == [(False, True, False)]


def test_quarters_stand_before_the_year_in_their_months(fused) -> None:
    """Reports of 100, 110, 120 kg; of the year's 480 kg the rest, 150 kg, fills the months they leave open."""
    figures, _ = fused
    reported = figures["quarterly", "SITE", "NOx"]
    assert [sum(reported[m] for m in (q, q + 1, q + 2)) for q in (1, 4, 7)] == pytest.approx([100, 110, 120])
    assert sum(reported[month] for month in (10, 11, 12)) == pytest.approx(150)
    assert min(reported[month] for month in (10, 11, 12)) > 0


def test_months_in_which_the_monitors_rest(fused) -> None:
    """SO2 is 0, not missing. PM of the year (6,552 kg in 6,552 running hours) leaves the quarter out: 1 kg an
    hour. A report of 92 kg NOx for just that quarter has no running hour to follow: by days, 31, 31, 30."""
    figures, _ = fused
    assert [figures["resting", "DA001", "SO2"][month] for month in (6, 7, 8, 9)] == [720, 0, 0, 0]
    assert figures["resting", "SITE", "PM"][1] == pytest.approx(744, rel=1e-12)
    assert figures["resting", "SITE", "PM"][7] == 0
    assert [figures["resting", "SITE", "NOx"][month] for month in (7, 8, 9)] == pytest.approx([31, 31, 30])


def test_what_the_ledger_says_was_used_is_what_stands_in_the_inventory(fused) -> None:
    _, inventory = fused
    apart = inventory.query("""
        select max(abs(fused.mass_kg - used.mass_kg))
        from (select site_id, species, sum(mass_kg) as mass_kg from marts.emission group by all) as fused
        full join (
            select site_id, species, sum(chosen_kg) as mass_kg from marts.emission_candidate group by all
        ) as used using (site_id, species)
    """)
    assert apart == [(pytest.approx(0, abs=1e-6),)]
    assert inventory.query("select count(*) from marts.emission_candidate where reason is null") == [(0,)]


def _chosen(inventory, plant: str) -> float:
    [(mass_kg,)] = inventory.query(f"""
        select sum(chosen_kg) from marts.emission_candidate join marts.site using (site_id)
        where site_name = 'plant {plant}'
    """)
    return mass_kg
