"""Small tables made in Python: one way to hand them to DuckDB.

Here: the hand-over. Not here: what is in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

TEXT, NUMBER, YES_NO, DAY = pa.string(), pa.int64(), pa.bool_(), pa.date32()


def write_temp(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, pa.DataType], rows: Sequence[Sequence[Any]]
) -> None:
    """Write the temp table `table` with these columns; `rows` may be empty."""
    arrays = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate(columns.values())]
    con.register("identity_rows", pa.table(arrays, list(columns)))
    con.execute(f"create or replace temp table {table} as select * from identity_rows")
    con.unregister("identity_rows")
