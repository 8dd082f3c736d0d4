"""What becomes of records that no exact stage linked: judged by probability, else they found a site of their own.

Here: thresholds applied to scored pairs, founding, the grouping of a register's entries that are one place. Not here:
the probabilities (`probabilistic`), lasting ids (`registry`): until then a site goes by the key of its first record.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipelines.identity.config import Linking
from pipelines.identity.matching.affected import check_share, close, forget_matches
from pipelines.identity.matching.probabilistic import score_pairs
from pipelines.identity.matching.stages import link_open, rule_out, run_stages
from pipelines.identity.small import TEXT, write_temp

ALONE = "no record of another feed resembles it; it stands on its own"


def find_takeovers(con: duckdb.DuckDBPyConnection, linking: Linking, register_no: int, feed: str) -> None:
    """Temp tables (old_key, new_key) `takeover`, `changed_takeover` since the last linking, `near_takeover` of both."""
    if feed == linking.feed_order[0]:
        rule = linking.takeover
        query = (Path(__file__).parent / "takeover.sql").read_text(encoding="utf-8")
        con.execute(
            query.format(
                stack_km=rule.stack_m / 1000,
                place_km=rule.place_m / 1000,
                gap_days=rule.gap_days,
                overlap_days=rule.overlap_days,
            )
        )
    else:
        con.execute("create or replace temp table takeover (old_key varchar, new_key varchar)")
    con.execute(f"""
        create or replace temp table former_takeover as
        select old_key, new_key from identity.takeover where register_no = {register_no};
        create or replace temp table near_takeover as from takeover union from former_takeover;
        create or replace temp table changed_takeover as
        from near_takeover except (from takeover intersect from former_takeover);
        delete from identity.takeover where register_no = {register_no};
        insert into identity.takeover select {register_no}, old_key, new_key from takeover
    """)


def judge_pairs(con: duckdb.DuckDBPyConnection, linking: Linking, register_no: int, whole: bool) -> None:
    """Score the open records against the sites there are; link the sure ones, note the best candidate of the others.

    Sure: probability `accept` or more, and the second-best site at least `margin` below. Records that only score
    otherwise than in the last linking (temp table `rescored`) are opened too.
    """
    con.execute("create or replace temp table rescored (entity varchar)")
    if register_no == 0:
        return
    con.execute(f"""
        create or replace temp table former_open as
        select row_no from identity.still_open where register_no = {register_no};
        delete from identity.still_open
        where register_no = {register_no} and (row_no not in (select row_no from identity.every_keyed)
            or row_no in (select row_no from identity.every_keyed where entity in (select entity from affected)));
        insert into identity.still_open select distinct {register_no}, row_no from open;
        create or replace temp table still_open as
        select row_no, entity from identity.every_keyed
        where row_no in (select row_no from identity.still_open where register_no = {register_no})
    """)
    if not con.execute("select exists (from still_open) or exists (from former_open)").fetchall()[0][0]:
        return
    score_pairs(con, linking.probabilistic, register_no, whole)
    if not whole:
        _open_rescored(con, linking, register_no)
    con.execute(f"""
        delete from identity.scored_pair where register_no = {register_no};
        insert into identity.scored_pair by name select {register_no} as register_no, * from scored_pair;
        create or replace temp table agreed as
        select open.entity, any_value(open.group_key) as group_key, pair.site_id, max(pair.probability) as probability,
            arg_max(pair.evidence, (pair.probability, pair.evidence)) as evidence
        from scored_pair as pair
        inner join open
            on open.feed = pair.left_feed and open.scheme = pair.left_scheme and open.record_key = pair.left_record_key
        group by open.entity, pair.site_id
    """)
    rule_out(con)
    con.execute("""
        create or replace temp table best as
        select entity, site_id, probability, evidence,
            coalesce(lead(probability) over (partition by entity order by probability desc, site_id), 0) as next
        from agreed
        qualify row_number() over (partition by entity order by probability desc, site_id) = 1
    """)
    decide = linking.decide
    con.execute("""
        insert into candidate
        select entity, site_id, probability, case
            when probability >= $accept
                then printf('another site fits nearly as well (%.3f, %.3f): ', probability, next)
            when probability >= $review then printf('not sure enough to link (%.3f): ', probability)
            else printf('too little agrees (%.3f): ', probability) end || evidence
        from best
    """, {"accept": decide.accept, "review": decide.review})  # fmt: skip
    con.execute(
        """
        create or replace temp table chosen as
        select entity, site_id, 'probabilistic' as method, probability as score, evidence as reason,
            cast(null as varchar) as reviewer
        from best where probability >= $accept and probability - next >= $margin
        """,
        {"accept": decide.accept, "margin": decide.margin},
    )
    link_open(con, "from chosen")


def found_sites(con: duckdb.DuckDBPyConnection, linking: Linking, feed: str) -> None:
    """Open records found sites, together where they share a key, follow each other or are decided to be one."""
    is_first = feed == linking.feed_order[0]
    edges = con.execute("""
        select any_value(own_key), unnest(list_distinct(list(own_key))) from open group by entity
        having count(distinct own_key) > 1
    """).fetchall()  # fmt: skip
    if is_first:
        edges += con.execute(
            "select old_key, new_key from takeover"
            " where old_key in (select own_key from open) and new_key in (select own_key from open)"
        ).fetchall()
    _write_roots(con, edges)
    con.execute(
        """
        insert into identity.match
        with one as (
            select distinct on (feed, scheme, record_key, stay) feed, scheme, record_key, stay, entity, own_key,
                coalesce(root.root_key, own_key) as root_key
            from open left join root using (own_key)
            order by feed, scheme, record_key, stay, valid_from
        )
        select one.feed, one.scheme, one.record_key, one.stay, one.entity, one.feed || '/' || one.root_key,
            case when one.own_key = one.root_key then if($is_first, 'anchor', 'unmatched')
                when decided.group_key is not null then 'reviewed' else 'takeover' end as method,
            case method when 'anchor' then 1 when 'unmatched' then 0 when 'reviewed' then 1 else $takeover::double end,
            case method when 'anchor' then 'the entry founds the site'
                when 'unmatched' then coalesce(candidate.reason, $alone)
                when 'reviewed' then decided.reason
                else 'goes on at the same stacks as ' || root_key end,
            case when method = 'reviewed' then decided.reviewer end,
            case when method = 'unmatched' then candidate.site_id end,
            case when method = 'unmatched' then candidate.score end
        from one
        left join (select distinct group_key, reason, reviewer from decided where is_shared) as decided
            on decided.group_key = one.entity
        left join (
            from candidate qualify row_number() over (partition by entity order by score desc, site_id, reason) = 1
        ) as candidate on candidate.entity = one.entity
        """,
        {"is_first": is_first, "takeover": linking.takeover.score, "alone": ALONE},
    )
    con.execute("delete from open")


def _open_rescored(con: duckdb.DuckDBPyConnection, linking: Linking, register_no: int) -> None:
    """Add to `open` the records, with those that may be one place with them, whose scores are not those stored."""
    con.execute(f"""
        create or replace temp table rescored as
        with former as (select * exclude (register_no) from identity.scored_pair where register_no = {register_no}),

        moved as ((from scored_pair except from former) union all (from former except from scored_pair))

        select distinct keyed.entity
        from identity.every_keyed as keyed
        inner join still_open using (row_no)
        inner join moved on moved.left_feed = keyed.feed and moved.left_scheme = keyed.scheme
            and moved.left_record_key = keyed.record_key
    """)
    close(con, "rescored", register_no)
    con.execute("delete from rescored where entity in (select entity from affected)")
    check_share(con, "rescored", linking.largest_change, whole=False)
    forget_matches(con, "rescored", register_no)
    con.execute("create or replace temp table affected_open as from open")
    con.execute("create or replace temp table affected_candidate as from candidate")
    run_stages(con, register_no, "rescored", linking)
    con.execute("insert into open by name from affected_open")
    con.execute("insert into candidate by name from affected_candidate")


def _write_roots(con: duckdb.DuckDBPyConnection, edges: Iterable[tuple[str, str]]) -> None:
    """Temp table `root` (own_key, root_key): of keys that are one place the one known first."""
    first = dict(con.execute("select own_key, min(valid_from) from open group by own_key").fetchall()) if edges else {}
    groups: dict[str, set[str]] = {}
    for one, other in sorted(edges):
        merged = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(merged, merged))
    roots = {key: min(group, key=lambda k: (first[k], k)) for key, group in sorted(groups.items())}
    write_temp(con, "root", {"own_key": TEXT, "root_key": TEXT}, list(roots.items()))
