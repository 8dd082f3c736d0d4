"""Which counties of today a region code may mean: merged, split and renamed counties, and codes of whole cities.

Here: the closure over the seeds `region` and `region_change`, once per linking. Not here: any code.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from pipelines.feeds.codes import codes, seed
from pipelines.identity.small import DAY, TEXT, write_temp

FOR_EVER = date.max
Row = Mapping[str, str]


def county_space(con: duckdb.DuckDBPyConnection) -> None:
    """Write the temp tables `county_space` (region_code, county_code, until) and `known_region` (region_code).

    A record that names `region_code` and is dated before `until` may lie in `county_code`. A code still in force means
    itself at any date; what was split off it later holds for earlier records; an abolished code means its successors
    whenever it is used; a city means all its counties (itself, if the seed has none); a territory means nothing,
    because it would agree with everything. A code that is not in `known_region` means itself.
    """
    known = sorted({*codes("region"), *codes("region_change")})
    children, changes = defaultdict(list), defaultdict(list)
    region = {row["region_code"]: row for row in seed("region")}
    for row in region.values():
        if row["level"] == "county" and row["parent_code"] != row["territory"]:
            children[row["parent_code"]].append(row["region_code"])
    for change in seed("region_change"):
        changes[change["region_code"]].append(change)
    rows = [
        (code, county, until)
        for code in known
        for county, until in sorted(_counties(code, region, children, changes).items())
    ]
    write_temp(con, "county_space", {"region_code": TEXT, "county_code": TEXT, "until": DAY}, rows)
    write_temp(con, "known_region", {"region_code": TEXT}, [(code,) for code in known])


def _counties(
    code: str, region: Mapping[str, Row], children: Mapping[str, Sequence[str]], changes: Mapping[str, Sequence[Row]]
) -> dict[str, date]:
    """Counties that `code` may mean, each with the day before which a record must be dated."""
    found: dict[str, date] = {}
    waiting = [(code, FOR_EVER)]
    while waiting:
        here, until = waiting.pop()
        named = region.get(here)
        is_in_force = named is not None and not named["valid_to"]
        if here in children:
            waiting += [(child, until) for child in children[here]]
        elif named and named["level"] != "territory" and is_in_force and found.get(here, date.min) < until:
            found[here] = until
        for change in changes.get(here, ()):
            day = date.fromisoformat(change["changed_on"]) if change["changed_on"] and is_in_force else FOR_EVER
            waiting.append((change["successor_code"], min(until, day)))
    return found
