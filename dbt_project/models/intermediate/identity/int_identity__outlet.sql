-- Outlets of each site: those the permit lists, those that a monitoring point watches, those that a form names.
with permit_outlet as (
    select
        link.site_id, {{ site_outlet('link', 'outlet.outlet_code') }} as outlet_code, outlet.outlet_name,
        outlet.outlet_kind, outlet.fuel_code, link.valid_from, link.valid_to, 1 as origin_order
    from {{ ref('stg_permit__outlet') }} as outlet
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = outlet.scheme and link.record_key = outlet.record_key
),

form_outlet as (
    select distinct
        link.site_id, {{ site_outlet('link', 'form.outlet_code') }} as outlet_code, link.valid_from, link.valid_to
    from (
        {% for feed, form, day in [
            ('statistics', 'emission', 'period_start'), ('statistics', 'fuel', 'period_start'),
            ('statistics', 'unit', 'valid_from'), ('statistics', 'calculation', 'period_start'),
            ('permit', 'report', 'period_start'), ('permit', 'limit', 'valid_from'), ('permit', 'fuel', 'period_start')
        ] -%}
        select '{{ feed }}' as feed, scheme, record_key, outlet_code, {{ day }} as day
        from {{ ref('stg_' ~ feed ~ '__' ~ form) }}
        where outlet_code is not null
        {{ "union" if not loop.last }}
        {% endfor %}
    ) as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = form.feed and link.scheme = form.scheme and link.record_key = form.record_key
        and {{ in_force('link', 'form.day') }}
),

everything as (
    select * from permit_outlet
    union all by name
    select site_id, outlet_code, point_name as outlet_name, 'main' as outlet_kind, valid_from, valid_to, 2 as origin_order
    from {{ ref('int_identity__point') }}
    union all by name
    select site_id, outlet_code, valid_from, valid_to, 3 as origin_order from form_outlet
)

select
    everything.site_id || ':' || everything.outlet_code as outlet_id,
    everything.site_id,
    everything.outlet_code,
    arg_min(everything.outlet_name, everything.origin_order) filter (where everything.outlet_name is not null) as outlet_name,
    arg_min(everything.outlet_kind, everything.origin_order) filter (where everything.outlet_kind is not null) as outlet_kind,
    arg_min(everything.fuel_code, everything.origin_order) filter (where everything.fuel_code is not null) as fuel_code,
    min(everything.valid_from) as valid_from,
    nullif(max(coalesce(everything.valid_to, date '9999-12-31')), date '9999-12-31') as valid_to,
    bool_or(placed.monitor_id is not null) as is_monitored,
    min(placed.monitor_id) as monitor_id
from everything
left join {{ ref('int_identity__point') }} as placed
    on placed.site_id = everything.site_id and placed.outlet_code = everything.outlet_code
group by everything.site_id, everything.outlet_code
