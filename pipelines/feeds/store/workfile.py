"""The schema `raw` of the work file: what dbt and the raw gate see of the files that were read.

Here: a view per raw contract over the active files, their receipts, the feed set. Not here: reading or writing a file
(`raw`), nor anything across files: the same hour in two files is the staging models' matter.
"""

from collections.abc import Sequence
from typing import Any

import duckdb

from pipelines import contracts
from pipelines.contracts import Contract, comment_sql, create_sql, duckdb_columns
from pipelines.errors import FeedUnreadable
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.grammar.feedset import FeedSet
from pipelines.feeds.store.landing import Receipt
from pipelines.feeds.store.raw import read_raw_receipt
from pipelines.home import Home

FINDINGS = ("rejected_row", "notice")  # written for every file that was read


def register_raw(con: duckdb.DuckDBPyConnection, home: Home, receipts: Sequence[Receipt], feed_set: FeedSet) -> None:
    """Build the schema `raw` anew: a view per raw contract over the active files, receipts and the feed set.

    A contract that no active file feeds is an empty table of its shape. A file that could not be read is among the
    receipts, without rows.

    Raises:
        FeedUnreadable: an active file was not read into raw.
    """
    con.execute("drop schema if exists raw cascade")
    con.execute("create schema raw")
    read = {r.source_file_id: read_raw_receipt(home, r.source_file_id) for r in receipts}
    for contract in contracts.load("raw").values():
        files = [
            str(home.raw / file_id / f"{contract.table}.parquet")
            for file_id, raw_receipt in read.items()
            if raw_receipt
            and not raw_receipt.unreadable
            and (contract.table in raw_receipt.tables or contract.table in FINDINGS)
        ]
        _register_table(con, contract, sorted(files))
    con.execute(create_sql(contracts.load("public")["source_file"], "raw"))
    for receipt in sorted(receipts, key=lambda r: r.source_file_id):
        counts = read[receipt.source_file_id]
        if counts is None:
            raise FeedUnreadable(f"{receipt.file_name} ({receipt.feed}) has no rows in raw; run the refresh again.")
        _insert(
            con,
            "raw.source_file",
            {
                "source_file_id": receipt.source_file_id,
                "feed": receipt.feed,
                "profile": receipt.profile,
                "file_name": receipt.file_name,
                "sha256": receipt.sha256,
                "size_bytes": receipt.size_bytes,
                "filtered_rows": counts.filtered,
                "read_rows": counts.read,
                "kept_rows": counts.kept,
                "rejected_rows": counts.rejected,
                "duplicate_rows": counts.duplicates,
                "notice_rows": counts.notices,
                "is_readable": not counts.unreadable,
                "unreadable_code": counts.unreadable,
                "unreadable_reason": counts.told.get("en"),
                "is_synthetic": feed_set.is_synthetic,
            },
        )
    con.execute(
        "create table raw.feed_set (name varchar, territory varchar, timezone_offset varchar, "
        "year_first bigint, year_last bigint, is_synthetic boolean)"
    )
    _insert(
        con,
        "raw.feed_set",
        {
            "name": feed_set.name,
            "territory": feed_set.territory,
            "timezone_offset": feed_set.timezone_offset,
            "year_first": min(feed_set.years),
            "year_last": max(feed_set.years),
            "is_synthetic": feed_set.is_synthetic,
        },
    )


def _register_table(con: duckdb.DuckDBPyConnection, contract: Contract, files: list[str]) -> None:
    if not files:
        con.execute(create_sql(contract, "raw"))
        for statement in comment_sql(contract, "raw"):
            con.execute(statement)
        return
    columns = ", ".join(sql.name(name) for name, _ in duckdb_columns(contract))
    listed = ", ".join(sql.quote(file) for file in files)
    con.execute(f"create view raw.{sql.name(contract.table)} as select {columns} from read_parquet([{listed}])")


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    columns, marks = ", ".join(row), ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values()))
