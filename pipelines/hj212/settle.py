"""Across frames: codes nobody knows, periods sent more than once, and the tables in which all is kept.

Here: SQL on `frame` (the ledger) and `record`. Not here: one frame's own faults (`judge`, `records`).
"""

import duckdb
import pyarrow as pa

from pipelines.hj212.factors import Factor, find_factor

CREATE = """
create or replace table frame (
    frame_no bigint, line_no bigint, mn varchar, cn varchar, st varchar, qn varchar, data_time timestamp,
    is_resent boolean, protocol_version varchar, pnum bigint, pno bigint, crc_dialect varchar, is_encrypted boolean,
    outcome varchar,          -- rows, no_data, rejected, duplicate
    reason_code varchar, column_name varchar, value varchar, message varchar,
    head_frame_no bigint,     -- of a packet: the frame under which its set's records stand
    superseded_by bigint);    -- of a duplicate: the later frame that counts
create or replace table record (
    frame_no bigint, code varchar, avg double, min double, max double, cou double, zs_avg double, flag varchar,
    text varchar);            -- a value that is no number, as it stands
create or replace table note (reason_code varchar, code varchar, fields bigint, first_frame_no bigint);
"""

RECORDS = """
select f.mn, f.cn, f.st, f.data_time, f.qn, r.code, r.avg, r.min, r.max, r.cou, r.zs_avg, r.flag, r.text, r.frame_no,
       f.line_no, f.is_resent, f.protocol_version, f.crc_dialect
from record r join frame f using (frame_no)
order by r.frame_no, r.code
"""

REJECTS = """
select frame_no, line_no, column_name, value, reason_code, message
from frame where outcome = 'rejected' order by frame_no
"""


def settle(con: duckdb.DuckDBPyConnection, factors: list[Factor]) -> None:
    """Refuse frames of unknown codes only, then leave of each period and code the last frame's record."""
    _refuse_unknown(con, factors)
    _drop_repeats(con)
    con.execute("""insert into note select 'value_malformed', code, count(*), min(frame_no) from record
                   where text is not null and code in (from (select code from code where not is_text))
                   group by code order by code""")
    con.execute("drop table code")


def _refuse_unknown(con: duckdb.DuckDBPyConnection, factors: list[Factor]) -> None:
    codes = [code for (code,) in con.execute("select distinct code from record order by code").fetchall()]
    found = [find_factor(factors, code) for code in codes]
    con.register("found", pa.table({
        "code": pa.array(codes, pa.string()),
        "is_known": pa.array([factor is not None for factor in found], pa.bool_()),
        "is_text": pa.array([bool(factor) and factor.quantity == "production_state" for factor in found], pa.bool_()),
    }))  # fmt: skip
    con.execute("create or replace temp table code as from found")
    con.unregister("found")
    if all(factor is not None for factor in found):
        return
    con.execute("""
        create or replace temp table unknown as
        select frame_no, string_agg(code, ', ' order by code) as codes
        from record join code using (code) group by frame_no having not bool_or(is_known)""")
    con.execute("""
        update frame set outcome = 'rejected', reason_code = 'code_unknown', column_name = 'CP', value = left(codes, 200),
            message = 'None of its codes stands in the table of HJ 212 factors; correct the codes in the logger, or add '
                      || 'them to the seed hj212_factor.'
        from unknown where coalesce(frame.head_frame_no, frame.frame_no) = unknown.frame_no and outcome = 'rows'""")
    con.execute("delete from record where frame_no in (select frame_no from unknown)")
    con.execute("""insert into note select 'code_unknown', code, count(*), min(frame_no) from record
                   where code in (select code from code where not is_known) group by code order by code""")
    con.execute("drop table unknown")


def _drop_repeats(con: duckdb.DuckDBPyConnection) -> None:
    """The last frame of a period counts, code by code: a frame with other codes of the period adds to it."""
    con.execute("""
        create or replace temp table repeated as
        with head as (
            select frame_no, mn, cn, coalesce(st, '') as st, data_time from frame
            where outcome = 'rows' and coalesce(head_frame_no, frame_no) = frame_no),
        period as (
            select mn, cn, st, data_time, min(frame_no) as first_no from head group by all having count(*) > 1)
        select frame_no, first_no from head join period using (mn, cn, st, data_time)""")
    con.execute("""
        create or replace temp table superseded as
        select frame_no, code, winner from (
            select frame_no, code, max(frame_no) over (partition by first_no, code) as winner
            from record join repeated using (frame_no))
        where frame_no < winner""")
    con.execute("""delete from record using superseded s
                   where record.frame_no = s.frame_no and record.code = s.code""")
    con.execute("""
        update frame set outcome = 'duplicate', superseded_by = s.winner
        from (select frame_no, max(winner) as winner from superseded
              where frame_no not in (select frame_no from record) group by frame_no) s
        where coalesce(frame.head_frame_no, frame.frame_no) = s.frame_no and outcome = 'rows'""")
    con.execute("drop table repeated; drop table superseded")
