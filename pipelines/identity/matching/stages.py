"""The exact stages: an open record is linked if exactly one site agrees with it in everything a stage names.

Here: what the words of a stage mean in SQL, and one pass over the records of one register. Not here: scores, thresholds
and the order of stages (`linking.yaml`), founding of sites (`found`).

A pass compares the open entities of one register with the members of the sites there are, all at once: nothing that a
stage finds bears on another record of the same stage, so the result does not depend on the order of records.
"""

import duckdb

from pipelines.identity.config import Linking, Stage

# Keys of records, one row per version and county, on both sides of a comparison.
_SIDE = """
    select {what}, permit_key, own_key, legal_key, name_key, address_key, lon_deg, lat_deg, valid_from, valid_to,
        unnest(coalesce(counties, [null])) as county_code
    from identity.every_keyed
"""
_WORDS = {
    "permit": "open.permit_key = member.permit_key",
    "register": "open.own_key = member.own_key",
    "legal": "open.legal_key = member.legal_key",
    "name": "open.name_key = member.name_key",
    "county": "open.county_code = member.county_code",
    "region_unknown": "(open.county_code is null or member.county_code is null)",
    "together": "open.valid_from <= coalesce(member.valid_to, date '9999-12-31')"
    " and member.valid_from <= coalesce(open.valid_to, date '9999-12-31')",
    "address": "open.address_key = member.address_key",
    "near": "km_between(open.lon_deg, open.lat_deg, member.lon_deg, member.lat_deg) <= {near_km}",
}


def run_stages(con: duckdb.DuckDBPyConnection, register_no: int, entities: str, linking: Linking) -> None:
    """All exact stages for these entities (a temp table) of one register; leaves those still open in `open`."""
    _open(con, register_no, entities)
    if register_no == 0 or con.execute("select exists (from open)").fetchall() == [(False,)]:
        return  # there is nothing yet to agree with, or nobody to agree
    _show_members(con, register_no)
    _follow_decisions(con)
    for stage in linking.stages:
        _agree(con, " and ".join(_WORDS[word] for word in stage.agree).format(near_km=linking.near_km))
        _link(con, stage)
    _follow_siblings(con)


def link_open(con: duckdb.DuckDBPyConnection, chosen: str) -> None:
    """Link open entities: query `chosen` gives entity, site_id, method, score, reason, reviewer, one row per entity."""
    con.execute(f"""
        insert into identity.match
        select distinct open.feed, open.scheme, open.record_key, open.stay, entity, chosen.site_id, chosen.method,
            chosen.score, chosen.reason, chosen.reviewer, cast(null as varchar), cast(null as double)
        from open inner join ({chosen}) as chosen using (entity);
        delete from open where entity in (select entity from ({chosen}))
    """)


def _open(con: duckdb.DuckDBPyConnection, register_no: int, entities: str) -> None:
    what = "entity, group_key, feed, scheme, record_key, stay, row_no"
    con.execute(f"""
        create or replace temp table open as
        {_SIDE.format(what=what)} where register_no = {register_no} and entity in (select entity from {entities});
        create or replace temp table candidate (entity varchar, site_id varchar, score double, reason varchar)
    """)


def _show_members(con: duckdb.DuckDBPyConnection, register_no: int) -> None:
    """Temp table `member`: records of the registers before that share a key with an open one, for their sites."""
    keys = ("permit_key", "own_key", "legal_key", "name_key")
    shared = " or ".join(f"{key} in (select {key} from open where {key} is not null)" for key in keys)
    con.execute(f"""
        create or replace temp table member as
        select match.site_id, side.* exclude (scheme, record_key, stay)
        from ({_SIDE.format(what="feed, scheme, record_key, stay")}
            where register_no < {register_no} and ({shared})) as side
        inner join identity.match as match using (feed, scheme, record_key, stay);
        -- A permit's number is that of its own site, wherever people put others that name it.
        update member set permit_key = null
        where feed <> 'permit' and permit_key in (select permit_key from member where feed = 'permit')
    """)


def _follow_decisions(con: duckdb.DuckDBPyConnection) -> None:
    """A record that people decided to be the same as a linked one goes with it, whatever its codes say."""
    link_open(con, """
        select entity, min(match.site_id) as site_id, 'reviewed' as method, 1.0 as score,
            any_value(decided.reason) as reason, any_value(decided.reviewer) as reviewer
        from (select distinct entity from open where group_key is not null)
        inner join identity.match as match using (entity)
        inner join decided on decided.group_key = entity
        group by entity
    """)  # fmt: skip


def _agree(con: duckdb.DuckDBPyConnection, condition: str) -> None:
    """Temp table `agreed`: open entities and the sites that agree with them."""
    con.execute(f"""
        create or replace temp table agreed as
        select distinct open.entity, open.group_key, member.site_id from open inner join member on {condition}
    """)
    rule_out(con)


def rule_out(con: duckdb.DuckDBPyConnection) -> None:
    """Take from `agreed` what people decided to be different."""
    if con.execute("select count(*) from barred_group").fetchone() == (0,):
        return
    con.execute("""
        delete from agreed
        where (group_key, site_id) in (
            select barred_group.group_key, match.site_id
            from barred_group
            inner join identity.keyed as keyed on keyed.group_key = barred_group.other_key
            inner join identity.match as match using (feed, scheme, record_key, stay)
        )
        or (group_key, site_id) in (
            select barred_group.group_key, other.site_id
            from barred_group inner join agreed as other on other.group_key = barred_group.other_key
            where other.group_key < barred_group.group_key
        )
    """)


def _link(con: duckdb.DuckDBPyConnection, stage: Stage) -> None:
    """Link the entities that agree with one site; where several agree, the first stays as a candidate."""
    parameters = {"method": stage.method, "score": stage.score, "reason": stage.reason}
    con.execute("""
        create or replace temp table chosen as
        select entity, min(site_id) as site_id, count(*) as sites, $method as method, $score::double as score,
            $reason as reason, cast(null as varchar) as reviewer
        from agreed group by entity
    """, parameters)  # fmt: skip
    con.execute("""
        insert into candidate
        select entity, site_id, score / sites, sites || ' sites agree: ' || reason from chosen
        where sites > 1 and entity not in (select entity from candidate)
    """)
    link_open(con, "select * from chosen where sites = 1")


def _follow_siblings(con: duckdb.DuckDBPyConnection) -> None:
    """A point whose plant on the platform is linked by another of its points goes with it."""
    con.execute("""
        create or replace temp table agreed as
        select distinct open.entity, open.group_key, match.site_id
        from open
        inner join identity.keyed as sibling
            on sibling.feed = open.feed and sibling.own_key = open.own_key and sibling.entity <> open.entity
        inner join identity.match as match
            on match.feed = sibling.feed and match.scheme = sibling.scheme and match.record_key = sibling.record_key
            and match.stay = sibling.stay
    """)
    rule_out(con)
    _link(con, Stage(method="code", score=0.9, agree=("register",), reason="another point of its plant is there"))
