-- Which sites may get another id: those that the changes bear on, and those whose id a founder may claim that comes back.
-- Before: temp table changed_label, view parent_link, tables identity.site_event and named (of the last linking). Leaves
-- temp tables returned and scope_site.
create or replace temp table returned as
with recursive survivor as (
    select old_site_id, site_id, [old_site_id] as path from identity.site_event where event = 'merge'
    union
    select survivor.old_site_id, event.site_id, list_append(survivor.path, event.old_site_id)
    from survivor
    inner join identity.site_event as event on event.event = 'merge' and event.old_site_id = survivor.site_id
    where not list_contains(survivor.path, event.site_id)
),

heir as (
    select old_site_id, arg_max(site_id, length(path)) as site_id from survivor
    where old_site_id not in (select site_id from parent_link)
    group by old_site_id
)

-- A founder that was away for a release comes back to its id, or to the one that this was merged into.
select distinct event.feed, event.scheme, event.record_key, cast(null as date) as valid_from,
    coalesce(heir.site_id, event.site_id) as site_id
from identity.site_event as event
semi join changed_record using (feed, scheme, record_key)
anti join parent_link using (feed, scheme, record_key)
left join heir on heir.old_site_id = event.site_id
where event.event in ('new', 'split');

insert into changed_label
select label from identity.named
where site_id in (select site_id from returned) and label not in (select label from changed_label);

create or replace temp table scope_site as
select site_id from identity.named where label in (select label from changed_label)
union
select site_id from returned
union
-- Without a last linking all are in question.
select site_id from parent_link where not exists (from identity.named);
