"""How near the nowcast of a year came to what was known when the year was over.

Here: the comparison of two releases, and the table. Not here: making the releases (`benchmarks/nowcast.py`).
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipelines.report.rows import Row, rows

_COMPARISON = """
-- A share of an inferred value is inferred, too.
with early_value as (
    select
        emission.*, 'nowcast' in (emission.method_code, coalesce(parent.method_code, '')) as is_inferred,
        fsum(emission.mass_kg) filter (where is_inferred) over source_year
            / nullif(fsum(emission.mass_kg) over source_year, 0) as inferred_share
    from early.v1.emission as emission
    left join early.v1.emission_candidate as candidate on candidate.candidate_id = emission.candidate_id
    left join early.v1.emission_candidate as parent on parent.candidate_id = candidate.parent_candidate_id
    where year(emission.month) = $year
    window source_year as (partition by emission.source_id, emission.species)
),

cell as (
    select coalesce(early.cell, late.cell) as cell, coalesce(early.species, late.species) as species,
        coalesce(early.mass_kg, 0) as nowcast_kg, coalesce(late.mass_kg, 0) as final_kg,
        coalesce(early.told_kg, 0) as told_kg
    from (
        select coalesce(site_id, source_id) as cell, species, fsum(mass_kg) as mass_kg,
            fsum(mass_kg) filter (where not is_inferred) as told_kg
        from early_value group by all
    ) as early
    full join (
        select coalesce(site_id, source_id) as cell, species, fsum(mass_kg) as mass_kg
        from late.v1.emission where year(month) = $year group by all
    ) as late on late.cell = early.cell and late.species = early.species
),

-- Only what inferring adds to the width: both releases share the error of what it was inferred from.
inside as (
    select
        nowcast.species,
        avg((
            abs(final.mass_kg - nowcast.mass_kg)
            <= nowcast.mass_kg * method.uncertainty_pct / 100 * (1 + nowcast.inferred_share)
        )::int) as share
    from early_value as nowcast
    inner join late.v1.emission as final using (source_id, species, month)
    inner join early.v1.method as method on method.method_code = 'nowcast'
    where nowcast.is_inferred and final.mass_kg > 0
    group by all
)

select
    species, fsum(final_kg) / 1000 as final_t, fsum(told_kg) / fsum(nowcast_kg) as told_share,
    (fsum(nowcast_kg) - fsum(final_kg)) / fsum(final_kg) as total_error,
    fsum(abs(nowcast_kg - final_kg)) / fsum(final_kg) as cell_error, any_value(inside.share) as inside_share
from cell
left join inside using (species)
group by species
having fsum(final_kg) > 0
order by species
"""


def backtest(early: Path, late: Path, year: int) -> list[Row]:
    """Errors per species of a year as an early release infers it, against a later release that knows all of it.

    Args:
        early: `warehouse.duckdb` of the release with a nowcast of the year.
        late: `warehouse.duckdb` of the release in which the year is finished.
        year: the year compared.

    Returns:
        Per species: `final_t`, the later total; `told_share`, share of the early total that is no nowcast
        and follows none; `total_error`, difference of the totals over the later one; `cell_error`, sum over plants and
        county sources of the absolute differences over the later total; `inside_share`, share of the inferred months
        (source × month) of which the later value lies within the 95 % half-width that inferring adds.
    """
    with duckdb.connect() as con:
        con.execute(f"attach '{_quoted(early)}' as early (read_only)")
        con.execute(f"attach '{_quoted(late)}' as late (read_only)")
        return rows(con, _COMPARISON, {"year": year})


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def markdown(by_months: Mapping[int, list[Row]]) -> str:
    """One table of back-tests by number of months to date: cell error, in brackets the error of the total."""
    months = sorted(by_months)
    found = {(count, row["species"]): row for count in months for row in by_months[count]}
    head = ["species", "finished year, t", *(f"first {count} months" for count in months)]
    head += [f"told, {count} m" for count in months] + [f"inside, {count} m" for count in months]
    lines = [
        [
            species,
            f"{max(found[key]['final_t'] for key in found if key[1] == species):,.0f}",
            *(_cell(found.get((count, species)), "{cell_error:.1%} ({total_error:+.1%})") for count in months),
            *(_cell(found.get((count, species)), "{told_share:.0%}") for count in months),
            *(_cell(found.get((count, species)), "{inside_share:.0%}") for count in months),
        ]
        for species in sorted({key[1] for key in found})
    ]
    table = [head, ["---", *["--:"] * (len(head) - 1)], *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


def _cell(row: Row | None, text: str) -> str:
    """A value of the table; a blank where the release has none."""
    if row is None:
        return ""
    known = {name: value if value is not None else float("nan") for name, value in row.items()}
    return text.format(**known).replace("nan%", "")
