"""Frames: the small tables that suites look at, computed in DuckDB.

Here: running `expectations/frames/<suite>.sql` with the thresholds as variables, and the two inputs from
outside the candidate (totals of the parent release). Not here: verdicts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.gate.evidence import COLUMNS, Evidence
from pipelines.gate.floor import literal

if TYPE_CHECKING:
    import pandas as pd


def prepare(con: duckdb.DuckDBPyConnection, values: Mapping[str, float], parent: Path | None) -> None:
    """Set thresholds as variables and create the temporary table `parent_total` (species, year, mass_kg).

    `parent_total` is empty where there is no parent release to compare with.
    """
    for name, value in values.items():
        con.execute(f"set variable {name} = {value!r}")
    files = (
        sorted(str(path) for path in (parent / "parquet/v1/emission_yearly").glob("**/*.parquet"))
        if parent
        else []
    )
    if files:
        paths = ", ".join(literal(path) for path in files)
        select = (
            f"select species, year, fsum(mass_kg) as mass_kg "
            f"from read_parquet([{paths}], hive_partitioning = false) group by all"
        )
    else:
        select = "select ''::varchar as species, 0::bigint as year, 0::double as mass_kg where false"
    con.execute(f"create or replace temp table parent_total as {select}")


def frame(con: duckdb.DuckDBPyConnection, sql_file: Path) -> "pd.DataFrame":
    """Result of a frame file; its rows are ordered by the SQL itself."""
    return con.execute(sql_file.read_text(encoding="utf-8")).df()


def evidence_frame(evidence: Sequence[Evidence]) -> "pd.DataFrame":
    """Floor evidence as a frame with `evidence.COLUMNS`."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = [
        (e.check.check_id, e.check.table, e.check.column or "", e.check.rule, e.rows, e.violations, e.example)
        for e in evidence
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
