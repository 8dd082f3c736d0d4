"""Hours of a source, on request: as monitored where its month stands by monitoring, else a proxy by profile.

Here: finding the sources and running `hours.sql`. Not here: monthly shapes (dbt, `int_shape__month`). Nothing of it
is stored, because a proxy is a way to draw a month, not knowledge of an hour.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import UsageError
from pipelines.report.rows import rows
from pipelines.report.subject import bounds, find_species, find_subject

_SQL = Path(__file__).with_suffix(".sql")


def hourly(con: duckdb.DuckDBPyConnection, subject: str, species: str, period: str) -> pa.Table:
    """Hours of a plant's sources or of one source, in local time.

    A proxy is the month's mass × weekday factor × hour factor (T/CSES 144-2024 B.1 and B.2), and its hours sum to
    the month within rounding (1e-12). Monitored hours are scaled by nothing; one neither accepted nor filled is empty.

    Args:
        con: connection to a release's `warehouse.duckdb`.
        subject: site id or name, or id of a source, county sources included (`330106:life`).
        species: species code, any case.
        period: `YYYY` or `YYYY-MM`.

    Returns:
        `source_id, species, hour_start, mass_kg, is_proxy, profile, method_code`, by source and hour.

    Raises:
        UsageError: the subject, species or period is unknown or ambiguous, or holds no figure.
    """
    first, last = bounds(period)
    asked, code = find_subject(con, subject), find_species(con, species)
    column, value = ("source_id", asked.source_id) if asked.source_id else ("site_id", (asked.site or {})["site_id"])
    found = rows(
        con,
        f"select distinct source_id from v1.emission where {column} = ? and species = ? and month between ? and ?"
        " order by source_id",
        [value, code, first, last],
    )
    if not found:
        raise UsageError(
            f"The inventory holds no {code} of {subject} in {period}, so there are no hours to show."
            " Ask for another species or period; `fusedinv query` lists what there is in v1.emission.",
            zh=f"清单中没有{subject}在 {period} 的 {code}，因此没有小时值。请换一种物质或时段；"
            "`fusedinv query` 可列出 v1.emission 中已有的数值。",
        )
    parameters = {"sources": [row["source_id"] for row in found], "species": code, "first": first, "last": last}
    return con.execute(_SQL.read_text(encoding="utf-8"), parameters).to_arrow_table()
