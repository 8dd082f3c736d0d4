-- Changed records with their keys in one spelling, the counties each may lie in, and what is decided about it.
-- Temp tables before: fresh_record (all versions of the records to look at), folded, county_space, known_region, decided,
-- barred_group; after: fresh_keyed. Braces: expressions of names.py.
create or replace temp table spelt as
with counties_on as (
    select
        dated.region_code, dated.valid_from,
        case when dated.region_code not in (select region_code from known_region) then [dated.region_code]
            else list(space.county_code order by space.county_code) filter (where space.county_code is not null)
        end as counties
    from (select distinct region_code, valid_from from fresh_record where region_code is not null) as dated
    left join county_space as space on space.region_code = dated.region_code and dated.valid_from < space.until
    group by dated.region_code, dated.valid_from
)

select
    record.* exclude (permit_key),
    {name_key} as name_key,
    {legal_key} as legal_key,
    {permit_key} as permit_key,
    {address_key} as address_key,
    {plant_key} as spelt_plant_key,
    counties_on.counties
from fresh_record as record
left join folded as folded_name on folded_name.text = record.record_name
left join folded as folded_address on folded_address.text = record.address
left join counties_on on counties_on.region_code = record.region_code and counties_on.valid_from = record.valid_from;

-- Numbers the stays of a record at different places: the plant moved, the logger was hung elsewhere. A permit is of one
-- place by definition.
create or replace temp table stay as
with several as (
    select feed, scheme, record_key from spelt where feed <> 'permit'
    group by feed, scheme, record_key having count(*) > 1
),

beside as (
    select
        feed, scheme, record_key, valid_from, permit_key, counties, address_key,
        lag(permit_key ignore nulls) over versions as former_permit_key,
        lag(counties ignore nulls) over versions as former_counties,
        lag(address_key ignore nulls) over versions as former_address_key,
        km_between(
            lon_deg, lat_deg, lag(lon_deg ignore nulls) over versions, lag(lat_deg ignore nulls) over versions
        ) as moved_km
    from spelt
    semi join several using (feed, scheme, record_key)
    window versions as (partition by feed, scheme, record_key order by valid_from)
)

select
    feed, scheme, record_key, valid_from,
    count_if(
        permit_key <> former_permit_key
        or (
            not list_has_any(counties, former_counties)
            and (moved_km > {moved_km} or (moved_km is null and address_key <> former_address_key))
        )
    ) over (partition by feed, scheme, record_key order by valid_from) as stay
from beside;

-- `entity` is what is linked as a whole: a stay of a record, or all records that people decided to be the same.
-- `own_key` names the place in the record's own register: records that share it are one place, unless decided otherwise.
create or replace temp table fresh_keyed as
with whole as (
    select
        spelt.* exclude (spelt_plant_key), coalesce(stay.stay, 0) as stay, decided.group_key, decided.is_shared,
        spelt.scheme || ':' || case
            when spelt.feed = 'permit' then spelt.permit_key
            when spelt.spelt_plant_key is not null then spelt.spelt_plant_key
            else {record_key} || repeat('#', cast(coalesce(stay.stay, 0) as integer))
        end as own_key
    from spelt
    left join stay using (feed, scheme, record_key, valid_from)
    left join decided using (scheme, record_key)
),

-- All records that a decision names are among the fresh ones.
apart as (
    select distinct one.own_key, one.group_key
    from whole as one
    inner join barred_group on barred_group.group_key = one.group_key
    inner join whole as other on other.group_key = barred_group.other_key and other.own_key = one.own_key
),

named as (
    select
        whole.* exclude (own_key, is_shared),
        whole.own_key || case when apart.own_key is not null then '#' || whole.record_key else '' end as own_key,
        case when whole.is_shared then whole.group_key
            else concat_ws('|', whole.feed, whole.scheme, whole.record_key, whole.stay)
        end as entity,
        register.register_no
    from whole
    inner join register using (feed, scheme)
    left join apart using (own_key, group_key)
)

-- Rows that say the same in everything are one.
select distinct on (row_hash) * from (select named.*, hash(named) as row_hash from named);
