-- The human queue, both records side by side: pairs that nothing has settled, and those that people have decided.
create or replace table identity.link_candidate as
with named as (
    select left_scheme as scheme, left_record_key as record_key from identity.scored_pair where probability >= $review
    union select right_scheme, right_record_key from identity.scored_pair where probability >= $review
    union select left_scheme, left_key from identity.decision
    union select right_scheme, right_key from identity.decision
),

record as (
    select distinct on (record.feed, record.scheme, record.record_key) record.*, link.site_id, link.method
    from (select * from used_record semi join named using (scheme, record_key)) as record
    asof inner join (from identity.link semi join named using (scheme, record_key)) as link
        on link.feed = record.feed and link.scheme = record.scheme and link.record_key = record.record_key
        and link.valid_from <= record.valid_from
    order by record.feed, record.scheme, record.record_key, record.valid_from desc
),

scored as (
    select left_feed, left_scheme, left_record_key as left_key, right_feed, right_scheme, right_record_key as right_key,
        probability, evidence
    from identity.scored_pair
),

decided as (
    select a.feed as left_feed, a.scheme as left_scheme, a.record_key as left_key, b.feed as right_feed,
        b.scheme as right_scheme, b.record_key as right_key, decision.verdict as status, decision.reviewer,
        decision.decided_on, decision.note
    from identity.decision as decision
    inner join record as a on a.scheme = decision.left_scheme and a.record_key = decision.left_key
    inner join record as b on b.scheme = decision.right_scheme and b.record_key = decision.right_key
),

-- Whichever of the two stands first.
decided_pair as (
    select left_scheme, left_key, right_scheme, right_key from decided
    union all select right_scheme, right_key, left_scheme, left_key from decided
),

-- A record that stands on its own although something resembles it; a record that was linked is settled.
undecided as (
    select scored.*, 'open' as status
    from scored
    inner join record on record.feed = left_feed and record.scheme = left_scheme and record.record_key = left_key
    where probability >= $review and record.method in ('unmatched', 'anchor')
        and (left_scheme, left_key, right_scheme, right_key) not in (
            select (left_scheme, left_key, right_scheme, right_key) from decided_pair
        )
),

scored_either_way as (
    select * from scored
    union all
    select right_feed, right_scheme, right_key, left_feed, left_scheme, left_key, probability, evidence from scored
),

pair as (
    select * from undecided
    union all by name
    select decided.*, scored_either_way.probability, scored_either_way.evidence
    from decided
    left join scored_either_way using (left_feed, left_scheme, left_key, right_feed, right_scheme, right_key)
)

select
    pair.*, a.site_id as left_site_id, b.site_id as right_site_id,
    {sides},
    km_between(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg) as distance_km
from pair
inner join record as a on a.feed = left_feed and a.scheme = left_scheme and a.record_key = left_key
inner join record as b on b.feed = right_feed and b.scheme = right_scheme and b.record_key = right_key
where status <> 'open' or a.site_id <> b.site_id
order by left_feed, left_scheme, left_key, right_feed, right_scheme, right_key
