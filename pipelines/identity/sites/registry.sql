-- Lasting ids: a site takes over the id that its records held in the parent release. Only the labels of the temp table
-- changed_label are looked at; the other sites keep their ids. Before: view parent_link (records of the parent with their
-- ids), temp tables returned, scope_site (ids in question), table identity.site_event (its events).
-- Leaves temp tables label, founder, claim, kept, named_now.
create or replace temp table label as
-- Few of many: filtered before they are joined.
with concerned as materialized (
    select * from identity.match where site_id in (select label from changed_label)
)

select
    match.site_id as label, match.feed, match.scheme, match.record_key, keyed.valid_from, keyed.valid_to,
    coalesce(match.feed || '/' || keyed.own_key = match.site_id, false) as is_founder
from concerned as match
inner join identity.keyed as keyed using (feed, scheme, record_key, stay);

-- The record that founds a site now: of those with the site's own key the first.
create or replace temp table founder as
select label, feed, scheme, record_key
from label where is_founder
qualify row_number() over (partition by label order by feed, scheme, valid_from, record_key) = 1;

create or replace temp table claim as
with known as (
    select feed, scheme, record_key, valid_from, site_id from parent_link
    where site_id in (select site_id from scope_site)
    union all
    select feed, scheme, record_key, valid_from, site_id from returned
),

-- The version that was in force when the parent's link began; a version that is gone counts for its record as a whole.
traced as (
    select known.site_id, known.feed, known.scheme, known.record_key, coalesce(dated.label, label.label) as label
    from known
    left join label as dated using (feed, scheme, record_key, valid_from)
    left join (select feed, scheme, record_key, min(label) as label from label group by all) as label
        using (feed, scheme, record_key)
)

select
    traced.site_id as old_site_id, traced.label,
    bool_or(founding.site_id is not null) as has_founder,
    bool_or(founder.label is not null) as is_founders_id,
    count(distinct (traced.feed, traced.scheme, traced.record_key)) as records
from traced
left join (from identity.site_event where site_id in (select site_id from scope_site)) as founding
    on founding.event in ('new', 'split') and founding.site_id = traced.site_id and founding.feed = traced.feed
    and founding.scheme = traced.scheme and founding.record_key = traced.record_key
left join founder
    on founder.label = traced.label and founder.feed = traced.feed and founder.scheme = traced.scheme
    and founder.record_key = traced.record_key
where traced.label is not null
group by traced.site_id, traced.label;

-- Every old id goes to one site, that of the record that founded it before all; and every site keeps one of the ids that
-- come to it, that of the record that founds it now before all.
create or replace temp table kept as
with awarded as (
    from claim qualify row_number() over (partition by old_site_id order by has_founder desc, records desc, label) = 1
)
from awarded
qualify row_number() over (
    partition by label order by is_founders_id desc, has_founder desc, records desc, old_site_id
) = 1;

create or replace temp table named_now as
with fresh as (
    select distinct label, md5(label) as hash from label where label not in (select label from kept)
),

taken as (
    select distinct site_id
    from (
        select old_site_id as site_id from kept
        union all select site_id from identity.site_event
        union all select old_site_id from identity.site_event
    )
    where site_id in (select 'S' || left(hash, 12) from fresh)
)

select label, old_site_id as site_id from kept
union all
-- Twelve digits as a rule; more where two sites would share them or a former site had them.
select
    fresh.label,
    'S' || left(hash, if(count(*) over (partition by left(hash, 12)) = 1 and taken.site_id is null, 12, 24))
from fresh
left join taken on taken.site_id = 'S' || left(hash, 12);
