"""Linking records to sites, stage by stage: the first stage that finds exactly one site wins.

Here: the stages and the ids of sites. A record that no stage can place founds a site of its own, so that its figures
enter the inventory once. Not here: probabilistic matching and the human queue.

Stages, strongest first (the score is the confidence written into the link):
    code         the record names the site's own code (permit number, register id), or its legal code where that
                 belongs to one site only (in the record's region, if it has several)
    name_region  same normalised name in the same region
    name_near    same normalised name within `NEAR_KM`
Permit records found sites first, then statistics, then monitoring: the order in which places are best described.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.identity.names import normalise_code, normalise_name

FEED_ORDER = ("permit", "statistics", "monitoring")
NEAR_KM = 5.0

# Each stage yields (key, site_id) pairs between open records and sites; {near} is the distance in km.
STAGES: tuple[tuple[str, float, str, str], ...] = (
    (
        "code",
        1.0,
        "the record names the permit or register entry of the site",
        "open.permit_key = site.permit_key",
    ),
    ("code", 1.0, "same id in the same register", "open.own_key = site.own_key"),
    ("code", 0.97, "same legal code, which holds one site", "open.legal_key = site.legal_key"),
    (
        "code",
        0.95,
        "same legal code and region",
        "open.legal_key = site.legal_key and open.region_code = site.region_code",
    ),
    (
        "name_region",
        0.9,
        "same name in the same region",
        "open.name_key = site.name_key and open.region_code = site.region_code",
    ),
    (
        "name_near",
        0.9,
        f"same name within {NEAR_KM:g} km",
        f"open.name_key = site.name_key and {{distance}} <= {NEAR_KM}",
    ),
)

# How a record that founds a site is marked, by whether its feed describes places best.
FOUNDING = {
    True: ("anchor", 1.0, "the entry founds the site"),
    False: ("unmatched", 0.0, "no stage found exactly one site; the record stands on its own"),
}

# Great-circle distance (haversine, mean Earth radius 6371 km).
_DISTANCE = """
    2 * 6371 * asin(sqrt(
        pow(sin(radians(open.lat_deg - site.lat_deg) / 2), 2)
        + cos(radians(open.lat_deg)) * cos(radians(site.lat_deg))
        * pow(sin(radians(open.lon_deg - site.lon_deg) / 2), 2)
    ))
"""


@dataclass(frozen=True)
class LinkSummary:
    """Counts of one linking: records, sites, and links per feed and method."""

    records: int
    sites: int
    links: dict[str, int]


def link_records(con: duckdb.DuckDBPyConnection) -> LinkSummary:
    """Write `identity.record`, `identity.site` and `identity.link` from the staging views of the work file.

    The result depends on the records only, never on their order: every choice is by key.
    """
    con.execute("create schema if not exists identity")
    con.execute((Path(__file__).parent / "record.sql").read_text(encoding="utf-8"))
    _add_keys(con)
    con.execute(
        "create or replace table identity.site (site_id varchar, permit_key varchar, own_key varchar,"
        " legal_key varchar, name_key varchar, region_code varchar, lon_deg double, lat_deg double)"
    )
    con.execute(
        "create or replace table identity.match (feed varchar, scheme varchar, record_key varchar, site_id varchar,"
        " method varchar, score double, reason varchar)"
    )
    for feed in FEED_ORDER:
        for method, score, reason, condition in STAGES:
            _run_stage(con, feed, method, score, reason, condition.format(distance=_DISTANCE))
        _found_sites(con, feed)
    _write_links(con)
    return _summary(con)


def _add_keys(con: duckdb.DuckDBPyConnection) -> None:
    """Normalised spellings of names and codes; a legal code is compared by its nine-character organisation code."""
    rows = con.sql(
        "select distinct scheme, record_key, record_name, legal_code, permit_key, plant_key from identity.record"
    ).to_arrow_table()
    texts = {name: rows[name].to_pylist() for name in rows.column_names}
    legal = [normalise_code(code) for code in texts["legal_code"]]
    own = [plant or key for plant, key in zip(texts["plant_key"], texts["record_key"], strict=True)]
    keys = {
        "name_key": [normalise_name(name) for name in texts["record_name"]],
        # GB 32100: characters 9 to 17 of the credit code are the organisation code of older files.
        "legal_key": [code[8:17] if code and len(code) == 18 else code for code in legal],
        "permit_key": [normalise_code(code) for code in texts["permit_key"]],
        "own_key": [f"{s}:{normalise_code(k)}" for s, k in zip(texts["scheme"], own, strict=True)],
    }
    key_table = pa.table(
        {name: rows[name] for name in rows.column_names if name not in keys}
        | {name: pa.array(values, pa.string()) for name, values in keys.items()}
        | {"raw_permit_key": rows["permit_key"]}
    )
    con.register("identity_keys", key_table)
    con.execute(
        "create or replace table identity.keyed as"
        " select record.* exclude (permit_key, plant_key), keys.name_key, keys.legal_key, keys.permit_key, keys.own_key"
        " from identity.record as record inner join identity_keys as keys"
        " on keys.scheme = record.scheme and keys.record_key = record.record_key"
        " and keys.record_name = record.record_name"
        " and keys.legal_code is not distinct from record.legal_code"
        " and keys.plant_key is not distinct from record.plant_key"
        " and keys.raw_permit_key is not distinct from record.permit_key"
    )
    con.unregister("identity_keys")


def _run_stage(
    con: duckdb.DuckDBPyConnection, feed: str, method: str, score: float, reason: str, condition: str
) -> None:
    """Link the feed's open records that agree with exactly one site on `condition`."""
    con.execute(
        f"""
        insert into identity.match
        select open.feed, open.scheme, open.record_key, min(site.site_id), ?, ?, ?
        from identity.keyed as open
        inner join identity.site as site on {condition}
        where open.feed = ?
            and (open.feed, open.scheme, open.record_key) not in (select (feed, scheme, record_key) from identity.match)
        group by open.feed, open.scheme, open.record_key
        having count(distinct site.site_id) = 1
        """,
        [method, score, reason, feed],
    )


def _found_sites(con: duckdb.DuckDBPyConnection, feed: str) -> None:
    """Records that no stage placed found sites. Monitoring points of one plant found one site together."""
    method, score, reason = FOUNDING[feed == FEED_ORDER[0]]
    con.execute(
        """
        create or replace temp table founding as
        select *, 'S' || substr(md5(own_key), 1, 12) as site_id
        from identity.keyed
        where feed = ? and (feed, scheme, record_key) not in (select (feed, scheme, record_key) from identity.match)
        """,
        [feed],
    )
    con.execute(
        """
        insert into identity.site
        select distinct on (site_id) site_id, permit_key, own_key, legal_key, name_key, region_code, lon_deg, lat_deg
        from founding order by site_id, record_key
        """
    )
    con.execute(
        "insert into identity.match select feed, scheme, record_key, site_id, ?, ?, ? from founding",
        [method, score, reason],
    )


def _write_links(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        """
        create or replace table identity.link as
        select record.feed, record.profile, record.scheme, record.record_key, record.record_name, match.site_id,
            match.method, match.score, match.reason, cast(null as varchar) as reviewer, record.valid_from,
            record.valid_to
        from identity.keyed as record
        inner join identity.match as match using (feed, scheme, record_key)
        order by record.feed, record.scheme, record.record_key
        """
    )


def _summary(con: duckdb.DuckDBPyConnection) -> LinkSummary:
    records, linked, sites = con.execute(
        "select (select count(*) from identity.record), count(*), count(distinct site_id) from identity.link"
    ).fetchone() or (0, 0, 0)
    if records != linked:
        raise AssertionError(f"{records} records but {linked} links: every record must have exactly one link")
    counts = con.execute(
        "select feed || '/' || method, count(*) from identity.link group by all order by all"
    ).fetchall()
    return LinkSummary(records, sites, dict(counts))
