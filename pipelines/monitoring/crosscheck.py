"""Cross-check of reported mass against flow x concentration: a finding to report, never a correction.

Here: the query over hours that carry all three values, and the names of unit slips. Not here: acceptance.
"""

import duckdb

# seconds per hour (m3/s read as m3/h), the Chinese unit of ten thousand (10^4 m3), steps of kilo (g for kg)
SLIPS = {name: factor for n in (3600, 10_000, 1000) for name, factor in ((str(n), n), (f"1/{n}", 1 / n))}

Row = tuple[str, str, int, int, int, float, str | None, int]


def crosscheck(
    con: duckdb.DuckDBPyConnection, hours: str, scheme: str, species: dict[str, str], ratio_max: float
) -> list[Row]:
    """Rows of `monitoring.crosscheck` of one scheme.

    The ratio of an hour is flow x concentration x 1e-6 over the reported mass (HJ 212-2017 appendix D). A row
    holds monitor_id, species, year, hours, agree_hours, median_ratio, slip (the unit slip that explains most of the
    hours which disagree, such as "3600" or "1/1000"; None if none does) and slip_hours.

    Args:
        con: the work file.
        hours: relation (SQL) with the columns of the raw contract `monitoring__hour`.
        scheme: platform of the monitors.
        species: lower-case code → published code of the species to check.
        ratio_max: largest factor between the two masses that still counts as agreement.
    """
    near = "count_if(ratio between {0!r} / $ratio_max and {0!r} * $ratio_max)"
    found: list[Row] = []
    for code, name in species.items():
        rows = con.execute(
            f"""
            select scheme || ':' || monitor_key as monitor_id, year, count(*), median(ratio),
                   {", ".join(near.format(float(factor)) for factor in (1, *SLIPS.values()))}
            from (select scheme, monitor_key, year(hour_start) as year,
                         {code}_mg_m3 * flow_m3_h * 1e-6 / {code}_kg as ratio
                  from {hours} where scheme = $scheme and {code}_kg > 0 and {code}_mg_m3 * flow_m3_h > 0)
            group by 1, 2 order by 1, 2
            """,
            {"scheme": scheme, "ratio_max": ratio_max},
        ).fetchall()
        for monitor_id, year, count, ratio, agree, *by_slip in rows:
            slip_hours = max(by_slip)
            slip = list(SLIPS)[by_slip.index(slip_hours)] if slip_hours else None
            found.append((monitor_id, name, year, count, agree, ratio, slip, slip_hours))
    return sorted(found, key=lambda row: row[:3])
