"""The step that fills the schema `uncertainty` of the work file.

Here: terms read from DuckDB species by species, intervals written back. Not here: the simulation (`montecarlo.py`).
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.uncertainty.montecarlo import DRAWS, Intervals, Terms, simulate

LEVELS = ("site", "class", "region")  # levels of `Terms.groups`, inner first, then the regions
DIGITS = 6  # significant digits kept; a simulation knows three

# An area source is no site: its cell stands alone and is not published, its total is that of its class.
_TERMS = """
    create or replace temp table uncertainty_term as
    select
        term.*, concat_ws('|', region_code, source_class_code, coalesce(industry_code, '')) as class_subject,
        dense_rank() over (order by region_code, source_class_code, industry_code) as class_no,
        dense_rank() over (order by region_code, source_class_code, industry_code, coalesce(site_id, '')) as site_no
    from intermediate.int_uncertainty__term as term
"""
_CREATE = """
    create schema if not exists uncertainty;
    create or replace table uncertainty.interval (
        level varchar, subject varchar, species varchar, year integer, mean_kg double, lower_kg double, upper_kg double
    )
"""


@dataclass(frozen=True)
class _Names:
    """Subjects behind the numbers of each level."""

    by_level: dict[str, dict[int, str | None]]
    members: dict[int, list[int]]


def build_intervals(con: duckdb.DuckDBPyConnection, draws: int = DRAWS) -> dict[str, int]:
    """Write `uncertainty.interval`: mean, 2.5 and 97.5 percentile of every total of `int_uncertainty__total`.

    Returns:
        Terms simulated, totals written, draws.
    """
    con.execute(_CREATE)
    con.execute(_TERMS)
    names = _names(con)
    slices = con.execute(
        "select distinct species, year from uncertainty_term order by species, year"
    ).fetchall()
    for species, year in slices:
        for level, intervals in zip(LEVELS, simulate(_terms(con, species, year, names), draws), strict=True):
            _write(con, species, year, level, names.by_level[level], intervals)
    counts = con.execute(
        "select (select count(*) from uncertainty_term), (select count(*) from uncertainty.interval)"
    ).fetchone() or (0, 0)
    con.execute("drop table uncertainty_term")
    return {"terms": counts[0], "totals": counts[1], "draws": draws}


def _names(con: duckdb.DuckDBPyConnection) -> _Names:
    def pairs(sql: str) -> list[tuple[Any, ...]]:
        return con.execute(sql).fetchall()

    regions = [name for (name,) in pairs(
        "select distinct subject from intermediate.int_uncertainty__member order by subject"
    )]  # fmt: skip
    numbers = {name: number for number, name in enumerate(regions)}
    members = defaultdict(list)
    for class_no, subject in pairs("""
        select distinct class_no, member.subject
        from uncertainty_term inner join intermediate.int_uncertainty__member as member using (region_code)
        order by class_no, member.subject
    """):
        members[class_no].append(numbers[subject])
    return _Names(
        {
            "site": dict(pairs("select distinct site_no, site_id from uncertainty_term")),
            "class": dict(pairs("select distinct class_no, class_subject from uncertainty_term")),
            "region": dict(enumerate(regions)),
        },
        members,
    )


def _terms(con: duckdb.DuckDBPyConnection, species: str, year: int, names: _Names) -> Terms:
    table = con.execute(
        """
        select site_no, class_no, own_key || '|' || species || '|' || year as own_key,
            shared_key || '|' || year as shared_key, mass_kg, sigma_own, sigma_shared
        from uncertainty_term where species = ? and year = ? order by class_no, site_no, own_key, shared_key
        """,
        [species, year],
    ).to_arrow_table()
    column = {name: table[name] for name in table.column_names}
    return Terms(
        mass_kg=column["mass_kg"].to_numpy(),
        sigma_own=column["sigma_own"].to_numpy(),
        sigma_shared=column["sigma_shared"].to_numpy(),
        own_key=column["own_key"].to_pylist(),
        shared_key=column["shared_key"].to_pylist(),
        groups=(column["site_no"].to_numpy(), column["class_no"].to_numpy()),
        members=names.members,
    )


def _write(
    con: duckdb.DuckDBPyConnection, species: str, year: int, level: str, names: dict[int, str | None], found: Intervals
) -> None:
    subjects = [names[number] for number in found.number.tolist()]
    mean, lower, upper = _significant(found.mass_kg).T
    rows = pa.table({"subject": pa.array(subjects, pa.string()), "mean_kg": mean, "lower_kg": lower, "upper_kg": upper})
    con.register("found_interval", rows)
    con.execute(
        """
        insert into uncertainty.interval
        select ?, subject, ?, ?, mean_kg, lower_kg, upper_kg from found_interval where subject is not null
        """,
        [level, species, year],
    )
    con.unregister("found_interval")


def _significant(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Values at DIGITS significant digits: another processor's last bit is no other byte."""
    magnitude = np.floor(np.log10(np.where(values > 0, values, 1)))
    scale = 10.0 ** (DIGITS - 1 - magnitude)
    return np.round(values * scale) / scale
