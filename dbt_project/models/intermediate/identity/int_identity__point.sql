-- Which outlet of its site each monitoring point watches: the code that the platform knows, if a permit of the site lists
-- it (or none lists any); else the main outlet of the point's name; else the only main outlet that no other point
-- watches; else one of its own. A code that no permit knows would stand beside the outlet's own report and count twice.
with listed as (
    select
        link.site_id, {{ site_outlet('link', 'outlet.outlet_code') }} as outlet_code, outlet.outlet_name,
        outlet.outlet_kind = 'main' as is_main
    from {{ ref('stg_permit__outlet') }} as outlet
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = outlet.scheme and link.record_key = outlet.record_key
),

point as (
    select
        link.site_id, point.monitor_id, point.monitor_key, point.point_name, point.valid_from, point.valid_to,
        {{ site_outlet('link', 'point.outlet_code') }} as given_code
    from {{ ref('stg_monitoring__point') }} as point
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'monitoring' and link.scheme = point.scheme and link.record_key = point.monitor_key
        and {{ in_force('link', 'point.valid_from') }}
),

name_code as (
    select site_id, outlet_name, min(outlet_code) as outlet_code
    from listed
    where is_main and outlet_name is not null
    group by site_id, outlet_name
    having count(distinct outlet_code) = 1
),

found as (
    select
        point.*,
        case
            when (point.site_id, point.given_code) in (select (site_id, outlet_code) from listed) then point.given_code
            when point.site_id not in (select site_id from listed) then point.given_code
            else name_code.outlet_code
        end as outlet_code
    from point
    left join name_code on name_code.site_id = point.site_id and name_code.outlet_name = point.point_name
),

free_outlet as (
    select site_id, min(outlet_code) as outlet_code
    from listed
    where is_main and (site_id, outlet_code) not in (
        select (site_id, outlet_code) from found where outlet_code is not null
    )
    group by site_id
    having count(distinct outlet_code) = 1
)

select
    found.* exclude (outlet_code),
    coalesce(
        found.outlet_code,
        case when count(*) filter (where found.outlet_code is null) over (partition by found.site_id) = 1
            then free_outlet.outlet_code end,
        found.given_code, found.monitor_key
    ) as outlet_code
from found
left join free_outlet on free_outlet.site_id = found.site_id
