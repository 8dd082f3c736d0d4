-- Links as others read them. identity.link: one row per stay of a record (nearly always one per record); `in_force_*` bound
-- a stay against its neighbours and are empty where there is none; `outlet_prefix` tells the outlets of a second permit on
-- the site from those of the first. identity.link_version: names, legal units and outlets of a record over time.
-- Only records of the sites that changed are written anew, and those whose candidate may have got another id.
create or replace temp table again as
select feed, scheme, record_key from changed_record
union select feed, scheme, record_key from label
union
select feed, scheme, record_key from identity.match where candidate_site_id in (select label from changed_label);

create or replace temp table placed as
with concerned as materialized (select * from identity.match semi join again using (feed, scheme, record_key))

select match.* replace (own.site_id as site_id, candidate.site_id as candidate_site_id)
from concerned as match
inner join identity.named as own on own.label = match.site_id
left join identity.named as candidate on candidate.label = match.candidate_site_id;

create or replace temp table version as
with keyed as materialized (
    select feed, profile, scheme, record_key, stay, record_name, legal_code, legal_name, permit_key, outlet_code, valid_from,
        valid_to
    from identity.keyed semi join again using (feed, scheme, record_key)
),

several as (
    select feed, scheme, record_key from keyed group by feed, scheme, record_key having count(*) > 1
),

lasting as (
    select
        keyed.*,
        -- A version ends at the latest when the next one begins.
        least(valid_to, cast(lead(valid_from) over versions - interval 1 day as date)) as lasts_to,
        (stay, record_name, legal_code, legal_name, permit_key, outlet_code) is distinct from
        lag((stay, record_name, legal_code, legal_name, permit_key, outlet_code)) over versions as is_change
    from keyed
    semi join several using (feed, scheme, record_key)
    window versions as (partition by feed, scheme, record_key order by valid_from)
)

select
    * exclude (valid_to, lasts_to, is_change), lasts_to as valid_to,
    count_if(is_change) over (partition by feed, scheme, record_key order by valid_from) as run
from lasting
union all by name
select *, 1 as run from keyed anti join several using (feed, scheme, record_key);

-- Permits that people put on the site of another: both may have a DA001. Records of other feeds follow the permit they
-- name, else the one permit of their legal unit.
create or replace temp table second_permit as
select distinct named.site_id, keyed.permit_key, keyed.legal_key, keyed.permit_key || '/' as outlet_prefix
from identity.match as match
inner join identity.named as named on named.label = match.site_id
inner join identity.keyed as keyed using (feed, scheme, record_key, stay)
where match.feed = 'permit' and match.method = 'reviewed';

create or replace temp table prefixed as
select
    match.feed, match.scheme, match.record_key, match.stay,
    coalesce(min(by_number.outlet_prefix), case when count(distinct by_unit.permit_key) = 1 then min(by_unit.outlet_prefix) end)
        as outlet_prefix
from placed as match
inner join identity.keyed as keyed using (feed, scheme, record_key, stay)
left join second_permit as by_number
    on by_number.site_id = match.site_id and by_number.permit_key = keyed.permit_key
left join second_permit as by_unit
    on by_unit.site_id = match.site_id and by_unit.legal_key = keyed.legal_key and keyed.permit_key is null
where match.site_id in (select site_id from second_permit)
group by match.feed, match.scheme, match.record_key, match.stay;

create or replace temp table new_link as
with stay as (
    select
        feed, scheme, record_key, stay, max_by(profile, valid_from) as profile,
        max_by(record_name, valid_from) as record_name, min(valid_from) as valid_from,
        max_by(coalesce(valid_to, date '9999-12-31'), valid_from) as valid_to
    from version
    group by feed, scheme, record_key, stay
)

select
    stay.feed, stay.profile, stay.scheme, stay.record_key, stay.record_name, match.site_id, match.method, match.score,
    match.reason, match.reviewer, match.candidate_site_id, match.candidate_score, prefixed.outlet_prefix, stay.valid_from,
    nullif(stay.valid_to, date '9999-12-31') as valid_to,
    if(stay.stay > 0, stay.valid_from, null) as in_force_from,
    cast(lead(stay.valid_from) over stays - interval 1 day as date) as in_force_to
from stay
inner join placed as match using (feed, scheme, record_key, stay)
left join prefixed using (feed, scheme, record_key, stay)
window stays as (partition by stay.feed, stay.scheme, stay.record_key order by stay.stay);

create or replace temp table new_link_version as
select
    version.feed, max_by(version.profile, version.valid_from) as profile, version.scheme, version.record_key,
    any_value(version.record_name) as record_name, any_value(version.legal_code) as legal_code,
    any_value(version.legal_name) as legal_name, any_value(match.site_id) as site_id, any_value(match.method) as method,
    any_value(match.score) as score, any_value(match.reason) as reason, any_value(match.reviewer) as reviewer,
    any_value(match.candidate_site_id) as candidate_site_id, any_value(match.candidate_score) as candidate_score,
    min(version.valid_from) as valid_from,
    nullif(max_by(coalesce(version.valid_to, date '9999-12-31'), version.valid_from), date '9999-12-31') as valid_to
from version
inner join placed as match using (feed, scheme, record_key, stay)
group by version.feed, version.scheme, version.record_key, version.run;

create table if not exists identity.link as from new_link limit 0;
delete from identity.link
where rowid in (select given.rowid from identity.link as given semi join again using (feed, scheme, record_key));
insert into identity.link by name from new_link;

create table if not exists identity.link_version as from new_link_version limit 0;
delete from identity.link_version
where rowid in (select given.rowid from identity.link_version as given semi join again using (feed, scheme, record_key));
insert into identity.link_version by name from new_link_version;
