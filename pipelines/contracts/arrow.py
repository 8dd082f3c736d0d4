"""Arrow schema of a contract: the explicit types of every Parquet file (never inferred, no NULL type)."""

import pyarrow as pa

from pipelines.contracts.model import Contract

ARROW_TYPES = {
    "text": pa.string(),
    "int": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "bool": pa.bool_(),
}


def arrow_schema(contract: Contract) -> pa.Schema:
    """Schema of the table's Parquet files; nullability as in the contract, comment and unit as metadata."""
    return pa.schema(
        [
            pa.field(
                column.name,
                ARROW_TYPES[column.type],
                nullable=not column.required,
                metadata={"comment": column.comment, **({"unit": column.unit} if column.unit else {})},
            )
            for column in contract.all_columns
        ]
    )
