-- Events and the names of the sites of registry.sql; `parent_release` is a variable (NULL: there is none).
-- What is new since the parent. A site is founded once; an id that nobody kept resolves to the site its records went to.
insert into identity.site_event by name
with dated as (
    select label, min(valid_from) as first_from, max(valid_from) as last_from from label group by label
),

reason as (
    select site_id as label, min(reason) as reason from identity.match
    where method not in ('anchor', 'unmatched') and site_id in (select label from changed_label) group by site_id
),

-- Where the records of a site that kept no id came from.
origin as (select label, old_site_id, records from claim anti join kept using (label)),

found as (
    select
        if(origin.label is null, 'new', 'split') as event, origin.old_site_id, named.site_id,
        founder.feed, founder.scheme, founder.record_key,
        if(origin.label is null, dated.first_from, dated.last_from) as valid_from,
        if(kept.label is null, getvariable('parent_release'), null) as after_release,
        coalesce(
            origin.records || ' record(s) of ' || origin.old_site_id || ' are another place', 'first record of the site'
        ) as reason
    from named_now as named
    anti join (select site_id from identity.site_event where event in ('new', 'split')) as known using (site_id)
    inner join founder using (label)
    inner join dated using (label)
    left join kept using (label)
    left join origin using (label)
),

merged as (
    select
        'merge' as event, claim.old_site_id, named.site_id, founder.feed, founder.scheme, founder.record_key,
        dated.last_from as valid_from, getvariable('parent_release') as after_release,
        claim.records || ' record(s) of ' || claim.old_site_id || ' are the same place: '
        || coalesce(reason.reason, 'they share a register entry') as reason
    from claim
    inner join named_now as named using (label)
    inner join founder using (label)
    inner join dated using (label)
    left join reason using (label)
    anti join kept on kept.old_site_id = claim.old_site_id
    qualify row_number() over (
        partition by claim.old_site_id order by claim.has_founder desc, claim.records desc, claim.label
    ) = 1
)

select 'E' || left(md5(concat_ws('|', event, old_site_id, site_id, after_release)), 16) as event_id, *
from (from found union all by name from merged);

delete from identity.named where label in (select label from changed_label);
insert into identity.named select label, site_id from named_now;

create table if not exists identity.site (site_id varchar, feed varchar, scheme varchar, record_key varchar);
delete from identity.site
where site_id in (select site_id from scope_site) or site_id in (select site_id from named_now);
insert into identity.site
select named.site_id, founder.feed, founder.scheme, founder.record_key
from named_now as named inner join founder using (label);
