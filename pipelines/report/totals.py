"""Totals of a release: per species, and what each feed says beside the fused figure."""

import duckdb

from pipelines.report.rows import Row, rows


def totals(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """Per year and species: `mass_kg`, `uncertainty_pct` (95 % half-width), `share_measured`, `status`, `site_count`.
    """
    return rows(
        con,
        """
        with figure as (
            select year(month) as year, species, fsum(mass_kg) as mass_kg, count(distinct site_id) as site_count,
                min(list_position(['flash', 'preliminary', 'revised', 'final'], status)) as status_order
            from v1.emission group by all
        ),
        yearly as (
            select year, species,
                sqrt(fsum(pow(mass_kg * uncertainty_pct, 2))) / nullif(fsum(mass_kg), 0) as uncertainty_pct,
                fsum(mass_kg * share_measured) / nullif(fsum(mass_kg), 0) as share_measured
            from v1.emission_yearly group by all
        )
        select figure.year, figure.species, species.name_en, species.name_zh, figure.mass_kg,
            coalesce(yearly.uncertainty_pct, 0) as uncertainty_pct,
            coalesce(yearly.share_measured, 0) as share_measured,
            (['flash', 'preliminary', 'revised', 'final'])[figure.status_order] as status, figure.site_count
        from figure
        inner join yearly using (year, species)
        inner join v1.species as species using (species)
        order by figure.year, species.species_group, figure.mass_kg desc, figure.species
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
