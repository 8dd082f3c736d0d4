"""Refusals and notices of one file, as tables beside its rows.

Here: the table `rejected` with one line per refused row, the views of what is kept, the table `noticed`. Not here:
reading and accounting (`engine`), or which condition refuses a row (`compile`).
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.plan import Fault, Output, Plan
from pipelines.feeds.formats.rows import Source
from pipelines.feeds.sentences import sentence

ITEMS = 4096  # rows that one file row may become; row_no × ITEMS + item orders the rows of a table
REJECTED = ("row_no", "table_name", "column_name", "value", "reason_code", "message")


def refuse(con: duckdb.DuckDBPyConnection, plan: Plan, source: Source, first_table: str, language: str) -> None:
    """Table `rejected`, one line per refused row, and the views `kept` and `kept_<table>`."""
    malformed = [
        (m.row_no, first_table, None, m.value, m.key.partition(".")[0], sentence(m.key, language, **m.fields))
        for m in source.malformed
    ]
    kinds = [pa.int64(), *[pa.string()] * 5]
    columns = list(zip(*malformed, strict=True)) or [()] * 6
    con.register("malformed", pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], list(REJECTED)))
    con.execute("create temp table rejected as select *, 0 as priority from malformed")
    if plan.faults:
        _describe(con, "faults", plan.faults)
        value, other = (
            "case fault "
            + " ".join(f"when {i} then {getattr(f, part)}::varchar" for i, f in enumerate(plan.faults))
            + " end"
            for part in ("text", "other")
        )
        found = f"""select row_no, fault as id, {value} as value, {other} as other from parsed
                    where fault is not null and row_no not in (from twice)"""
        con.execute(f"insert into rejected select *, 1 from ({_told(found, 'faults', language)})")
    con.execute("""create temp view live as select * from parsed
                   where fault is null and row_no not in (from twice)""")
    for priority, output in enumerate(plan.outputs, start=2):
        _rows(con, output, "live")
        _refuse_conflicts(con, output, priority, language)
    con.execute("""create or replace temp table rejected as
                   select * exclude (priority) from rejected
                   qualify row_number() over (partition by row_no order by priority, message) = 1""")
    con.execute("create temp view kept as select * from live where row_no not in (select row_no from rejected)")
    for output in plan.outputs:
        _rows(con, output, "kept")


def notice(con: duckdb.DuckDBPyConnection, plan: Plan, language: str) -> None:
    """Table `noticed`: what was found odd in rows that are kept, in file order; a row may have several."""
    empty = "select 0 as row_no, 0 as id, ''::varchar as value, ''::varchar as other where false"
    found = [
        f"select row_no, {i}, {f.text}::varchar, {f.other}::varchar from kept where {f.condition}"
        for i, f in enumerate(plan.notices)
    ]
    _describe(con, "notices", plan.notices)
    con.execute(f"create temp table noticed as {_told(' union all '.join([empty, *found]), 'notices', language)}")


def _describe(con: duckdb.DuckDBPyConnection, name: str, faults: Sequence[Fault]) -> None:
    """Register what is the same for all rows with a fault or notice."""
    columns = {
        "table_name": [f.table for f in faults],
        "column_name": [f.column for f in faults],
        "reason_code": [f.code for f in faults],
        "message": [f.message for f in faults],
    }
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    con.register(name, pa.table({"id": pa.array(range(len(faults)), pa.int32()), **arrays}))


def _told(found: str, described: str, language: str) -> str:
    """SELECT of the columns REJECTED out of (row_no, id, value, other), in file order."""
    nothing = sql.quote(sentence("nothing", language))
    return f"""
        select row_no, table_name, column_name, value, reason_code,
               replace(replace(message, '{{other}}', coalesce(other, '')),
                       '{{value}}', coalesce(value, {nothing})) as message
        from ({found}) as found join {described} using (id) order by row_no, id"""


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


def _refuse_conflicts(con: duckdb.DuckDBPyConnection, output: Output, priority: int, language: str) -> None:
    """Refuse later rows whose key stands already (in a distinct table: with other content)."""
    view, key = sql.name(f"live_{output.contract.table}"), list(output.contract.key)
    other = [c.name for c in output.contract.columns if c.name not in (*key, *output.ignore_conflicts)]
    keys, content = ", ".join(key), (", ".join(other) or "null") if output.distinct else "ord"
    clashes = f"select 1 from (select distinct {keys}, {content} from {view}) group by {keys} having count(*) > 1"
    if con.execute(f"select exists({clashes})").fetchone() == (False,):
        return  # the usual case, without the costly search
    told = sentence(
        "duplicate_key.distinct" if output.distinct else "duplicate_key",
        language,
        value="{value}",
        other="{other}",
    )
    con.execute(f"""
        insert into rejected
        with keyed as (
            select row_no, ord, row({keys}) as k, row({content}) as content, concat_ws(' / ', {keys}) as shown
            from {view}
        ),
        heads as (select k, content, min(ord) as first_ord from keyed group by all),
        ranked as (select *, min(first_ord) over (partition by k) as winner from heads)
        select row_no, '{output.contract.table}', '{", ".join(key)}', shown, 'duplicate_key',
               replace(replace({sql.quote(told)}, '{{other}}', (winner // {ITEMS})::varchar), '{{value}}', shown),
               {priority}
        from keyed join ranked using (k, content) where first_ord > winner""")
