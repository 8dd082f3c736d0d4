"""Across frames: codes nobody knows, periods sent more than once, and the relations in which all is kept.

Here: SQL on what the blocks gave (`frame_read`, `record_read`: Arrow, not copied), with few rows of its own:
`change` for frames whose outcome is decided only here, `removed` for records that do not count. Not here: one
frame's own faults.
"""

import duckdb
import pyarrow as pa

from pipelines.hj212.factors import Factor, find_factor
from pipelines.hj212.words import say

CHANGE = {
    "frame_no": pa.int64(), "outcome": pa.string(), "data_time": pa.timestamp("s"), "reason_code": pa.string(),
    "column_name": pa.string(), "value": pa.string(), "message": pa.string(),
    "head_frame_no": pa.int64(),  # of a packet: the frame under which its set's records stand
    "superseded_by": pa.int64(),  # of a duplicate: the later frame that counts
}  # fmt: skip

FRAME = """
create or replace temp view frame as
select f.* replace (coalesce(c.outcome, f.outcome) as outcome, coalesce(c.data_time, f.data_time) as data_time,
                    coalesce(c.reason_code, f.reason_code) as reason_code, coalesce(c.value, f.value) as value,
                    coalesce(c.column_name, f.column_name) as column_name, coalesce(c.message, f.message) as message),
       c.head_frame_no, c.superseded_by
from frame_read f left join change c using (frame_no)
"""

RECORDS = """
select f.mn, f.cn, f.st, f.data_time, f.qn, r.code, r.avg, r.min, r.max, r.cou, r.zs_avg, r.flag, r.text, r.frame_no,
       f.line_no, f.is_resent, f.protocol_version, f.crc_dialect
from record r join frame f using (frame_no)
"""

REJECTS = """
select frame_no, line_no, column_name, value, reason_code, message
from frame where outcome = 'rejected' order by frame_no
"""


def settle(con: duckdb.DuckDBPyConnection, changes: list[dict], factors: list[Factor]) -> None:
    """Make the views `frame` and `record` and the table `note`.

    Frames of unknown codes only are refused; then of each period and code the last frame's record is left.

    Args:
        con: holds `frame_read` and `record_read`.
        changes: rows of CHANGE that the joining of sets gave.
        factors: codes that are known.
    """
    con.register("set_change", pa.Table.from_pylist(changes, pa.schema(CHANGE.items())))
    con.execute("create or replace temp table change as from set_change")
    con.unregister("set_change")
    con.execute("create or replace temp table removed (frame_no bigint, code varchar)")
    con.execute(FRAME)
    _know_codes(con, factors)
    _refuse_unknown(con)
    _drop_repeats(con)
    _note(con)
    con.execute("drop table code")


def _view_records(con: duckdb.DuckDBPyConnection) -> None:
    """The view `record`: what was read but for what was removed."""
    touched = (
        "(select frame_no from removed)"  # whole frames first: comparing codes of all records would cost much more
    )
    rest = f"""where frame_no not in {touched}
        union all from (from record_read where frame_no in {touched}) anti join removed using (frame_no, code)"""
    is_any = con.execute("from removed limit 1").fetchone() is not None
    con.execute(f"create or replace temp view record as from record_read {rest if is_any else ''}")


def _know_codes(con: duckdb.DuckDBPyConnection, factors: list[Factor]) -> None:
    codes = [code for (code,) in con.execute("select distinct code from record_read order by code").fetchall()]
    found = [find_factor(factors, code) for code in codes]
    con.register("found", pa.table({
        "code": pa.array(codes, pa.string()),
        "is_known": pa.array([factor is not None for factor in found], pa.bool_()),
        "is_text": pa.array([f is not None and f.quantity == "production_state" for f in found], pa.bool_()),
    }))  # fmt: skip
    con.execute("create or replace temp table code as from found")
    con.unregister("found")


def _refuse_unknown(con: duckdb.DuckDBPyConnection) -> None:
    if con.execute("from code where not is_known limit 1").fetchone() is None:
        return
    con.execute("""
        create or replace temp table unknown as
        select frame_no, string_agg(code, ', ' order by code) as codes
        from record_read join code using (code) group by frame_no having not bool_or(is_known)""")
    _change(
        con,
        f"""
        select frame_outcome.frame_no, 'rejected' as outcome, 'code_unknown' as reason_code, 'CP' as column_name,
               left(codes, 200) as value, null::bigint as superseded_by, head_frame_no,
               '{say("unknown_codes")}' as message
        from frame_outcome join unknown on unknown.frame_no = head_no where outcome = 'rows'""",
    )
    con.execute(
        "insert into removed select frame_no, code from record_read where frame_no in (select frame_no from unknown)"
    )
    con.execute("drop table unknown")


def _change(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Rows of CHANGE in place of those of the same frames. `frame_outcome` has frame_no, outcome, head_no."""
    con.execute("""create or replace temp view frame_outcome as
                   select frame_no, outcome, head_frame_no, coalesce(head_frame_no, frame_no) as head_no from frame""")
    con.execute(f"create or replace temp table changed as {query}")
    con.execute("""create or replace temp table change as
                   select * from change where frame_no not in (select frame_no from changed)
                   union all by name select * from changed""")
    con.execute("drop view frame_outcome; drop table changed")
    con.execute(FRAME)


def _drop_repeats(con: duckdb.DuckDBPyConnection) -> None:
    """The last frame of a period counts, code by code: a frame with other codes of the period adds to it."""
    _view_records(con)
    con.execute("""
        create or replace temp table repeated as
        with head as (
            select frame_no, mn, cn, coalesce(st, '') as st, data_time from frame
            where outcome = 'rows' and coalesce(head_frame_no, frame_no) = frame_no),
        period as (
            select mn, cn, st, data_time, min(frame_no) as first_no from head group by all having count(*) > 1)
        select frame_no, first_no from head join period using (mn, cn, st, data_time)""")
    con.execute("""
        create or replace temp table contest as
        select frame_no, code, max(frame_no) over (partition by first_no, code) as winner
        from record join repeated using (frame_no)""")
    con.execute("insert into removed select frame_no, code from contest where frame_no < winner")
    _view_records(con)
    _change(
        con,
        """
        select frame_no, 'duplicate' as outcome, winner as superseded_by, head_frame_no
        from frame_outcome join (
            select frame_no as loser, max(winner) as winner from contest group by all having bool_and(frame_no < winner)
        ) on loser = head_no
        where outcome = 'rows'""",
    )
    con.execute("drop table repeated; drop table contest")


def _note(con: duckdb.DuckDBPyConnection) -> None:
    """Odd fields inside kept frames, by code."""
    con.execute("""
        create or replace temp table note as
        with odd as (
            select frame_no, code, text from record_read
            where text is not null or code in (select code from code where not is_known)),
        kept as (from odd anti join removed using (frame_no, code) join code using (code))
        select 'code_unknown' as reason_code, code, count(*) as fields, min(frame_no) as first_frame_no
        from kept where not is_known group by code
        union all
        select 'value_malformed', code, count(*), min(frame_no)
        from kept where text is not null and not is_text group by code
        order by all""")
