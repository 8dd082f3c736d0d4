"""The tree behind a figure: winner, losers with their reasons, links, inputs down to file, sha256 and row.

Here: the queries. The result is plain data (JSON); `tree.py` draws it, `subject.py` finds what is asked about,
`origins.py` the inputs.
"""

from typing import Any

import duckdb

from pipelines.errors import UsageError
from pipelines.report.origins import origins
from pipelines.report.reasons import read_reasons
from pipelines.report.rows import Row, rows
from pipelines.report.subject import Subject, bounds, find_species, find_subject

CARBON = {"CO2", "CO2_bio"}  # by carbon balance: factors of the fuel, without a species


def explain(con: duckdb.DuckDBPyConnection, subject: str, species: str, period: str) -> dict[str, Any]:
    """Everything that bears on one species of one plant or source in one year (`2017`) or month (`2017-03`).

    Args:
        con: connection to a release's `warehouse.duckdb`.
        subject: site id (a former one leads to the site it became), the name (or part of one) of one site, or the id of
            a source, county sources included (`330106:life`).
        species: species code, any case.
        period: `YYYY` or `YYYY-MM`.

    Returns:
        `site` (None for county sources), `source_id` (None for a whole plant), `species`, `period`, `mass_kg`,
        `co2e_kg` (by GWP set; empty for other species), `sources` (each with its months and candidates), `links`,
        `events` (what happened to the site's id), `factors`. Candidates carry `file_name`,
        `sha256`, `row_no`, their `origins`, and `parents`: the candidates they are derived from. Reasons stand as the
        release records them, in `reason`, and in Chinese in `reason_zh`.

    Raises:
        UsageError: the subject, species or period is unknown or ambiguous, or holds no figure.
    """
    start, end = bounds(period)
    asked, code = find_subject(con, subject), find_species(con, species)
    figures = _figures(con, asked, code, start, end)
    candidates = _candidates(con, asked, code, start, end, [row["candidate_id"] for row in figures])
    if not figures and not candidates:
        name = f"{asked.site['site_name']} ({asked.site['site_id']})" if asked.site else subject
        raise UsageError(
            f"No feed gives {code} for {name} in {period}."
            " Ask for another species or period; `fusedinv query` lists what there is in v1.emission.",
            zh=f"没有任何来源给出{name}在 {period} 的 {code}。请换一种物质或时段；"
            "`fusedinv query` 可列出 v1.emission 中已有的数值。",
        )
    _attach_parents(con, candidates)
    family = list(candidates)
    for row in family:  # grows while it is walked
        family += row["parents"]
    _attach_origins(con, family)
    reasons = read_reasons(con)
    mass_kg = sum(figure["mass_kg"] for figure in figures)
    site_id = asked.site["site_id"] if asked.site else None
    told = {"links": _links(con, site_id), "events": _events(con, site_id)}
    for row in [*family, *told["links"], *told["events"]]:
        row["reason_zh"] = reasons.in_chinese(row["reason"])
    return {
        "site": asked.site,
        "source_id": asked.source_id,
        "species": code,
        "period": period,
        "mass_kg": mass_kg,
        "co2e_kg": rows(
            con,
            "select gwp_set, gwp, ? * gwp as co2e_kg, source, source_status from v1.gwp where species = ?"
            " order by gwp_set",
            [mass_kg, code],
        ),
        "sources": _by_source(figures, candidates),
        **told,
        "factors": _factors(con, asked, family) + _coefficients(con, family),
    }


def _links(con: duckdb.DuckDBPyConnection, site_id: str | None) -> list[Row]:
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


def _events(con: duckdb.DuckDBPyConnection, site_id: str | None) -> list[Row]:
    """What happened to the site's id."""
    return rows(
        con,
        "select event, old_site_id, site_id, valid_from, after_release, reason from v1.site_event"
        " where site_id = ? or old_site_id = ? order by after_release nulls first, event, old_site_id, site_id",
        [site_id, site_id],
    )


def _figures(con: duckdb.DuckDBPyConnection, asked: Subject, species: str, start: str, end: str) -> list[Row]:
    return rows(
        con,
        f"""
        select source_id, source_kind, source_class_code, region_code, month, mass_kg, method_code,
            method.name_en as method_en, method.name_zh as method_zh, feed, emission.quality_grade, coverage,
            emission.uncertainty_pct, status, factor_status, candidate_id
        from v1.emission left join v1.method as method using (method_code)
        where {"source_id" if asked.source_id else "site_id"} = ? and species = ? and month between ? and ?
        order by source_id, month
        """,
        [_key(asked), species, start, end],
    )


def _candidates(
    con: duckdb.DuckDBPyConnection, asked: Subject, species: str, start: str, end: str, used: list[str]
) -> list[Row]:
    """What was offered for the plant or source, and what its figures rest on (a share of the plant's total)."""
    return rows(
        con,
        f"""
        {_CANDIDATE}
        where candidate.species = $species and (
            candidate.candidate_id in (select unnest($used)) or (
                candidate.{"source_id" if asked.source_id else "site_id"} = $key
                and candidate.period_start <= last_day(cast($last as date))
                and candidate.period_end >= cast($first as date)
            )
        )
        order by candidate.is_chosen desc, candidate.rank, candidate.source_id, candidate.period_start,
            candidate.candidate_id
        """,
        {"key": _key(asked), "species": species, "first": start, "last": end, "used": used},
    )


_CANDIDATE = """
    select candidate.*, method.name_en as method_en, method.name_zh as method_zh, file.file_name, file.sha256
    from v1.emission_candidate as candidate
    left join v1.method as method using (method_code)
    left join v1.source_file as file using (source_file_id)
"""


def _key(asked: Subject) -> str:
    return asked.source_id or str((asked.site or {})["site_id"])


def _attach_parents(con: duckdb.DuckDBPyConnection, candidates: list[Row]) -> None:
    """The candidates that others are derived from, as far back as there are any."""
    for row in candidates:
        row["parents"] = []
    open_rows = candidates
    while wanted := sorted({row["parent_candidate_id"] for row in open_rows} - {None}):
        found = rows(con, f"{_CANDIDATE} where candidate_id in (select unnest(?))", [wanted])
        by_id = {row["candidate_id"]: row | {"parents": []} for row in found}
        for row in open_rows:
            row["parents"] = [by_id[p] for p in [row["parent_candidate_id"]] if p in by_id]
        open_rows = list(by_id.values())


def _attach_origins(con: duckdb.DuckDBPyConnection, family: list[Row]) -> None:
    """Each candidate's own inputs; those of its parents stand with them."""
    found = origins(con, [row["candidate_id"] for row in family])
    for row in family:
        own = [o for o in found[row["candidate_id"]] if o["candidate_id"] == row["candidate_id"]]
        row["origins"] = [{k: v for k, v in o.items() if v is not None and k != "candidate_id"} for o in own]


def _by_source(figures: list[Row], candidates: list[Row]) -> list[dict[str, Any]]:
    """Sources with their months; each candidate stands under the source it covers, or under its own if none."""
    source_ids = list(dict.fromkeys([row["source_id"] for row in figures] + [row["source_id"] for row in candidates]))
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


def _factors(con: duckdb.DuckDBPyConnection, asked: Subject, family: list[Row]) -> list[Row]:
    """Factors for the fuels behind own calculations, valid in their time and for the plant's class."""
    calculated = [row for row in family if row["is_own_calculation"]]
    own = [o for row in calculated for o in row["origins"] if "fuel_code" in o or "fuels" in o]
    if not own or asked.site is None:
        return []
    estimated = {part.split(" ")[0] for o in own for part in o.get("fuels", "").split("|")} - {""}
    species = {row["species"] for row in calculated}
    return rows(
        con,
        """
        select * from v1.factor
        where fuel_code in (select unnest($fuels)) and source_class_code in ('*', $class)
            and valid_from <= $last and coalesce(valid_to, date '9999-12-31') >= $first
            and (species in (select unnest($species)) or (species is null and $has_carbon))
        order by fuel_code, factor_kind, factor_id
        """,
        {
            "fuels": sorted(estimated | {o["fuel_code"] for o in own if "fuel_code" in o}),
            "class": asked.site["source_class_code"],
            "first": min(o["period_start"] for o in own),
            "last": max(o["period_end"] for o in own),
            "species": sorted(species),
            "has_carbon": not species.isdisjoint(CARBON),
        },
    )


def _coefficients(con: duckdb.DuckDBPyConnection, family: list[Row]) -> list[Row]:
    """Coefficients behind own calculations, as factors; a formula in S or A is told beside its constant part."""
    used = sorted({c for row in family for c in (row["coefficient_ids"] or "").split("|")} - {""})
    coefficients = rows(
        con,
        """
        select coefficient_id as factor_id, intercept as value,
            if(slope > 0, '+ ' || slope || ' × ' || parameter || ' ', '') || unit as unit,
            * exclude (coefficient_id, intercept, unit)
        from v1.coefficient where coefficient_id in (select unnest(?)) order by coefficient_id
        """,
        [used],
    )
    of_heat = "select * from v1.heat_factor where factor_id in (select unnest(?)) order by factor_id"
    return coefficients + rows(con, of_heat, [used])
