"""Coordinates of records: reviewed repairs applied before linking, new repairs proposed after it.

Here: the tables `identity.coordinate` (given and used, with the decision between them) and
`identity.coordinate_proposal` (what a person should look at). Not here: what a repair is (`repairs`), decisions
(`decisions`). A proposal changes nothing until somebody accepts it; only an impossible coordinate is left out of use.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.identity.clerical.decision import DIGITS
from pipelines.identity.distance import define_km_between
from pipelines.identity.places.repairs import OUTSIDE, Findings, Points, find, rules

_APPLY = """
create or replace temp table used_record as
with used as (
    select
        record.* replace (
            case when decided.verdict = 'accepted' then decided.lon_deg when {is_possible} then record.lon_deg end
                as lon_deg,
            case when decided.verdict = 'accepted' then decided.lat_deg when {is_possible} then record.lat_deg end
                as lat_deg
        ),
        record.lon_deg as given_lon_deg, record.lat_deg as given_lat_deg
    from given_record as record
    -- A decision is about the value it was made on; a feed that has mended itself is believed.
    left join identity.coordinate_decision as decided
        on decided.feed = record.feed and decided.scheme = record.scheme and decided.record_key = record.record_key
        and decided.given_lon_deg = round(record.lon_deg, {digits})
        and decided.given_lat_deg = round(record.lat_deg, {digits})
)

select *, hash(used) as source_hash from used
""".format(is_possible="abs(record.lon_deg) <= 180 and abs(record.lat_deg) <= 90", digits=DIGITS)

# Only records of which something changed are written anew, and those that a decision names, now or before.
_KEEP = """
create or replace temp table new_coordinate as
with given as (
    select feed, scheme, record_key, given_lon_deg, given_lat_deg, arg_max(profile, valid_from) as profile,
        arg_max(region_code, valid_from) as region_code, max(valid_from) as valid_from, any_value(lon_deg) as lon_deg,
        any_value(lat_deg) as lat_deg
    from used_record
    where given_lon_deg is not null and given_lat_deg is not null and ({is_concerned})
    group by feed, scheme, record_key, given_lon_deg, given_lat_deg
)

select
    record.feed, record.profile, record.scheme, record.record_key, link.site_id, record.region_code, record.valid_from,
    record.given_lon_deg, record.given_lat_deg, record.lon_deg, record.lat_deg,
    decided.kind, decided.verdict, decided.reviewer, decided.decided_on, decided.note
from given as record
inner join identity.link as link
    on link.feed = record.feed and link.scheme = record.scheme and link.record_key = record.record_key
    and record.valid_from between coalesce(link.in_force_from, date '0001-01-01')
        and coalesce(link.in_force_to, date '9999-12-31')
left join identity.coordinate_decision as decided
    on decided.feed = record.feed and decided.scheme = record.scheme and decided.record_key = record.record_key
    and decided.given_lon_deg = round(record.given_lon_deg, {digits})
    and decided.given_lat_deg = round(record.given_lat_deg, {digits});

create table if not exists identity.coordinate as from new_coordinate limit 0;
create or replace temp table former_coordinate as
select rowid as place, site_id from identity.coordinate where {is_concerned};
delete from identity.coordinate where rowid in (select place from former_coordinate);
insert into identity.coordinate from new_coordinate
"""
_CONCERNED = """
(feed, scheme, record_key) in (
    select (feed, scheme, record_key) from again
    union all select (feed, scheme, record_key) from identity.coordinate_decision
    union all select (feed, scheme, record_key) from identity.coordinate where verdict is not null
)
"""
# The place of a site as its records of other profiles have it.
_BESIDE = """
create or replace temp table moved_site as
select site_id from former_coordinate union select site_id from new_coordinate;

create or replace temp table new_beside as
with located as materialized (select * from identity.coordinate where site_id in (select site_id from moved_site))

select a.site_id, a.feed, a.profile, a.scheme, a.record_key, a.given_lon_deg, a.given_lat_deg,
    median(b.lon_deg) as lon_deg, median(b.lat_deg) as lat_deg
from located as a
inner join located as b on b.site_id = a.site_id and (b.feed, b.profile) <> (a.feed, a.profile)
where b.lon_deg is not null
group by all;

create table if not exists identity.beside as from new_beside limit 0;
delete from identity.beside where site_id in (select site_id from moved_site);
insert into identity.beside from new_beside
"""

_PROPOSALS = """
create or replace table identity.coordinate_proposal as
with named as (
    select distinct on (feed, scheme, record_key) feed, profile, scheme, record_key, record_name, site_id
    from identity.link
    where (feed, scheme, record_key) in (
        select (feed, scheme, record_key) from found_repair
        union all select (feed, scheme, record_key) from identity.coordinate where verdict is not null
    )
    order by feed, scheme, record_key, valid_from desc
)

select used.feed, named.profile, used.scheme, used.record_key, named.record_name,
    coalesce(found.site_id, named.site_id) as site_id, used.region_code, used.given_lon_deg, used.given_lat_deg,
    coalesce(used.kind, found.kind) as kind,
    case when used.verdict = 'accepted' then used.lon_deg else found.proposed_lon_deg end as proposed_lon_deg,
    case when used.verdict = 'accepted' then used.lat_deg else found.proposed_lat_deg end as proposed_lat_deg,
    found.distance_km, found.residual_km,
    coalesce(found.evidence, 'the decision alone; the rules do not doubt the coordinate') as evidence,
    coalesce(used.verdict, 'proposed') as status, used.reviewer, used.decided_on, used.note
from identity.coordinate as used
inner join named using (feed, scheme, record_key)
left join found_repair as found using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
where found.kind is not null or used.verdict is not null
order by used.feed, used.scheme, used.record_key, used.given_lon_deg, used.given_lat_deg
"""


def apply_coordinate_decisions(con: duckdb.DuckDBPyConnection) -> None:
    """Write the temp table `used_record`: the rows of `given_record` with the coordinates in use, those given,
    and the hash of all (`source_hash`).

    Reads `identity.coordinate_decision` (see `load_decisions`). Accepted decisions replace what
    the feed gives; a latitude beyond 90° or longitude beyond 180° becomes NULL.
    """
    con.execute(_APPLY)


def propose_repairs(con: duckdb.DuckDBPyConnection, whole: bool = True) -> int:
    """Write `identity.coordinate` and `identity.coordinate_proposal`, decided repairs included; returns the open ones.

    Reads `used_record` and the links; unless `whole`, only the coordinates of `again` are written anew.
    """
    if whole:
        con.execute("drop table if exists identity.coordinate; drop table if exists identity.beside")
    con.execute(_KEEP.format(digits=DIGITS, is_concerned="true" if whole else _CONCERNED))
    con.execute(_BESIDE)
    rule = rules()["region"]
    values = {name: rule[name] for name in ("min_records", "floor_km", "spread", "neighbour_km")}
    values["shift_from_km"] = rules()["datum"]["from_km"]
    query = (Path(__file__).parent / "coordinates.sql").read_text(encoding="utf-8")
    define_km_between(con)
    rows = con.execute(query, values).to_arrow_table()
    found = find(_points(rows))
    con.register("found_repair", _table(rows.take(pa.array(found.row)), found))
    con.execute(_PROPOSALS)
    con.unregister("found_repair")
    open_ones = "select count(*) from identity.coordinate_proposal where status = 'proposed'"
    [(count,)] = con.execute(open_ones).fetchall()  # to its end: DuckDB 2 refuses other work on an unfinished result
    return int(count)


_SHOWN = ("feed", "scheme", "record_key", "site_id", "region_code", "given_lon_deg", "given_lat_deg")


def _points(rows: pa.Table) -> Points:
    def degrees(name: str) -> np.ndarray:
        return rows[name].to_numpy().astype(np.float64)  # NULL becomes NaN

    def number(name: str) -> np.ndarray:
        return rows[name].to_numpy().astype(np.int64)

    given, reference, centre = (
        (degrees(f"{prefix}_lon_deg"), degrees(f"{prefix}_lat_deg")) for prefix in ("given", "beside", "centre")
    )
    return Points(
        given, reference, centre, degrees("limit_km"), number("neighbours"), number("profile_no"), number("compared")
    )


def _table(rows: pa.Table, found: Findings) -> pa.Table:
    """The findings beside their records; no number where there is none."""

    def numbers(values: np.ndarray, digits: int) -> pa.Array:
        return pa.array(np.round(values, digits), mask=~np.isfinite(values))

    return pa.table(
        {
            **{name: rows[name] for name in _SHOWN},
            "kind": pa.array(found.kind.tolist(), pa.string()),
            "proposed_lon_deg": numbers(found.lon_deg, DIGITS),
            "proposed_lat_deg": numbers(found.lat_deg, DIGITS),
            "distance_km": numbers(found.distance_km, 3),
            "residual_km": numbers(found.residual_km, 3),
            "evidence": pa.array([_evidence(found, n) for n in range(len(found.row))], pa.string()),
        }
    )


def _evidence(found: Findings, n: int) -> str:
    """One line on what the repair rests on."""
    compared = "the site's records in other feeds" if found.by_site[n] else "the centre of the region's records"
    distance = found.distance_km[n]
    before = f"{distance:.2f} km from {compared}" if np.isfinite(distance) else "no place on Earth as given"
    if found.kind[n] == OUTSIDE:
        return f"{before}; no repair fits; accepting it leaves the coordinate out of use"
    after = f"{found.residual_km[n]:.2f} km from {compared} after the repair"
    support = f"; {found.support[n]} records of the profile fit the same shift" if found.support[n] else ""
    return f"{before}, {after}{support}"
