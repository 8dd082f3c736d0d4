"""Dust from raw rows to the figures: ultra-low emission as measured, a filter told by a form, a county, a feed's value.

The published ratios of ultra-low-emission coal units are 0.0099 kg PM, 0.113 kg SO2 and 0.288 kg NOx per t coal, with
0.0098 kg PM10 and 0.0092 kg PM2.5 behind control (Liu et al. 2020).
"""

from datetime import date, datetime
from typing import Any

import pytest

YEAR = {"period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31)}
OUTLET = {"outlet_code": "DA001"}
COAL_T = 1_000_000


class Raw(dict[str, list[dict[str, Any]]]):
    """Raw tables under construction; each row gets the provenance of one file."""

    def add(self, table: str, **columns: Any) -> None:
        rows, feed = self.setdefault(table, []), table.split("__")[0]
        origin = {"source_file_id": feed, "row_no": len(rows) + 2, "ingested_at": datetime(2024, 1, 1), "profile": feed}
        scheme = {} if table == "statistics__area" else {"scheme": {"permit": "P", "statistics": "T"}[feed]}
        rows.append({**scheme, **columns, **origin})

    def plant(self, key: str, industry: str, technology: str, coal_t: float, **control: str) -> None:
        head = {"site_name": f"plant {key}", "region_code": "330106"}
        head |= {"industry_scheme": "GB/T 4754", "industry_code": industry}
        unit = {"record_key": key, "unit_code": "1", **OUTLET}
        self.add("permit__site", record_key=key, **head)
        self.add("permit__outlet", record_key=key, outlet_kind="main", **OUTLET)
        self.add("statistics__site", record_key=key, permit_key=key, year=2023, **head)
        self.add("statistics__unit", year=2023, unit_kind="boiler", **unit, **control)
        fuel = {"fuel_code": "bituminous_coal", "technology": technology, "amount": coal_t}
        self.add("statistics__fuel", **unit, **fuel, **YEAR)

    def report(self, key: str, basis: str, kg: dict[str, float]) -> None:
        for species, mass_kg in kg.items():
            value = {"species": species, "mass_kg": mass_kg, "basis": basis}
            self.add("permit__report", record_key=key, **OUTLET, **value, **YEAR)


def plants() -> Raw:
    raw = Raw()
    raw.plant(
        "power", "4411", "pulverised", COAL_T, control_pm="电袋复合除尘+湿式电除尘", control_so2="石灰石-石膏湿法"
    )
    raw.report("power", "automatic", {"PM": 9_900, "SO2": 113_000, "NOx": 288_000})
    cyclone, nothing = "多管旋风除尘", "无治理设施"
    for key, control in {"cyclone": cyclone, "bare": nothing, "stack": nothing, "fed": cyclone}.items():
        raw.plant(key, "1713", "grate", 1_000, control_pm=control)
        raw.report(key, "calculated" if key == "bare" else "manual", {"PM": 1_000})
    raw.report("fed", "manual", {"PM2.5": 600})
    raw.add("statistics__area", region_code="330106", source_class_code="life", species="PM", mass_kg=1_000, **YEAR)
    return raw


@pytest.fixture(scope="module")
def dust(inventory):
    """{(plant or county source, species): kg of the year} and the inventory to ask further."""
    inventory.build(plants())
    rows = inventory.query("""
        select coalesce(replace(site.site_name, 'plant ', ''), emission.source_id), species, sum(mass_kg)
        from marts.emission as emission left join marts.site as site using (site_id) group by all
    """)
    return {(place, species): mass_kg for place, species, mass_kg in rows}, inventory


def test_measured_ultra_low_emission_from_the_raw_row_to_the_mart(dust) -> None:
    """1,000,000 t coal: 9.9 t PM, of it 9.8 t PM10 and 9.2 t PM2.5; 0.2 % of that is black carbon."""
    kg, inventory = dust
    [(coal_t,)] = inventory.query("""
        select sum(amount) from marts.activity join marts.site using (site_id) where site_name = 'plant power'
    """)
    ratio = {species: kg["power", species] / coal_t for species in ("PM", "SO2", "NOx", "PM10", "PM2.5")}
    assert ratio == pytest.approx({"PM": 0.0099, "SO2": 0.113, "NOx": 0.288, "PM10": 0.0098, "PM2.5": 0.0092}, rel=1e-4)
    assert kg["power", "BC"] == pytest.approx(9_200.07 * 0.002, rel=1e-9)


def test_dust_before_control_is_never_that_of_a_measured_stack(dust) -> None:
    """Uncontrolled shares are 0.06 (pulverised) and 0.07 (grate); only the calculated boiler without control has it."""
    kg, _ = dust
    share = {place: kg[place, "PM2.5"] / kg[place, "PM"] for place in ("power", "cyclone", "bare", "stack")}
    assert share["power"] == pytest.approx(0.9293, rel=1e-9)
    assert share["cyclone"] == pytest.approx(0.063 / 0.182, rel=1e-9)
    assert share["bare"] == pytest.approx(0.07, rel=1e-9)
    assert share["stack"] == pytest.approx(0.45, rel=1e-9)


def test_a_value_of_a_feed_stands_and_the_other_species_are_derived(dust) -> None:
    kg, inventory = dust
    assert kg["fed", "PM2.5"] == pytest.approx(600)
    assert kg["fed", "PM10"] == pytest.approx(1_000 * 0.102 / 0.182, rel=1e-9)
    assert inventory.query("""
        select count(*) from marts.emission_candidate join marts.site using (site_id)
        where site_name = 'plant fed' and species = 'PM2.5' and method_code = 'pm_fraction'
    """) == [(0,)]


def test_county_dust_has_its_shares(dust) -> None:
    kg, _ = dust
    of_life = {species: kg["330106:life", species] for species in ("PM10", "PM2.5", "BC", "OC")}
    assert of_life == pytest.approx({"PM10": 950, "PM2.5": 842, "BC": 842 * 0.207, "OC": 842 * 0.559}, rel=1e-9)


def test_the_ledger_names_the_dust_behind_a_share(dust) -> None:
    _, inventory = dust
    [(reason, mass_kg, chosen_kg, file, row, parent_row)] = inventory.query("""
        select share.reason, share.mass_kg, share.chosen_kg, share.source_file_id, share.row_no, parent.row_no
        from marts.emission_candidate as share
        join marts.site using (site_id)
        join marts.emission_candidate as parent
            on contains(share.reason, parent.candidate_id) and parent.species = 'PM'
        where site_name = 'plant power' and share.species = 'PM2.5'
    """)
    assert reason.startswith("chosen: 92.93 % of the dust of candidate C")
    assert "Liu 2020" in reason
    assert mass_kg == chosen_kg == pytest.approx(9_200.07, rel=1e-9)
    assert (file, row) == ("permit", parent_row)


def test_sizes_lie_inside_each_other_everywhere(dust) -> None:
    kg, _ = dust
    places = {place for place, species in kg if species == "PM"} - {"fed"}
    assert len(places) == 5
    for place in places:
        sizes = [kg[place, species] for species in ("PM", "PM10", "PM2.5")]
        assert sizes == sorted(sizes, reverse=True)
        assert kg[place, "BC"] + kg[place, "OC"] <= sizes[-1]
