"""Parquet files of the public tables.

Here: one table → `<folder>/[year=YYYY/]part-0.parquet` with the contract's explicit schema, sorted, the
same bytes for the same rows. Not here: DuckDB files (`warehouse.py`).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import contracts
from pipelines.contracts import Contract
from pipelines.errors import GateRefused

ROW_GROUP = 122_880  # DuckDB's own default; a multiple of its vector size
FILE_NAME = "part-0.parquet"


def table_schema(contract: Contract) -> pa.Schema:
    """Arrow schema, with meaning and unit per field and the contract's name and version on top."""
    fields = []
    for field, column in zip(contracts.arrow_schema(contract), contract.all_columns, strict=True):
        words = {"en": column.en, "zh": column.zh, **({"unit": column.unit} if column.unit else {})}
        fields.append(field.with_metadata(words))
    about = {
        "contract": f"{contract.layer}/{contract.table}",
        "contract_version": contracts.contract_version(),
        "en": contract.description.en,
        "zh": contract.description.zh,
    }
    return pa.schema(fields, metadata=about)


def write_table(con: duckdb.DuckDBPyConnection, relation: str, contract: Contract, folder: Path) -> int:
    """Write all rows of `relation` and return their number; memory stays bounded (streamed, DuckDB sorts).

    Raises:
        GateRefused: a column is missing, does not convert or is empty where a value is required, or a
            row has no year to stand under.
    """
    written = 0
    try:
        for part, condition in _parts(con, relation, contract):
            written += _write(folder / part / FILE_NAME, _rows(con, relation, contract, condition), contract)
        total = con.execute(f"select count(*) from {relation}").fetchone()
    except (duckdb.Error, pa.ArrowException, ValueError) as error:
        raise GateRefused(f"{relation} does not fit its contract: {str(error).splitlines()[0]}") from error
    if total != (written,):
        raise GateRefused(
            f"{relation}: {written} rows written; rows without {contract.partition_year} have no year."
        )
    return written


def write_rows(rows: Iterable[dict[str, object]], contract: Contract, folder: Path) -> int:
    """Write a small table given as rows, sorted by the contract's key."""
    ordered = sorted(rows, key=lambda row: [str(row[name]) for name in contract.key])
    table = pa.Table.from_pylist(ordered, schema=table_schema(contract))
    return _write(folder / FILE_NAME, iter(table.to_batches()), contract)


def files_of(folder: Path) -> list[Path]:
    """Parquet files of one table in a stable order."""
    return sorted(folder.glob("**/*.parquet"))


def _parts(con: duckdb.DuckDBPyConnection, relation: str, contract: Contract) -> list[tuple[str, str]]:
    """(sub-folder, SQL condition) per year; one part for a table without partitions or rows."""
    column = contract.partition_year
    # A column that is itself called `year` would stand in the file and in the path with two types, which
    # pyarrow and pandas refuse to merge; such tables are yearly and small.
    if column is None or column == "year":
        return [("", "true")]
    years = con.execute(f'select distinct year("{column}") from {relation} order by 1').fetchall()
    return [(f"year={year}", f'year("{column}") = {year}') for (year,) in years if year is not None] or [
        ("", "true")
    ]


def _rows(
    con: duckdb.DuckDBPyConnection, relation: str, contract: Contract, condition: str
) -> Iterator[pa.RecordBatch]:
    columns = ", ".join(
        f'cast("{name}" as {kind}) as "{name}"' for name, kind in contracts.duckdb_columns(contract)
    )
    order = ", ".join(f'"{name}" nulls first' for name in dict.fromkeys([*contract.order_by, *contract.key]))
    query = f"select {columns} from {relation} where {condition} order by {order}"
    return iter(con.execute(query).to_arrow_reader(ROW_GROUP))


def _write(path: Path, batches: Iterator[pa.RecordBatch], contract: Contract) -> int:
    schema = table_schema(contract)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in _row_groups(batches, schema):
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows += table.num_rows
    return rows


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of ROW_GROUP rows (the last may be shorter) whatever the size of the batches: stable bytes."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while count + batch.num_rows >= ROW_GROUP:
            head = batch.slice(0, ROW_GROUP - count)
            yield pa.Table.from_batches([*waiting, head]).combine_chunks().cast(schema)
            batch, waiting, count = batch.slice(head.num_rows), [], 0
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks().cast(schema)
