"""The human queue: pairs of records that may be one place, with both sides in one row.

Here: the table `identity.link_candidate`, from scores, links and decisions. Not here: scores (`probabilistic`), asking
people (`review`), the mass that hangs on a pair (mart `link_candidate`).
"""

from pathlib import Path

import duckdb

from pipelines.identity.distance import define_km_between

SHOWN = {
    "record_name": "name",
    "legal_code": "legal_code",
    "address": "address",
    "region_code": "region_code",
    "industry_code": "industry_code",
    "lon_deg": "lon_deg",
    "lat_deg": "lat_deg",
    "rated_input_mw": "rated_input_mw",
}


def collect_candidates(con: duckdb.DuckDBPyConnection, review: float) -> None:
    """Write `identity.link_candidate` from `identity.link`, `record`, `decision` and `scored_pair`.

    Args:
        con: the work file.
        review: the least probability at which a person is asked (0 to 1).
    """
    sides = ", ".join(
        f"{alias}.{column} as {side}_{name}"
        for column, name in SHOWN.items()
        for side, alias in (("left", "a"), ("right", "b"))
    )
    query = (Path(__file__).parent / "candidates.sql").read_text(encoding="utf-8").format(sides=sides)
    define_km_between(con)
    con.execute(query, {"review": review})
