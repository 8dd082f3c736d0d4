"""The engine: run a plan over one file in DuckDB and account for every row.

Here: one in-memory database per file, in which rows are read, refused, found twice or kept. Not here: files
on disk and receipts (`raw`), or what a profile means (`compile`).
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.feeds import expressions as sql
from pipelines.feeds.compile import compile_profile
from pipelines.feeds.plan import Context, Output, Plan, Resolver
from pipelines.feeds.profile import Filter, Profile
from pipelines.feeds.reader import Source, read_source

ITEMS = 4096  # rows that one file row may become; row_no × ITEMS + item orders the rows of a table
ROW_GROUP = 122_880
REJECTED = ("row_no", "table_name", "column_name", "value", "reason_code", "message")


@dataclass
class RawResult:
    """A file as read: `tables` maps raw contract to a view of `con` with row_no and the contract's columns.

    `read = kept + rejected + duplicates` always holds; rows outside the filter are `filtered` and not read.
    """

    con: duckdb.DuckDBPyConnection
    tables: dict[str, str]
    filtered: int
    read: int
    kept: int
    rejected: int
    duplicates: int
    reasons: dict[str, int]

    def rows(self, table: str) -> pa.Table:
        """Rows of one raw table in file order: row_no, then the contract's columns."""
        return self.con.sql(f"from {sql.name(self.tables[table])}").to_arrow_table()

    def rejects(self) -> list[dict[str, Any]]:
        """Refused rows in file order, as dicts with the keys of `REJECTED`."""
        return self.con.sql("from rejected order by row_no").to_arrow_table().to_pylist()


def read_file(path: Path, profile: Profile, context: Context, where: Filter | None = None) -> RawResult:
    """Read one file.

    Args:
        path: the file as landed.
        profile: how to read it.
        context: name, territory and year of its feed set.
        where: row filter of the feed set (exact text per source column), on top of the profile's own.

    Raises:
        Unreadable: the file cannot be read at all.
        UsageError: the profile asks for an unknown unit, code or placeholder.
    """
    return read_rows(read_source(path, profile), profile, context, where)


def read_rows(source: Source, profile: Profile, context: Context, where: Filter | None = None) -> RawResult:
    """Read the rows of a source; arguments and errors as in `read_file`."""
    plan = compile_profile(profile, source.header, context, where)
    # Threads only cost time where the file fits into one of DuckDB's row groups.
    con = duckdb.connect(config={"threads": 1} if source.rows.num_rows <= ROW_GROUP else {})
    con.register("source", source.rows)
    _parse(con, plan)
    _find_duplicates(con, plan, len(source.header))
    _refuse(con, plan, source, profile.tables[0].table)
    return _account(con, plan, source)


def _parse(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Tables `texts` (rows inside the filter) and `parsed` (their values, and the first fault of each)."""
    texts = "".join(f", {expression} as {alias}" for expression, alias in plan.texts.items())
    kind = "table" if plan.resolvers else "view"  # resolvers look at the texts before the values do
    con.execute(f"create temp {kind} texts as select row_no{texts} from source where {plan.filter}")
    joins, columns = "", "texts.*"
    for resolver in plan.resolvers.values():
        _resolve(con, resolver)
        m = resolver.alias
        joins += f" left join {m} on {m}.k = {resolver.text}"
        columns += "".join(f", {m}.{part} as {m}_{part}" for part in "kvw")
    query = f"select {columns} from texts{joins}"
    for level in _levels(plan.values):
        query = f"select *{level} from ({query})"
    faults = " ".join(f"when {fault.condition} then {i}" for i, fault in enumerate(plan.faults))
    fault = f"case {faults} end" if faults else "null::integer"
    con.execute(f"create temp table parsed as select *, {fault} as fault from ({query})")


def _levels(values: dict[str, str]) -> list[str]:
    """SELECT lists by depth: a value stands a level above those it uses, so that each is computed once."""
    depth: dict[str, int] = {}
    lists: list[str] = []
    for expression, alias in values.items():
        depth[alias] = max(
            (depth[used] + 1 for used in re.findall(r"\bv\d+\b", expression) if used in depth), default=0
        )
        lists += [""] * (depth[alias] + 1 - len(lists))
        lists[depth[alias]] += f", {expression} as {alias}"
    return lists


def _resolve(con: duckdb.DuckDBPyConnection, resolver: Resolver) -> None:
    found = con.execute(
        f"select distinct {resolver.text} from texts where {resolver.text} is not null"
    ).fetchall()
    pairs = [(text, pair) for (text,) in found if (pair := resolver.resolve(text)) is not None]
    numeric = any(isinstance(pair[0], float) for _, pair in pairs)
    kind = pa.float64() if numeric else pa.string()
    columns = [[text for text, _ in pairs], [pair[0] for _, pair in pairs], [pair[1] for _, pair in pairs]]
    table = pa.table(
        [pa.array(c, t) for c, t in zip(columns, (pa.string(), kind, pa.float64()), strict=True)],
        names=["k", "v", "w"],
    )
    con.register(resolver.alias, table)


def _find_duplicates(con: duckdb.DuckDBPyConnection, plan: Plan, width: int) -> None:
    """Table `twice`: rows that repeat an earlier row to the letter. Hashes only narrow the search."""
    columns = ", ".join(f"c{i}" for i in range(width))
    con.execute(f"""
        create temp table twice as
        with hashed as (select row_no, hash({columns}) as h from source where {plan.filter}),
        suspect as (
            select row_no from hashed where h in (select h from hashed group by h having count(*) > 1)
        ),
        counted as (
            select row_no, row_number() over (partition by {columns} order by row_no) as n
            from source where row_no in (select row_no from suspect)
        )
        select row_no from counted where n > 1""")


def _refuse(con: duckdb.DuckDBPyConnection, plan: Plan, source: Source, first_table: str) -> None:
    """Table `rejected`, one line per refused row, and the views of what is kept."""
    malformed = [(m.row_no, first_table, None, m.value, "row_malformed", m.message) for m in source.malformed]
    kinds = [pa.int64(), *[pa.string()] * 5]
    columns = list(zip(*malformed, strict=True)) or [()] * 6
    con.register(
        "malformed", pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], list(REJECTED))
    )
    con.execute("create temp table rejected as select *, 0 as priority from malformed")
    _refuse_faults(con, plan)
    con.execute("""create temp view live as select * from parsed
                   where fault is null and row_no not in (from twice)""")
    for priority, output in enumerate(plan.outputs, start=2):
        _rows(con, output, "live")
        _refuse_conflicts(con, output, priority)
    con.execute("""create or replace temp table rejected as
                   select * exclude (priority) from rejected
                   qualify row_number() over (partition by row_no order by priority, message) = 1""")
    con.execute(
        "create temp view kept as select * from live where row_no not in (select row_no from rejected)"
    )
    for output in plan.outputs:
        _rows(con, output, "kept")


def _refuse_faults(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    if not plan.faults:
        return
    meta = pa.table(
        {
            "id": pa.array(range(len(plan.faults)), pa.int32()),
            "table_name": [f.table for f in plan.faults],
            "column_name": pa.array([f.column for f in plan.faults]),
            "reason_code": [f.code for f in plan.faults],
            "message": [f.message for f in plan.faults],
        }
    )
    con.register("faults", meta)
    value, other = (
        "case fault "
        + " ".join(f"when {i} then {getattr(f, part)}::varchar" for i, f in enumerate(plan.faults))
        + " end"
        for part in ("text", "other")
    )
    con.execute(f"""
        insert into rejected
        select row_no, table_name, column_name, value, reason_code,
               replace(replace(message, '{{other}}', coalesce(other, '')),
                       '{{value}}', coalesce(value, 'nothing')),
               1
        from (select row_no, fault, {value} as value, {other} as other from parsed
              where fault is not null and row_no not in (from twice)) as refused
        join faults on faults.id = refused.fault""")


def _rows(con: duckdb.DuckDBPyConnection, output: Output, origin: str) -> None:
    """View of a raw table's rows out of `live` or `kept`, with row_no and the order `ord`."""
    selects = [
        f"select row_no, row_no * {ITEMS} + {i} as ord, {columns} from {origin} where {guard}"
        for i, (columns, guard) in enumerate(output.items)
    ]
    rows = " union all ".join(selects)
    if output.distinct and origin == "kept":  # heads repeated on many rows: the first one stands
        rows = f"""with rows as ({rows})
            select * from rows
            where ord in (select min(ord) from rows group by {", ".join(output.contract.key)})"""
    con.execute(f"create temp view {sql.name(f'{origin}_{output.contract.table}')} as {rows}")


def _refuse_conflicts(con: duckdb.DuckDBPyConnection, output: Output, priority: int) -> None:
    """Refuse later rows whose key stands already (in a distinct table: with other content)."""
    view, key = sql.name(f"live_{output.contract.table}"), list(output.contract.key)
    other = [c.name for c in output.contract.columns if c.name not in (*key, *output.ignore_conflicts)]
    keys, content = ", ".join(key), (", ".join(other) or "null") if output.distinct else "ord"
    clashes = (
        f"select 1 from (select distinct {keys}, {content} from {view}) group by {keys} having count(*) > 1"
    )
    if con.execute(f"select exists({clashes})").fetchone() == (False,):
        return  # the usual case, without the costly search
    cure = "say the same in both rows" if output.distinct else "keep one of the two rows"
    con.execute(f"""
        insert into rejected
        with keyed as (
            select row_no, ord, row({keys}) as k, row({content}) as content, concat_ws(' / ', {keys}) as shown
            from {view}
        ),
        heads as (select k, content, min(ord) as first_ord from keyed group by all),
        ranked as (select *, min(first_ord) over (partition by k) as winner from heads)
        select row_no, '{output.contract.table}', '{", ".join(key)}', shown, 'duplicate_key',
               'The key ' || shown || ' stands already in row ' || (winner // {ITEMS})
               || ' with other content; {cure}.', {priority}
        from keyed join ranked using (k, content) where first_ord > winner""")


def _account(con: duckdb.DuckDBPyConnection, plan: Plan, source: Source) -> RawResult:
    inside, kept, rejected, duplicates = con.execute("""
        select (select count(*) from parsed), (select count(*) from kept),
               (select count(*) from rejected), (select count(*) from twice)""").fetchone() or (0, 0, 0, 0)
    result = RawResult(
        con=con,
        tables={output.contract.table: f"kept_{output.contract.table}" for output in plan.outputs},
        filtered=source.rows.num_rows - inside,
        read=inside + len(source.malformed),
        kept=kept,
        rejected=rejected,
        duplicates=duplicates,
        reasons=dict(
            con.execute("select reason_code, count(*) from rejected group by all order by all").fetchall()
        ),
    )
    assert result.read == kept + rejected + duplicates, f"rows went missing: {result}"
    return result
