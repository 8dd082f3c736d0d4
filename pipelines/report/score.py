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
    select * from read_csv($emission, all_varchar = true)
),

link as (
    select distinct truth.site_uid, coalesce(permit.site_id, form.site_id) as site_id
    from read_csv($site, all_varchar = true) as truth
    left join v1.crosswalk as permit
        on permit.feed = 'permit' and upper(permit.record_key) = upper(truth.permit_key)
    left join v1.crosswalk as form on form.feed = 'statistics' and form.record_key = truth.statistics_key
),

-- A cell is a plant × species × year, or a county × class × species × year for sources that are not plants.
truth as (
    select
        coalesce(link.site_id, nullif(truth.site_uid, ''), truth.region_code || ':' || truth.source_class) as cell,
        truth.species, truth.month[:4]::integer as year, fsum(truth.mass_kg::double) as truth_kg
    from truth_emission as truth
    left join link on link.site_uid = truth.site_uid
    group by all
),

fused as (
    select coalesce(site_id, region_code || ':' || source_class_code) as cell, species, year(month) as year,
        fsum(mass_kg) as fused_kg
    from v1.emission group by all
),

interval as (
    select site_id as cell, species, year, lower_kg, upper_kg from v1.reconciliation where lower_kg is not null
    union all by name
    select region_code || ':' || source_class_code as cell, species, year, lower_kg, upper_kg
    from v1.emission_yearly where industry_code is null
),

feed as (
    select site_id as cell, species, year, fsum(monitoring_kg) as monitoring_kg, fsum(permit_kg) as permit_kg,
        fsum(statistics_kg) as statistics_kg
    from v1.reconciliation group by all
    union all by name
    select source_id as cell, species, year(period_start) as year, fsum(mass_kg) as statistics_kg
    from v1.emission_candidate where scope = 'county' and parent_candidate_id is null group by all
),

cell as (
    select
        species, year, coalesce(truth_kg, 0) as truth_kg, not contains(cell, ':') as is_plant,
        coalesce(fused_kg, 0) as fused,
        coalesce(monitoring_kg, 0) + coalesce(permit_kg, 0) + coalesce(statistics_kg, 0) as sum_of_feeds,
        coalesce(statistics_kg, 0) as statistics_only,
        coalesce(monitoring_kg, 0) as monitoring_only,
        case when truth_kg is not null and fused_kg is not null
            then coalesce(truth_kg between lower_kg and upper_kg, false) end as is_inside
    from truth
    full join fused using (cell, species, year)
    full join feed using (cell, species, year)
    left join interval using (cell, species, year)
),

total as (
    select species, fsum(lower_kg) / 1000 as lower_t, fsum(upper_kg) / 1000 as upper_t
    from v1.region_yearly where level = 'territory' and year = coalesce($year, year) group by species
)

select
    species, fsum(truth_kg) / 1000 as truth_t,
    {ways},
    count(is_inside) as cells, count(*) filter (where is_inside) as cells_inside,
    count(is_inside) filter (where is_plant) as plants, count(*) filter (where is_inside and is_plant) as plants_inside,
    any_value(total.lower_t) as lower_t, any_value(total.upper_t) as upper_t,
    coalesce(fsum(truth_kg) / 1000 between any_value(total.lower_t) and any_value(total.upper_t), false)
        as is_total_inside
from cell
left join total using (species)
where species in (select species from truth) and year = coalesce($year, year)
group by species
order by species
"""


def score(con: duckdb.DuckDBPyConnection, sample: Path, year: int | None = None) -> list[Row]:
    """Errors per species of a release against the truth of its synthetic province, in one year or in all of them.

    Per way (`fused`, `sum_of_feeds`, `statistics_only`, `monitoring_only`): `<way>_error`, the sum over all cells
    (plant × species, county × class × species) of the absolute difference to the truth, over the true total, so that
    errors do not cancel; `<way>_total_error`, the signed difference of the totals; `<way>_t`, the total in tonnes.
    Naive ways take a feed's own plant totals, and county totals once where the statistics are used.
    `cells` with both a truth and a fused figure, and of these `cells_inside`, whose truth lies in the simulated 95 %
    interval (`plants`, `plants_inside`: without county cells); `lower_t`, `upper_t`, the interval of the total, and
    `is_total_inside`.

    Raises:
        UsageError: the folder holds no truth.
    """
    emission, site = (sample / "truth" / name for name in ("emission.csv", "site.csv"))
    if not (emission.is_file() and site.is_file()):
        raise UsageError(
            f"{sample} holds no truth/emission.csv; only a synthetic province can be scored.",
            zh=f"{sample} 中没有 truth/emission.csv；只有合成省份才能评分。",
        )
    ways = ",\n    ".join(
        f"fsum({way}) / 1000 as {way}_t, (fsum({way}) - fsum(truth_kg)) / fsum(truth_kg) as {way}_total_error,"
        f" fsum(abs({way} - truth_kg)) / fsum(truth_kg) as {way}_error"
        for way in WAYS
    )
    sql = _COMPARISON.format(ways=ways)
    return rows(con, sql, {"emission": str(emission), "site": str(site), "year": year})


def share_inside(table: list[Row], cells: str = "cells") -> float:
    """Share of all cells (or `plants`) whose truth lies in the 95 % interval of the fused figure."""
    return float(sum(row[f"{cells}_inside"] for row in table) / max(sum(row[cells] for row in table), 1))


def markdown(table: list[Row]) -> str:
    """Markdown: error over all cells, in brackets the difference of the totals; species without a feed; intervals."""
    head = "| species | truth, t | fused | sum of feeds | statistics only | monitoring only |\n|---" + "|--:" * 5 + "|"
    lines = [
        f"| {row['species']} | {row['truth_t']:,.0f} | "
        + " | ".join(f"{row[f'{way}_error']:.1%} ({row[f'{way}_total_error']:+.1%})" for way in WAYS)
        + " |"
        for row in table
    ]
    intervals = [
        "| species | truth inside the 95 % | cells | plants alone | fused, t | 95 % of the total, t | true total |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    intervals += [
        f"| {row['species']} | {share_inside([row]):.1%} | {row['cells']} | {share_inside([row], 'plants'):.1%} |"
        f" {row['fused_t']:,.0f} | {row['lower_t'] or 0:,.0f} to {row['upper_t'] or 0:,.0f} |"
        f" {'inside' if row['is_total_inside'] else 'outside'} |"
        for row in table
    ]
    plants = share_inside(table, "plants")
    intervals.append(f"| all | {share_inside(table):.1%} | {sum(row['cells'] for row in table)} | {plants:.1%} | | | |")
    silent = ", ".join(str(row["species"]) for row in table if row["sum_of_feeds_t"] == 0)
    note = ["", f"No feed tells {silent}: naive ways are 100 % wrong there. 上述物质无来源上报，朴素方法全错。"]
    return "\n".join([head, *lines, *(note if silent else []), "", *intervals]) + "\n"
