"""A file as read, before it is written: counts, tables by raw contract, refused rows, notices.

Here: the one shape in which every reader hands its file over. Not here: reading (`engine`, `telegrams`).
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.feeds.compiler import expressions as sql


@dataclass
class RawResult:
    """A file as read: `tables` maps raw contract to a view of `con` with row_no and the contract's columns.

    `read = kept + rejected + duplicates` always holds; rows outside the filter are `filtered` and not read.
    A notice is about a row that is kept.
    """

    con: duckdb.DuckDBPyConnection
    tables: dict[str, str]
    filtered: int
    read: int
    kept: int
    rejected: int
    duplicates: int
    reasons: dict[str, int]
    notices: int
    notice_reasons: dict[str, int]

    def __post_init__(self) -> None:
        assert self.read == self.kept + self.rejected + self.duplicates, f"rows went missing: {self}"

    def rows(self, table: str) -> pa.Table:
        """Rows of one raw table in file order: row_no, then the contract's columns."""
        return self.con.sql(f"from {sql.name(self.tables[table])} order by ord").to_arrow_table()

    def rejects(self) -> list[dict[str, Any]]:
        """Refused rows in file order, as dicts with the keys of `refusal.REJECTED`."""
        return self.con.sql("from rejected order by row_no").to_arrow_table().to_pylist()

    def noticed(self) -> list[dict[str, Any]]:
        """Notices on kept rows in file order, as dicts with the same keys."""
        return self.con.sql("from noticed").to_arrow_table().to_pylist()


def reasons(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """Lines of `rejected` or `noticed` by reason code."""
    return dict(con.execute(f"select reason_code, count(*) from {table} group by all order by all").fetchall())
