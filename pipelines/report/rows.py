"""Rows of a query as dictionaries: the one way reports read the warehouse."""

from typing import Any

import duckdb

Row = dict[str, Any]


def rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> list[Row]:
    """All rows of `sql`, each a dictionary by column name, in the order of the query."""
    cursor = con.execute(sql, parameters or [])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def has_table(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the release holds this public table: one published by earlier code may lack it."""
    return bool(rows(con, "select 1 from duckdb_tables() where schema_name = 'v1' and table_name = ?", [table]))
