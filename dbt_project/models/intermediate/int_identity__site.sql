-- One row per site: each attribute from the first feed that knows it (permit, then statistics, then monitoring).
with record as (
    select
        link.site_id, 1 as feed_order, site.valid_from, site.record_key, site.site_name, site.legal_code,
        site.legal_name, site.address, site.region_code, site.industry_scheme, site.industry_code, site.lon_deg,
        site.lat_deg, site.management_class, site.rated_input_mw
    from {{ ref('stg_permit__site') }} as site
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = site.scheme and link.record_key = site.record_key
    union all
    select
        link.site_id, 2, site.valid_from, site.record_key, site.site_name, site.legal_code,
        cast(null as varchar), site.address, site.region_code, site.industry_scheme, site.industry_code, site.lon_deg,
        site.lat_deg, cast(null as varchar), cast(null as double)
    from {{ ref('stg_statistics__site') }} as site
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = site.scheme and link.record_key = site.record_key
    union all
    select
        link.site_id, 3, point.valid_from, point.monitor_key, point.site_name, point.legal_code,
        cast(null as varchar), cast(null as varchar), point.region_code, cast(null as varchar), cast(null as varchar),
        point.lon_deg, point.lat_deg, cast(null as varchar), cast(null as double)
    from {{ ref('stg_monitoring__point') }} as point
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'monitoring' and link.scheme = point.scheme and link.record_key = point.monitor_key
),

-- Keys of a feed that gives masses but no heads (an emission table alone) still make a site.
headless as (
    select link.site_id, min(link.record_name) as site_name, min(link.valid_from) as valid_from
    from {{ source('identity', 'link') }} as link
    where link.site_id not in (select site_id from record)
    group by link.site_id
),

ordered as (
    select *, row_number() over (
        partition by site_id order by feed_order, valid_from desc, record_key
    ) as record_order
    from record
),

merged as (
    select
        site_id,
        arg_min(site_name, record_order) as site_name,
        {% for column in ['legal_code', 'legal_name', 'address', 'region_code', 'industry_code', 'lon_deg', 'lat_deg',
                          'management_class', 'rated_input_mw'] -%}
        arg_min({{ column }}, record_order) filter (where {{ column }} is not null) as {{ column }},
        {% endfor -%}
        arg_min(industry_scheme, record_order) filter (where industry_code is not null) as industry_scheme,
        min(valid_from) as valid_from
    from ordered
    group by site_id
    union all by name
    select site_id, site_name, valid_from from headless
),

class_match as (
    select
        merged.site_id, mapping.source_class_code,
        row_number() over (
            partition by merged.site_id order by length(mapping.code_prefix) desc, mapping.code_prefix
        ) as match_order
    from merged
    inner join {{ ref('industry_class') }} as mapping
        on mapping.industry_scheme = merged.industry_scheme and starts_with(merged.industry_code, mapping.code_prefix)
)

select
    merged.site_id, merged.site_name, merged.legal_code, merged.legal_name, merged.address,
    coalesce(merged.region_code, feed_set.territory) as region_code,
    merged.industry_scheme, merged.industry_code,
    coalesce(class_match.source_class_code, 'unclassified') as source_class_code,
    merged.lon_deg, merged.lat_deg, merged.management_class, merged.rated_input_mw, merged.valid_from
from merged
cross join {{ source('raw', 'feed_set') }} as feed_set
left join class_match on class_match.site_id = merged.site_id and class_match.match_order = 1
