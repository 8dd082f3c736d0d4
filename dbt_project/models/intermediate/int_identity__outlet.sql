-- Outlets of each site: those the permit lists, those that a monitoring point watches, those that a form names.
with permit_outlet as (
    select
        link.site_id, outlet.outlet_code, outlet.outlet_name, outlet.outlet_kind, outlet.fuel_code,
        link.valid_from, 1 as origin_order
    from {{ ref('stg_permit__outlet') }} as outlet
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = outlet.scheme and link.record_key = outlet.record_key
),

point as (
    select
        link.site_id, point.monitor_id, point.monitor_key, point.point_name, point.outlet_code, point.valid_from,
        point.valid_to
    from {{ ref('stg_monitoring__point') }} as point
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'monitoring' and link.scheme = point.scheme and link.record_key = point.monitor_key
),

-- A point without an outlet code watches the only main outlet that no other point watches; else it is its own.
free_outlet as (
    select site_id, min(outlet_code) as outlet_code
    from permit_outlet
    where
        outlet_kind = 'main'
        and (site_id, outlet_code) not in (
            select (site_id, outlet_code) from point where outlet_code is not null
        )
    group by site_id
    having count(distinct outlet_code) = 1
),

placed as (
    select
        point.* exclude (outlet_code),
        coalesce(
            point.outlet_code,
            case when count(*) filter (where point.outlet_code is null) over (partition by point.site_id) = 1
                then free_outlet.outlet_code end,
            point.monitor_key
        ) as outlet_code
    from point
    left join free_outlet on free_outlet.site_id = point.site_id
),

form_outlet as (
    select distinct link.site_id, form.outlet_code, link.valid_from
    from (
        {% for feed, form in [('statistics', 'emission'), ('statistics', 'fuel'), ('permit', 'report'),
                              ('permit', 'limit'), ('permit', 'fuel')] -%}
        select '{{ feed }}' as feed, scheme, record_key, outlet_code
        from {{ ref('stg_' ~ feed ~ '__' ~ form) }}
        {{ "union" if not loop.last }}
        {% endfor %}
    ) as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = form.feed and link.scheme = form.scheme and link.record_key = form.record_key
    where form.outlet_code is not null
),

everything as (
    select * from permit_outlet
    union all by name
    select site_id, outlet_code, point_name as outlet_name, 'main' as outlet_kind, valid_from, 2 as origin_order
    from placed
    union all by name
    select site_id, outlet_code, valid_from, 3 as origin_order from form_outlet
)

select
    everything.site_id || ':' || everything.outlet_code as outlet_id,
    everything.site_id,
    everything.outlet_code,
    arg_min(everything.outlet_name, everything.origin_order) filter (where everything.outlet_name is not null) as outlet_name,
    arg_min(everything.outlet_kind, everything.origin_order) filter (where everything.outlet_kind is not null) as outlet_kind,
    arg_min(everything.fuel_code, everything.origin_order) filter (where everything.fuel_code is not null) as fuel_code,
    min(everything.valid_from) as valid_from,
    bool_or(placed.monitor_id is not null) as is_monitored,
    min(placed.monitor_id) as monitor_id
from everything
left join placed on placed.site_id = everything.site_id and placed.outlet_code = everything.outlet_code
group by everything.site_id, everything.outlet_code
