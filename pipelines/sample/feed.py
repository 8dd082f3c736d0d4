"""A feed as it is written: tables with Chinese headers, and the list of defects planted in them.

Here: tables, CSV writing, the defect log. Not here: what stands in the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

Columns = Mapping[str, Any]
HEADER_LINES = 1


@dataclass
class Defects:
    """What was planted: file, line (1 is the first), record, kind, mistake, column, stage that meets it, outcome."""

    rows: list[tuple[str, int, str, str, int, str, str, str]] = field(default_factory=list)

    def plant(
        self,
        file: str,
        row: int,
        record: str,
        kind: str,
        column: str,
        stage: str,
        expected: str,
        part_d: int = 0,
        header_lines: int = HEADER_LINES,
    ) -> None:
        """Note one defect.

        Args:
            file: path in the sample, or empty where the defect lies between files.
            row: index in the table as written (0: first row after the header); −1 where no one line is meant.
            record: key of the row, outlet or plant.
            kind: short name of the defect.
            column: header of the field that is wrong; empty where none is.
            stage: raw, identity, monitoring, sanity, coverage or reconciliation.
            expected: at stage raw the reason code, or `duplicate`; else what should become of it, in words.
            part_d: number of the mistake in the domain brief (SUMMARY part D, 1–17).
            header_lines: lines above the first row.
        """
        line = row + header_lines + 1 if row >= 0 else 0
        self.rows.append((file, line, record, kind, part_d, column, stage, expected))

    def take(self, others: "Defects", folder: str) -> None:
        """Add the defects of files that stand in a folder of the sample."""
        self.rows += [(row[0] and f"{folder}/{row[0]}", *row[1:]) for row in others.rows]

    def table(self) -> pd.DataFrame:
        names = ["file", "row", "record", "kind", "part_d", "column", "stage", "expected"]
        return pd.DataFrame(sorted(self.rows), columns=names)


def as_table(columns: Columns | pd.DataFrame) -> pa.Table:
    """Columns as an Arrow table; nan, None and "" are null."""
    if isinstance(columns, pd.DataFrame):
        columns = {name: columns[name] for name in columns.columns}
    return pa.table({name: _array(values) for name, values in columns.items()})


def write(path: Path, columns: Columns | pd.DataFrame, quoting: Literal["needed", "none"] = "needed") -> int:
    """Write a table as UTF-8 CSV with line feeds; return its number of rows. Unknown values are empty."""
    table = as_table(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    pacsv.write_csv(table, path, pacsv.WriteOptions(quoting_style=quoting))
    return int(table.num_rows)


def _array(values: Any) -> pa.Array:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if isinstance(values, pd.Series):
        values = values.to_numpy() if values.dtype.kind in "fiub" else list(values)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, from_pandas=True)  # nan becomes an empty cell
    if isinstance(values, Sequence) and not isinstance(values, str):
        values = [None if v == "" or v is None or v != v else v for v in values]
    return pa.array(values)


def significant(values: Any, digits: int) -> np.ndarray:
    """Rounded to significant digits, as people fill in forms."""
    array = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(array)))
    power = 10.0 ** np.where(np.isfinite(places), places, 0)
    return np.where(array == 0, 0.0, np.round(array * power) / power)
