-- One row per site: each attribute from the first feed that knows it (permit, then statistics, then monitoring), of its
-- latest version. Coordinates as reviewed: mended where a repair was accepted, empty where impossible.
with record as (
    {% for feed, table, key, order, absent in [
        ('permit', 'stg_permit__site', 'record_key', 1, []),
        ('statistics', 'stg_statistics__site', 'record_key', 2, ['legal_name', 'management_class', 'rated_input_mw']),
        ('monitoring', 'stg_monitoring__point', 'monitor_key', 3, [
            'legal_name', 'address', 'industry_scheme', 'industry_code', 'management_class', 'rated_input_mw']),
    ] -%}
    select
        link.site_id, {{ order }} as feed_order, link.feed, link.scheme, head.valid_from, head.{{ key }} as record_key, head.site_name,
        {% for column in ['legal_code', 'legal_name', 'address', 'region_code', 'industry_scheme', 'industry_code',
                          'lon_deg', 'lat_deg', 'management_class', 'rated_input_mw'] -%}
        {{ 'null' if column in absent else 'head.' ~ column }} as {{ column }}{{ ", " if not loop.last }}
        {% endfor %}
    from {{ ref(table) }} as head
    inner join {{ source('identity', 'link') }} as link
        on link.feed = '{{ feed }}' and link.scheme = head.scheme and link.record_key = head.{{ key }}
        and {{ in_force('link', 'head.valid_from') }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

-- Keys of a feed that gives masses but no heads (an emission table alone) still make a site.
headless as (
    select link.site_id, min(link.record_name) as site_name, min(link.valid_from) as valid_from
    from {{ source('identity', 'link') }} as link
    where link.site_id not in (select site_id from record)
    group by link.site_id
),

-- An abolished code means its successor, where it has one only; a county says more than a whole city.
successor as (
    select region_code, min(successor_code) as successor_code
    from {{ ref('region_change') }}
    group by region_code having count(*) = 1
),

ordered as (
    select
        record.* exclude (region_code, lon_deg, lat_deg), used.lon_deg, used.lat_deg, coalesce(today.region_code, record.region_code) as region_code,
        coalesce(today.level, 'county') = 'county' as is_county,
        row_number() over (
            partition by record.site_id order by record.feed_order, record.valid_from desc, record.record_key
        ) as record_order
    from record
    left join {{ source('identity', 'coordinate') }} as used
        on used.feed = record.feed and used.scheme = record.scheme and used.record_key = record.record_key
        and used.given_lon_deg = record.lon_deg and used.given_lat_deg = record.lat_deg
    left join {{ ref('region') }} as given on given.region_code = record.region_code and given.valid_to is null
    left join successor on successor.region_code = record.region_code
    left join {{ ref('region') }} as today on today.region_code = coalesce(given.region_code, successor.successor_code)
),

merged as (
    select
        site_id,
        arg_min(site_name, record_order) as site_name,
        {% for column in ['legal_code', 'legal_name', 'address', 'industry_code', 'lon_deg', 'lat_deg',
                          'management_class', 'rated_input_mw'] -%}
        arg_min({{ column }}, record_order) filter (where {{ column }} is not null) as {{ column }},
        {% endfor -%}
        arg_min(region_code, (not is_county, record_order)) filter (where region_code is not null) as region_code,
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
    coalesce(split_part(class_match.source_class_code, '.', 1), 'unclassified') as source_class_code,
    merged.lon_deg, merged.lat_deg, merged.management_class, merged.rated_input_mw, merged.valid_from
from merged
cross join {{ source('raw', 'feed_set') }} as feed_set
left join class_match on class_match.site_id = merged.site_id and class_match.match_order = 1
