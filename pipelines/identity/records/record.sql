-- All records of all feeds in one shape, one row per version, because names and codes of any date help to link. A key that
-- occurs only in an emission table is a record too.
create or replace temp view given_record as
with permit as (
    select 'permit' as feed, profile, scheme, record_key, site_name as record_name, legal_code, legal_name,
        record_key as permit_key, address, region_code, industry_code, lon_deg, lat_deg, rated_input_mw, valid_from, valid_to
    from staging.stg_permit__site
),

statistics as (
    select 'statistics' as feed, profile, scheme, record_key, site_name as record_name, legal_code, permit_key, address,
        region_code, industry_code, lon_deg, lat_deg, valid_from, valid_to
    from staging.stg_statistics__site
    qualify row_number() over (partition by scheme, record_key, valid_from order by row_no desc, profile) = 1
),

statistics_key as (
    select 'statistics' as feed, min(profile) as profile, scheme, record_key, record_key as record_name,
        min(period_start) as valid_from
    from staging.stg_statistics__emission
    anti join statistics using (scheme, record_key)
    group by scheme, record_key
),

permit_key as (
    select 'permit' as feed, min(profile) as profile, scheme, record_key, record_key as record_name,
        record_key as permit_key, min(period_start) as valid_from
    from staging.stg_permit__report
    anti join permit using (scheme, record_key)
    group by scheme, record_key
),

monitoring as (
    select 'monitoring' as feed, profile, scheme, monitor_key as record_key, site_name as record_name, legal_code,
        permit_key, site_key as plant_key, outlet_code, region_code, lon_deg, lat_deg, valid_from, valid_to
    from staging.stg_monitoring__point
    qualify row_number() over (partition by scheme, monitor_key, valid_from order by row_no desc, profile) = 1
)

select * from permit
union all by name
select * from permit_key
union all by name
select * from statistics
union all by name
select * from statistics_key
union all by name
select * from monitoring
