"""Wide: records to one row per monitor and hour, with a group of columns per target.

Here: what a code means, the SQL that turns records of hours, minutes and real time into wide rows
(`wide.sql`). Not here: gas state, masses, the columns of the contract (`hours`).
"""

from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from pipelines.hj212.factors import SHARE_MAX, Factor, find_factor
from pipelines.hj212.words import say

SQL = Path(__file__).with_name("wide.sql")
STATE = "production_state"
BOUNDED = "case when value_max is null or avg <= value_max then avg * factor end"

ABOVE = f"""
select frame_no as row_no, line_no, code as column_name, avg::varchar as value, 'out_of_band' as reason_code,
       replace('{say("share_too_large", highest="{}")}', '{{}}', value_max::bigint::varchar) as message
from record join (from meaning where value_max is not null) using (code) join frame using (frame_no)
where avg > value_max and cn in ('2061', '2051', '2011') order by row_no, column_name, value
"""


class Target(NamedTuple):
    """What a code means (a species, a part of one, a quantity), and what is kept of it."""

    name: str
    parts: tuple[str, ...]


def meaning_of(factors: list[Factor], codes: list[str], species: list[str]) -> tuple[pa.Table, list[Target]]:
    """Table code → target (place in the list), factor, factor of its amount, upper bound; and the targets."""
    rows: list[dict[str, Any]] = []
    found: dict[Target, int] = {}
    for code in codes:
        factor = find_factor(factors, code)
        if factor is None:
            continue
        row: dict[str, Any] = {"code": code, "factor": 1.0, "is_state": False}
        if factor.species and (factor.part_of or factor.species).lower() in species:
            target = Target(factor.species.lower(), ("value", "amount", "flag"))
            row |= {"factor": factor.to_mg_m3(), "amount_factor": factor.to_kg()}
            row["value_max"] = SHARE_MAX.get(factor.conc_unit)
        elif factor.quantity == STATE:
            target, row["is_state"] = Target(STATE, ("state",)), True
        elif factor.quantity:
            target = Target(factor.quantity, ("value",))
            row["factor"] = factor.to_m3_h() if factor.quantity == "flow" else 1.0
        else:
            continue
        rows.append(row | {"target": found.setdefault(target, len(found))})
    schema = {"code": pa.string(), "target": pa.int32(), "is_state": pa.bool_(), "factor": pa.float64(),
              "amount_factor": pa.float64(), "value_max": pa.float64()}  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(schema.items())), list(found)


def widen(con: duckdb.DuckDBPyConnection, targets: list[Target], has_states: bool, has_bounds: bool) -> pa.Table:
    """One row per monitor and hour. Hour records are read frame by frame; where several sources give an hour,
    the best counts, target by target: the later hour record, else minutes, else real time."""  # fmt: skip
    value = {
        "value": BOUNDED if has_bounds else "avg * factor",
        "amount": "cou * amount_factor", "flag": "nullif(trim(flag), '')", "state": "null::varchar",
    }  # fmt: skip
    con.execute(f"""
        create or replace temp table hour_wide as
        with pivoted as (
            select frame_no{_pivot(targets, value)} from record join meaning using (code) group by frame_no)
        select mn, date_trunc('hour', data_time) as hour_start, 3 as rank, frame_no as row_no, line_no,
               pivoted.* exclude (frame_no)
        from pivoted join frame using (frame_no) where cn = '2061' and outcome = 'rows'""")
    finer = con.execute("from frame where cn in ('2051', '2011') and outcome = 'rows' limit 1").fetchone()
    if finer is not None or has_states:
        for statement in SQL.read_text(encoding="utf-8").replace("$has_states", str(has_states)).split(";\n"):
            con.execute(statement)
        plain = {name: name for name in value}
        con.execute(f"""
            insert into hour_wide
            select mn, hour_start, rank, max(frame_no), max_by(line_no, frame_no){_pivot(targets, plain)}
            from hour_rest group by mn, hour_start, rank""")
    if (
        con.execute("select mn from hour_wide group by mn, hour_start having count(*) > 1 limit 1").fetchone()
        is not None
    ):
        _merge(con, targets)
    return con.sql("from hour_wide order by mn, hour_start").to_arrow_table()


def _pivot(targets: list[Target], source: dict[str, str]) -> str:
    return "".join(
        f', max({source[part]}) filter (target = {number}) as "{target.name}_{part}"'
        for number, target in enumerate(targets) for part in target.parts
    )  # fmt: skip


def _merge(con: duckdb.DuckDBPyConnection, targets: list[Target]) -> None:
    best, taken = "", ""
    for number, target in enumerate(targets):
        names = [f'"{target.name}_{part}"' for part in target.parts]
        packed = ", ".join(f"{part}: {name}" for part, name in zip(target.parts, names, strict=True))
        best += f", max_by({{{packed}}}, place) filter ({' or '.join(f'{n} is not null' for n in names)}) as t{number}"
        taken += "".join(f", t{number}.{part} as {name}" for part, name in zip(target.parts, names, strict=True))
    con.execute(f"""
        create or replace temp table hour_wide as
        with placed as (select *, rank::bigint << 48 | row_no as place from hour_wide),
        best as (select mn, hour_start, max_by(row_no, place) as row_no, max_by(line_no, place) as line_no{best}
                 from placed group by mn, hour_start)
        select mn, hour_start, row_no, line_no{taken} from best""")
