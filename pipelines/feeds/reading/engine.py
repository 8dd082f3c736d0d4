"""The engine: run a plan over one file in DuckDB and account for every row.

Here: one in-memory database per file, in which rows are read, refused, found twice or kept. Not here: files
on disk and receipts (`raw`), or what a profile means (`compile`).
"""

import re
import tempfile
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.feeds.compiler.compile import compile_profile
from pipelines.feeds.compiler.plan import Plan, Resolver
from pipelines.feeds.formats.reader import Source, read_source
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.grammar.profile import Filter, Profile
from pipelines.feeds.reading.refusal import notice, refuse
from pipelines.feeds.reading.result import RawResult, reasons
from pipelines.feeds.reading.telegrams import read_telegram_file

ROW_GROUP = 122_880
MEMORY = "512MB"  # of one file; what is more goes to disk


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
    if profile.telegrams:
        return read_telegram_file(path, profile.telegrams, context.language)
    return read_rows(read_source(path, profile), profile, context, where)


def read_rows(source: Source, profile: Profile, context: Context, where: Filter | None = None) -> RawResult:
    """Read the rows of a source; arguments and errors as in `read_file`."""
    profile = profile.model_copy(update={"format": source.form})
    plan = compile_profile(profile, source.header, context, where, source.has_full_width)
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": _spill_folder()})
    try:
        rows = _load(con, source)
        _parse(con, plan)
        _find_duplicates(con, plan, len(source.header))
        refuse(con, plan, source, profile.tables[0].table, context.language)
        notice(con, plan, context.language)
        return _account(con, plan, rows, len(source.malformed))
    except BaseException:
        con.close()
        raise


def _spill_folder() -> str:
    """A folder that DuckDB makes when memory is short, and removes with the connection."""
    return str(Path(tempfile.gettempdir()) / f"fusedinv-{uuid.uuid4().hex}")


def _load(con: duckdb.DuckDBPyConnection, source: Source) -> int:
    """Table `source`, filled block by block; the number of its rows."""
    columns = "".join(f"c{i} varchar, " for i in range(len(source.header)))
    con.execute(f"create table source ({columns}row_no bigint)")
    rows = 0
    for block in source.rows:
        con.register("block", block)
        con.execute("insert into source from block")
        con.unregister("block")
        rows += block.num_rows
    if rows <= ROW_GROUP:
        con.execute("set threads = 1")  # more only cost time where a file fits into one row group
    return rows


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
    if resolver.resolve is None:
        value, other = resolver.sql
        con.execute(f"""
            create temp table {resolver.alias} as
            select k, v, {other} as w from (
                select k, {value} as v from (
                    select distinct {resolver.text} as k from texts where {resolver.text} is not null))""")
        return
    found = con.execute(f"select distinct {resolver.text} from texts where {resolver.text} is not null").fetchall()
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


def _account(con: duckdb.DuckDBPyConnection, plan: Plan, rows: int, malformed: int) -> RawResult:
    inside, kept, rejected, duplicates = con.execute("""
        select (select count(*) from parsed), (select count(*) from kept),
               (select count(*) from rejected), (select count(*) from twice)""").fetchone() or (0, 0, 0, 0)
    return RawResult(
        con=con,
        tables={output.contract.table: f"kept_{output.contract.table}" for output in plan.outputs},
        filtered=rows - inside,
        read=inside + malformed,
        kept=kept,
        rejected=rejected,
        duplicates=duplicates,
        reasons=reasons(con, "rejected"),
        notices=sum((told := reasons(con, "noticed")).values()),
        notice_reasons=told,
    )
