"""Contracts: the one place where a raw or public table and its columns are described.

Here: reading `tables/**/*.yaml` and what follows from them — Arrow schema, DuckDB columns and comments, the
rules the gate must at least check, dbt YAML, the dictionary, the contract version. Not here: data, SQL
models, thresholds.
"""

from pipelines.contracts.arrow import arrow_schema
from pipelines.contracts.duck import comment_sql, create_sql, duckdb_columns
from pipelines.contracts.model import Column, Contract, load
from pipelines.contracts.rules import floor_rules
from pipelines.contracts.version import breaking_changes, contract_version, serialise

__all__ = [
    "Column",
    "Contract",
    "arrow_schema",
    "breaking_changes",
    "comment_sql",
    "contract_version",
    "create_sql",
    "duckdb_columns",
    "floor_rules",
    "load",
    "serialise",
]
