"""The tree behind a figure: winner, losers with their reasons, links, inputs down to file, sha256 and row.

Here: the queries. The result is plain data (JSON); `tree.py` draws it.
"""

import re
from typing import Any

import duckdb

from pipelines.errors import UsageError
from pipelines.report.rows import Row, rows

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


def explain(con: duckdb.DuckDBPyConnection, site: str, species: str, period: str) -> dict[str, Any]:
    """Everything that bears on one species of one site in one year (`2017`) or month (`2017-03`).

    Args:
        con: read-only connection to a release's `warehouse.duckdb`.
        site: site id (a former one leads to the site it became), or a name (or part of one) that belongs to one site.
        species: species code, any case.
        period: `YYYY` or `YYYY-MM`.

    Returns:
        `site`, `species`, `period`, `mass_kg`, `sources` (each with its months and candidates), `links`, `events` (what
        happened to the site's id), `activity`, `factors`; candidates carry `file_name`, `sha256`, `row_no`.

    Raises:
        UsageError: the site, species or period is unknown or ambiguous, or holds no figure.
    """
    start, end = _bounds(period)
    place = _find_site(con, site)
    code = _find_species(con, species)
    figures = rows(
        con,
        """
        select source_id, source_kind, month, mass_kg, method_code, feed, quality_grade, coverage, uncertainty_pct,
            status, factor_status, candidate_id
        from v1.emission where site_id = ? and species = ? and month between ? and ? order by source_id, month
        """,
        [place["site_id"], code, start, end],
    )
    candidates = _candidates(con, place["site_id"], code, start, end)
    if not figures and not candidates:
        raise UsageError(
            f"No feed gives {code} for {place['site_name']} ({place['site_id']}) in {period}."
            " Ask for another species or period; `fusedinv query` lists what there is in v1.emission."
        )
    return {
        "site": place,
        "species": code,
        "period": period,
        "mass_kg": sum(figure["mass_kg"] for figure in figures),
        "sources": _by_source(figures, candidates),
        "links": _links(con, place["site_id"]),
        "events": rows(
            con,
            "select event, old_site_id, site_id, valid_from, after_release, reason from v1.site_event"
            " where site_id = ? or old_site_id = ? order by after_release nulls first, event, old_site_id, site_id",
            [place["site_id"], place["site_id"]],
        ),
        **_calculation(con, place["site_id"], code, start, end, candidates),
    }


def _links(con: duckdb.DuckDBPyConnection, site_id: str) -> list[Row]:
    """Every record of the site over time: how it was linked, how surely, and what else it might be."""
    return rows(
        con,
        """
        select feed, profile, scheme, record_key, record_name, legal_code, outlet_id, method, score, reason, reviewer,
            candidate_site_id, candidate_score, valid_from, valid_to
        from v1.crosswalk where site_id = ? order by feed, scheme, record_key, valid_from
        """,
        [site_id],
    )


def _bounds(period: str) -> tuple[str, str]:
    match = _PERIOD.fullmatch(period)
    if match is None or not 1 <= int(match[2] or 1) <= 12:
        raise UsageError(f"'{period}' is no period; write a year (2017) or a month (2017-03).")
    year, month = match.groups()
    return (f"{year}-{month}-01", f"{year}-{month}-01") if month else (f"{year}-01-01", f"{year}-12-01")


def _find_site(con: duckdb.DuckDBPyConnection, site: str) -> Row:
    found = (
        rows(con, "select * from v1.site where site_id = ?", [_present_id(con, site)])
        or rows(con, "select * from v1.site where lower(site_name) = lower(?) order by site_id", [site])
        or rows(
            con, "select * from v1.site where contains(lower(site_name), lower(?)) order by site_id", [site]
        )
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"No site has the id or name '{site}'; `fusedinv query \"from v1.site\"` lists them."
        )
    names = "; ".join(f"{row['site_id']} {row['site_name']}" for row in found[:5])
    raise UsageError(
        f"'{site}' fits {len(found)} sites ({names}{' …' if len(found) > 5 else ''}); give the id of one."
    )


def _present_id(con: duckdb.DuckDBPyConnection, site: str) -> str:
    """The id that a former one became, through all mergers; any other text as it is."""
    chain = rows(
        con,
        """
        with recursive became as (
            select site_id, 1 as steps from v1.site_event where event = 'merge' and old_site_id = $site
            union
            select later.site_id, became.steps + 1
            from became
            inner join v1.site_event as later on later.event = 'merge' and later.old_site_id = became.site_id
            where became.steps < 100
        )
        select site_id from became inner join v1.site using (site_id) order by steps, site_id limit 1
        """,
        {"site": site},
    )
    return str(chain[0]["site_id"]) if chain else site


def _find_species(con: duckdb.DuckDBPyConnection, species: str) -> str:
    found = rows(con, "select species from v1.species where lower(species) = lower(?)", [species])
    if not found:
        raise UsageError(
            f"'{species}' is no species of the inventory; `fusedinv query \"from v1.species\"` lists them."
        )
    return str(found[0]["species"])


def _candidates(
    con: duckdb.DuckDBPyConnection, site_id: str, species: str, start: str, end: str
) -> list[Row]:
    return rows(
        con,
        """
        select candidate.* exclude (site_id, species), file.file_name, file.sha256
        from v1.emission_candidate as candidate
        left join v1.source_file as file using (source_file_id)
        where candidate.site_id = ? and candidate.species = ?
            and candidate.period_start <= last_day(cast(? as date)) and candidate.period_end >= cast(? as date)
        order by candidate.is_chosen desc, candidate.rank, candidate.source_id, candidate.period_start,
            candidate.candidate_id
        """,
        [site_id, species, end, start],
    )


def _by_source(figures: list[Row], candidates: list[Row]) -> list[dict[str, Any]]:
    """Sources with their months; each candidate stands under the source it covers, or under its own if none."""
    source_ids = list(
        dict.fromkeys([row["source_id"] for row in figures] + [row["source_id"] for row in candidates])
    )
    sources = []
    for source_id in source_ids:
        months = [row for row in figures if row["source_id"] == source_id]
        sources.append(
            {
                "source_id": source_id,
                "source_kind": months[0]["source_kind"] if months else None,
                "mass_kg": sum(row["mass_kg"] for row in months),
                "months": months,
                "candidates": [row for row in candidates if row["source_id"] == source_id],
            }
        )
    return sources


def _calculation(
    con: duckdb.DuckDBPyConnection, site_id: str, species: str, start: str, end: str, candidates: list[Row]
) -> dict[str, list[Row]]:
    """Activity and factors behind own calculations; empty lists where no candidate is one."""
    if not any(row["method_code"].startswith("fuel_") for row in candidates):
        return {"activity": [], "factors": []}
    activity = rows(
        con,
        """
        select activity.* exclude (site_id), file.file_name, file.sha256
        from v1.activity as activity left join v1.source_file as file using (source_file_id)
        where activity.site_id = ? and activity.is_chosen
            and activity.period_start <= last_day(cast(? as date)) and activity.period_end >= cast(? as date)
        order by source_id, fuel_code, period_start
        """,
        [site_id, end, start],
    )
    factors = rows(
        con,
        """
        select * from v1.factor
        where fuel_code in (
            select fuel_code from v1.activity where site_id = ? and is_chosen
        ) and (species = ? or (species is null and ? in ('CO2', 'CO2_bio')))
        order by factor_id
        """,
        [site_id, species, species],
    )
    return {"activity": activity, "factors": factors}
