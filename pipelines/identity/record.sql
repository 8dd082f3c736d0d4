-- All records of all feeds in one shape. A key that occurs only in an emission table is a record too.
create or replace table identity.record as
with permit as (
    select 'permit' as feed, profile, scheme, record_key, site_name as record_name, legal_code, record_key as permit_key,
        region_code, industry_code, lon_deg, lat_deg, valid_from, valid_to
    from staging.stg_permit__site
    qualify row_number() over (partition by scheme, record_key order by valid_from desc, row_no) = 1
),

statistics as (
    select 'statistics' as feed, profile, scheme, record_key, site_name as record_name, legal_code,
        permit_key, region_code, industry_code, lon_deg, lat_deg, valid_from,
        cast(null as date) as valid_to
    from staging.stg_statistics__site
    qualify row_number() over (partition by scheme, record_key order by valid_from desc, row_no) = 1
),

statistics_key as (
    select 'statistics' as feed, min(profile) as profile, scheme, record_key, record_key as record_name,
        min(period_start) as valid_from
    from staging.stg_statistics__emission
    where (scheme, record_key) not in (select (scheme, record_key) from statistics)
    group by scheme, record_key
),

permit_key as (
    select 'permit' as feed, min(profile) as profile, scheme, record_key, record_key as record_name,
        record_key as permit_key, min(period_start) as valid_from
    from staging.stg_permit__report
    where (scheme, record_key) not in (select (scheme, record_key) from permit)
    group by scheme, record_key
),

monitoring as (
    select 'monitoring' as feed, profile, scheme, monitor_key as record_key, site_name as record_name, legal_code,
        permit_key, coalesce(site_key, monitor_key) as plant_key, region_code, cast(null as varchar) as industry_code, lon_deg,
        lat_deg, valid_from, valid_to
    from staging.stg_monitoring__point
    qualify row_number() over (partition by scheme, monitor_key order by valid_from desc, row_no) = 1
)

select * from permit
union all by name select * from permit_key
union all by name select * from statistics
union all by name select * from statistics_key
union all by name select * from monitoring
order by feed, scheme, record_key
