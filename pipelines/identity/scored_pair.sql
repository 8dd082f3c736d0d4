-- The best member of every site for every open record, with what speaks for and against the pair in words.
-- A record belongs to one site or to none: its sites share the odds, 2^weight each and 1 for none.
-- What an objection speaks against is left to a human, however alike it looks: its probability is {contested} at most.
insert into identity.scored_pair
with pair as (
    select
        open.feed, open.scheme, open.record_key,
        member.feed as right_feed, member.scheme as right_scheme, member.record_key as right_record_key,
        member.site_id, score.match_weight as weight, {evidence} as evidence,
        columns('^gamma_'),
        open.feed in $single_entry_feeds as is_single_entry,
        (open.feed, open.scheme, member.site_id) in (select (feed, scheme, site_id) from identity.match) as is_taken
    from identity_scores as score
    inner join side_record as open on open.unique_id = score.unique_id_l
    inner join side_record as member on member.unique_id = score.unique_id_r
    qualify row_number() over (
        partition by open.feed, open.scheme, open.record_key, member.site_id
        order by score.match_weight desc, member.feed, member.scheme, member.record_key
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
    feed, scheme, record_key, right_feed, right_scheme, right_record_key, site_id,
    round(if(objection is null, probability, least(probability, {contested})), 6) as probability,
    concat_ws('; but ', evidence, objection) as evidence
from contested
order by feed, scheme, record_key, probability desc, site_id;
