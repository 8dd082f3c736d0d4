"""Totals of a release: per species, and what each feed says beside the fused figure."""

import duckdb

from pipelines.report.rows import Row, rows

BASES = ("measured", "reported", "calculated", "default", "recalled")


def totals(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Per year and species of the territory: `mass_kg`, `uncertainty_pct` (95 % half-width), simulated `lower_kg` and
    `upper_kg`, the share that rests on each of `BASES` (`share_measured` …), `status`, `site_count`.
    """
    return rows(
        con,
        """
        with figure as (
            select year(month) as year, species, count(distinct site_id) as site_count,
                min(list_position(['flash', 'preliminary', 'revised', 'final'], status)) as status_order
            from v1.emission group by all
        )
        select total.year, total.species, species.name_en, species.name_zh,
            total.* exclude (region_code, species, year, level),
            (['flash', 'preliminary', 'revised', 'final'])[figure.status_order] as status, figure.site_count
        from v1.region_yearly as total
        inner join figure using (year, species)
        inner join v1.species as species using (species)
        where total.level = 'territory'
        order by total.year, species.species_group, total.mass_kg desc, total.species
        """,
    )


def feed_totals(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Per year and species the plant totals of each feed, the fused total, and how many plants are in conflict."""
    return rows(
        con,
        """
        select year, species, fsum(monitoring_kg) as monitoring_kg, fsum(permit_kg) as permit_kg,
            fsum(statistics_kg) as statistics_kg, fsum(fused_kg) as fused_kg,
            count(*) filter (where verdict = 'conflict') as conflicts, count(*) as sites
        from v1.reconciliation group by all order by year, species
        """,
    )
