"""What becomes of records that no exact stage linked: judged by probability, else they found a site of their own.

Here: thresholds applied to scored pairs, founding, the grouping of a register's entries that are one place. Not here:
the probabilities (`probabilistic`), lasting ids (`registry`): until then a site goes by the key of its first record.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipelines.identity.config import Linking, Takeover
from pipelines.identity.small import TEXT, write_temp
from pipelines.identity.stages import link_open, rule_out

ALONE = "no record of another feed resembles it; it stands on its own"


def judge_pairs(con: duckdb.DuckDBPyConnection, linking: Linking) -> None:
    """Score the open records against the sites there are; link the sure ones, note the best candidate of the others.

    Sure: probability `accept` or more, and the second-best site at least `margin` below.
    """
    sides = con.execute("select exists (from open), exists (from member)").fetchone()
    if linking.probabilistic is None or sides != (True, True):
        return
    from pipelines.identity.probabilistic import score_pairs  # imports Splink: only where there is something to score

    score_pairs(con, linking.probabilistic)
    con.execute("""
        insert into scored_pair select * from identity.scored_pair;
        create or replace temp table agreed as
        select open.entity, any_value(open.group_key) as group_key, pair.site_id, max(pair.probability) as probability,
            arg_max(pair.evidence, (pair.probability, pair.evidence)) as evidence
        from identity.scored_pair as pair
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
    if is_first:
        _find_takeovers(con, linking.takeover)
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


def _find_takeovers(con: duckdb.DuckDBPyConnection, takeover: Takeover) -> None:
    query = (Path(__file__).parent / "takeover.sql").read_text(encoding="utf-8")
    con.execute(
        query.format(
            stack_km=takeover.stack_m / 1000,
            place_km=takeover.place_m / 1000,
            gap_days=takeover.gap_days,
            overlap_days=takeover.overlap_days,
        )
    )


def _write_roots(con: duckdb.DuckDBPyConnection, edges: Iterable[tuple[str, str]]) -> None:
    """Temp table `root` (own_key, root_key): of keys that are one place the one known first."""
    first = dict(con.execute("select own_key, min(valid_from) from open group by own_key").fetchall()) if edges else {}
    groups: dict[str, set[str]] = {}
    for one, other in sorted(edges):
        merged = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(merged, merged))
    roots = {key: min(group, key=lambda k: (first[k], k)) for key, group in sorted(groups.items())}
    write_temp(con, "root", {"own_key": TEXT, "root_key": TEXT}, list(roots.items()))
