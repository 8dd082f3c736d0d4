"""DuckDB columns, empty tables and comments of a contract. SQL text only; running it is the caller's part."""

from pipelines.contracts.model import Contract

DUCKDB_TYPES = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "bool": "BOOLEAN",
}


def duckdb_columns(contract: Contract) -> list[tuple[str, str]]:
    """(name, DuckDB type) of every column in order, provenance columns of raw tables included."""
    return [(column.name, DUCKDB_TYPES[column.type]) for column in contract.all_columns]


def create_sql(contract: Contract, schema: str) -> str:
    """CREATE TABLE statement of an empty table of the contract's shape."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in duckdb_columns(contract))
    return f'create table "{schema}"."{contract.table}" ({columns})'


def comment_sql(contract: Contract, schema: str) -> list[str]:
    """COMMENT ON statements (English | Chinese) for the table and each of its columns."""
    target = f'"{schema}"."{contract.table}"'
    statements = [f"comment on table {target} is {_quote(str(contract.description))}"]
    for column in contract.all_columns:
        statements.append(f'comment on column {target}."{column.name}" is {_quote(column.comment)}')
    return statements


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
