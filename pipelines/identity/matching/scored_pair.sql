-- The best member of every site for every open record, with what speaks for and against the pair in words.
-- A record belongs to one site or to none: its sites share the odds, 2^weight each and 1 for none.
-- What an objection speaks against is left to a human, however alike it looks: its probability is {contested} at most.
create or replace temp table scored_pair as
with taken as (
    select distinct feed, scheme, site_id from identity.match
    semi join (select feed, scheme from register where register_no = {register_no}) as this using (feed, scheme)
    where entity not in (select entity from still_open)
),

pair as (
    select
        open.feed, open.scheme, open.record_key,
        member.feed as right_feed, member.scheme as right_scheme, member.record_key as right_record_key,
        site.site_id, score.match_weight as weight, {evidence} as evidence,
        columns('^gamma_'),
        open.feed in $single_entry_feeds as is_single_entry,
        (open.feed, open.scheme, site.site_id) in (select (feed, scheme, site_id) from taken) as is_taken
    from identity.raw_pair as score
    inner join identity.every_keyed as open on open.row_no = score.open_no
    inner join identity.every_keyed as member on member.row_no = score.member_no
    inner join identity.match as site
        on site.feed = member.feed and site.scheme = member.scheme and site.record_key = member.record_key
        and site.stay = member.stay
    where score.register_no = {register_no}
    qualify row_number() over (
        partition by open.feed, open.scheme, open.record_key, site.site_id
        order by score.match_weight desc, member.feed, member.scheme, member.record_key, evidence
    ) = 1
),

rival as (
    select
        *,
        1 / (pow(2, -weight) + sum(pow(2, weight)) over alternatives / pow(2, weight)) as probability,
        count(*) over better_or_equal > 1 as has_rival
    from pair
    window
        better_or_equal as (partition by feed, scheme, site_id order by weight desc),
        alternatives as (
            partition by feed, scheme, record_key order by site_id  -- one order, one sum
            rows between unbounded preceding and unbounded following
        )
),

contested as (
    select
        *,
        case
            {objections}
            when not is_single_entry then null
            when is_taken then 'the site already has an entry of this register'
            when has_rival then 'another entry of this register fits the site as well or better'
        end as objection
    from rival
)

select
    feed as left_feed, scheme as left_scheme, record_key as left_record_key, right_feed, right_scheme, right_record_key,
    site_id,
    round(if(objection is null, probability, least(probability, {contested})), 6) as probability,
    concat_ws('; but ', evidence, objection) as evidence
from contested;
