-- Permits that go on under another number at the same stacks: temp table takeover (old_key, new_key), own keys.
-- Evidence is the stacks: one permit follows the other, with the same outlets, each at the place of its twin or all of the
-- same name at one place; or one logger hangs at stacks of both. A power plant inside a works has stacks of its own.
create or replace temp table takeover as
with head as (
    select
        own_key, permit_key, min(valid_from) as valid_from, max(coalesce(valid_to, date '9999-12-31')) as valid_to,
        arg_max(address_key, (valid_from, record_key)) as address_key, arg_max(lon_deg, (valid_from, record_key)) as lon_deg,
        arg_max(lat_deg, (valid_from, record_key)) as lat_deg, arg_max(group_key, (valid_from, record_key)) as group_key,
        unnest(coalesce(arg_max(counties, (valid_from, record_key)), ['?'])) as county_code
    from identity.keyed
    where feed = 'permit' and (scheme, record_key) in (select (scheme, record_key) from staging.stg_permit__outlet)
    group by own_key, permit_key
),

outlet as (
    select keyed.own_key, outlet.outlet_code, min(outlet.outlet_name) as outlet_name, min(outlet.lon_deg) as lon_deg,
        min(outlet.lat_deg) as lat_deg
    from staging.stg_permit__outlet as outlet
    inner join (
        select distinct scheme, record_key, own_key from identity.keyed
        semi join staging.stg_permit__outlet using (scheme, record_key) where feed = 'permit'
    ) as keyed using (scheme, record_key)
    group by keyed.own_key, outlet.outlet_code
),

stacks as (
    select own_key, count(*) as outlets, string_agg(outlet_code, '|' order by outlet_code) as codes,
        case when bool_and(outlet_name is not null)
            then string_agg(outlet_code || ' ' || outlet_name, '|' order by outlet_code) end as names
    from outlet group by own_key
),

permit as (
    select head.*, stacks.outlets, stacks.codes, stacks.names from head inner join stacks using (own_key)
),

logger as (
    select scheme || ':' || record_key as plant, monitor_key
    from staging.stg_permit__outlet where monitor_key is not null
    union
    select permit_key, record_key from identity.every_keyed where feed = 'monitoring' and permit_key is not null
),

logger_of as (
    select head.own_key, logger.monitor_key from head inner join logger on logger.plant = head.permit_key
    union
    select head.own_key, logger.monitor_key from head inner join logger on logger.plant = head.own_key
),

pair as (
    select distinct
        one.own_key as old_key, other.own_key as new_key, one.valid_from as old_from, other.valid_from as new_from,
        one.outlets, one.codes = other.codes as has_same_codes, coalesce(one.names = other.names, false) as has_same_names,
        coalesce(km_between(one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg) <= {place_km}, false)
        or coalesce(one.address_key = other.address_key, false) as is_one_place,
        other.valid_from between one.valid_to - interval {overlap_days} day and one.valid_to + interval {gap_days} day
            as is_next
    from permit as one
    inner join permit as other
        on other.county_code = one.county_code and other.codes = one.codes
        and (one.valid_from, one.own_key) < (other.valid_from, other.own_key)
    where not exists (
        select 1 from barred_group
        where barred_group.group_key = one.group_key and barred_group.other_key = other.group_key
    )
),

twin as (
    select pair.old_key, pair.new_key
    from pair
    inner join outlet as one on one.own_key = pair.old_key
    inner join outlet as other on other.own_key = pair.new_key and other.outlet_code = one.outlet_code
    where pair.is_next and km_between(one.lon_deg, one.lat_deg, other.lon_deg, other.lat_deg) <= {stack_km}
    group by pair.old_key, pair.new_key, pair.outlets
    having count(*) = pair.outlets
),

shared_logger as (
    select distinct one.own_key as old_key, other.own_key as new_key
    from logger_of as one
    inner join logger_of as other on other.monitor_key = one.monitor_key and other.own_key <> one.own_key
),

found as (
    select pair.*
    from pair
    left join twin using (old_key, new_key)
    left join shared_logger using (old_key, new_key)
    where twin.old_key is not null
        or (pair.is_one_place and (shared_logger.old_key is not null or (pair.is_next and pair.has_same_names)))
)

-- Of several the next in time; two at once are left to people.
select old_key, new_key
from found
qualify rank() over (partition by old_key order by new_from) = 1
    and rank() over (partition by new_key order by old_from desc) = 1
    and count(*) over (partition by old_key, new_from) = 1
    and count(*) over (partition by new_key, old_from) = 1;
