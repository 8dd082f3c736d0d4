"""How near a release comes to a known truth, beside three naive ways of using the same feeds.

Here: the comparison, plant by plant and county by county. Not here: the truth itself (the sample province writes it).
"""

from pathlib import Path

import duckdb

from pipelines.errors import UsageError
from pipelines.report.rows import Row, rows

WAYS = ("fused", "sum_of_feeds", "statistics_only", "monitoring_only")

_COMPARISON = """
with truth_emission as (
    select * from read_csv($emission, all_varchar = true) where left(month, 4) = coalesce($year, left(month, 4))
),

link as (
    select distinct truth.site_uid, coalesce(permit.site_id, form.site_id) as site_id
    from read_csv($site, all_varchar = true) as truth
    left join v1.crosswalk as permit
        on permit.feed = 'permit' and upper(permit.record_key) = upper(truth.permit_key)
    left join v1.crosswalk as form on form.feed = 'statistics' and form.record_key = truth.statistics_key
),

-- A cell is a plant × species, or a county × class × species for sources that are not plants.
truth as (
    select
        coalesce(link.site_id, nullif(truth.site_uid, ''), truth.region_code || ':' || truth.source_class) as cell,
        truth.species, fsum(truth.mass_kg::double) as truth_kg
    from truth_emission as truth
    left join link on link.site_uid = truth.site_uid
    group by all
),

fused as (
    select coalesce(site_id, region_code || ':' || source_class_code) as cell, species, fsum(mass_kg) as fused_kg
    from v1.emission where year(month) = coalesce($year::int, year(month)) group by all
),

feed as (
    select site_id as cell, species, fsum(monitoring_kg) as monitoring_kg, fsum(permit_kg) as permit_kg,
        fsum(statistics_kg) as statistics_kg
    from v1.reconciliation where year = coalesce($year::int, year) group by all
    union all by name
    select source_id as cell, species, fsum(mass_kg) as statistics_kg
    from v1.emission_candidate
    where scope = 'county' and parent_candidate_id is null
        and year(period_start) = coalesce($year::int, year(period_start))
    group by all
),

cell as (
    select
        species, coalesce(truth_kg, 0) as truth_kg,
        coalesce(fused_kg, 0) as fused,
        coalesce(monitoring_kg, 0) + coalesce(permit_kg, 0) + coalesce(statistics_kg, 0) as sum_of_feeds,
        coalesce(statistics_kg, 0) as statistics_only,
        coalesce(monitoring_kg, 0) as monitoring_only
    from truth
    full join fused using (cell, species)
    full join feed using (cell, species)
)

select
    species, fsum(truth_kg) / 1000 as truth_t,
    {ways}
from cell
where species in (select species from truth)
group by species
order by species
"""


def score(con: duckdb.DuckDBPyConnection, sample: Path, year: int | None = None) -> list[Row]:
    """Errors per species of a release against the truth of its synthetic province, in one year or in all of them.

    Per way (`fused`, `sum_of_feeds`, `statistics_only`, `monitoring_only`): `<way>_error`, the sum over all cells
    (plant × species, county × class × species) of the absolute difference to the truth, over the true total, so that
    errors do not cancel; `<way>_total_error`, the signed difference of the totals; `<way>_t`, the total in tonnes.
    Naive ways take a feed's own plant totals, and county totals once where the statistics are used.

    Raises:
        UsageError: the folder holds no truth.
    """
    emission, site = (sample / "truth" / name for name in ("emission.csv", "site.csv"))
    if not (emission.is_file() and site.is_file()):
        raise UsageError(
            f"{sample} holds no truth/emission.csv; only a synthetic province can be scored."
        )
    ways = ",\n    ".join(
        f"fsum({way}) / 1000 as {way}_t, (fsum({way}) - fsum(truth_kg)) / fsum(truth_kg) as {way}_total_error,"
        f" fsum(abs({way} - truth_kg)) / fsum(truth_kg) as {way}_error"
        for way in WAYS
    )
    sql = _COMPARISON.format(ways=ways)
    year_text = None if year is None else str(year)
    return rows(con, sql, {"emission": str(emission), "site": str(site), "year": year_text})


def markdown(table: list[Row]) -> str:
    """The comparison as a Markdown table: error over all cells, and in brackets the difference of the totals."""
    head = "| species | truth, t | fused | sum of feeds | statistics only | monitoring only |\n|---" + "|--:" * 5 + "|"
    lines = [
        f"| {row['species']} | {row['truth_t']:,.0f} | "
        + " | ".join(f"{row[f'{way}_error']:.1%} ({row[f'{way}_total_error']:+.1%})" for way in WAYS)
        + " |"
        for row in table
    ]
    return "\n".join([head, *lines]) + "\n"
