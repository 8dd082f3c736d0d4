"""What a question is about: a plant, one of its sources, or a county source, by id or name.

Here: looking subject, species and period up in a release. Not here: what is told about them (`explain`).
"""

import re
from dataclasses import dataclass

import duckdb

from pipelines.errors import UsageError
from pipelines.report.rows import Row, rows

_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")


@dataclass(frozen=True)
class Subject:
    """A plant (`source_id` is None), one source of it, or a county source (`site` is None)."""

    site: Row | None
    source_id: str | None


def find_subject(con: duckdb.DuckDBPyConnection, text: str) -> Subject:
    """The plant or source of that id, a former id, or the name (or part of one) of one plant.

    Raises:
        UsageError: nothing or more than one plant fits.
    """
    site = rows(con, "select * from v1.site where site_id = ?", [_present_id(con, text)])
    if site:
        return Subject(site[0], None)
    owner = rows(
        con,
        "select source_id, min(site_id) as site_id from v1.emission_candidate where source_id = $id group by source_id"
        " union select source_id, min(site_id) from v1.emission where source_id = $id group by source_id",
        {"id": text},
    )
    if owner:
        head = rows(con, "select * from v1.site where site_id = ?", [owner[0]["site_id"]])
        return Subject(head[0] if head else None, text)
    return Subject(_by_name(con, text), None)


def _by_name(con: duckdb.DuckDBPyConnection, name: str) -> Row:
    found = rows(con, "select * from v1.site where lower(site_name) = lower(?) order by site_id", [name]) or rows(
        con, "select * from v1.site where contains(lower(site_name), lower(?)) order by site_id", [name]
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"No site has the id or name '{name}', and no source that id; `fusedinv query \"from v1.site\"` lists"
            ' sites, `fusedinv query "select distinct source_id from v1.emission"` sources.',
            zh=f'没有编号或名称为“{name}”的场所，也没有该编号的源；`fusedinv query "from v1.site"` 可列出场所，'
            '`fusedinv query "select distinct source_id from v1.emission"` 可列出源。',
        )
    names = "; ".join(f"{row['site_id']} {row['site_name']}" for row in found[:5])
    more = " …" if len(found) > 5 else ""
    raise UsageError(
        f"'{name}' fits {len(found)} sites ({names}{more}); give the id of one.",
        zh=f"“{name}”与 {len(found)} 个场所相符（{names}{more}）；请给出其中一个的编号。",
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


def find_species(con: duckdb.DuckDBPyConnection, species: str) -> str:
    """The code of a species, written in any case.

    Raises:
        UsageError: there is no such species.
    """
    found = rows(con, "select species from v1.species where lower(species) = lower(?)", [species])
    if not found:
        raise UsageError(
            f"'{species}' is no species of the inventory; `fusedinv query \"from v1.species\"` lists them.",
            zh=f'清单中没有物质“{species}”；`fusedinv query "from v1.species"` 可列出全部物质。',
        )
    return str(found[0]["species"])


def bounds(period: str) -> tuple[str, str]:
    """First day of the first and of the last month of `2017` or `2017-03`.

    Raises:
        UsageError: the text is neither.
    """
    match = _PERIOD.fullmatch(period)
    if match is None or not 1 <= int(match[2] or 1) <= 12:
        raise UsageError(
            f"'{period}' is no period; write a year (2017) or a month (2017-03).",
            zh=f"“{period}”不是时段；请写年份（2017）或月份（2017-03）。",
        )
    year, month = match.groups()
    return (f"{year}-{month}-01", f"{year}-{month}-01") if month else (f"{year}-01-01", f"{year}-12-01")
