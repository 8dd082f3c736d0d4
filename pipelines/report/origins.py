"""Where values come from: the files, rows, activity rows and hours behind candidates of the fusion ledger.

Here: many candidates at once, in one query (`origins.sql`). Not here: which candidates a question is about (`explain`),
how it is drawn (`tree`).
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.report.rows import Row, rows

_SQL = Path(__file__).with_name("origins.sql")


def origins(con: duckdb.DuckDBPyConnection, candidate_ids: Iterable[str]) -> dict[str, list[Row]]:
    """Origins of each candidate, through the candidates it is derived from.

    Args:
        con: connection to a release's `warehouse.duckdb`.
        candidate_ids: ids of v1.emission_candidate.

    Returns:
        Per candidate its origins: `kind` (`row`: rows of a form; `activity`: fuel or product of an own calculation;
        `heat`: a piece of evidence of an estimated heat; `hours`: monitored hours of a file), `candidate_id` (the one,
        or the parent, that rests on it), `file_name`, `sha256`, `row_no`, `row_count`, and the columns of v1.activity
        or v1.heat_evidence where it is one.
    """
    asked = pa.table({"candidate_id": pa.array(sorted(set(candidate_ids)), pa.string())})
    con.register("asked", asked)
    try:
        found = rows(con, _SQL.read_text(encoding="utf-8"))
    finally:
        con.unregister("asked")
    by_candidate: dict[str, list[Row]] = {candidate_id: [] for candidate_id in asked["candidate_id"].to_pylist()}
    for origin in found:
        by_candidate[origin.pop("asked_id")].append(origin)
    return by_candidate
