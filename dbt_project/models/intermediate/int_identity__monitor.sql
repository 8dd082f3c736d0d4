-- Which outlet each monitoring point watches. Points that share an outlet keep their own rows.
select
    point.monitor_id, point.monitor_key, link.site_id,
    coalesce(by_code.outlet_id, by_monitor.outlet_id) as outlet_id,
    point.valid_from, point.valid_to
from {{ ref('stg_monitoring__point') }} as point
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'monitoring' and link.scheme = point.scheme and link.record_key = point.monitor_key
left join {{ ref('int_identity__outlet') }} as by_code
    on by_code.site_id = link.site_id and by_code.outlet_code = point.outlet_code
left join {{ ref('int_identity__outlet') }} as by_monitor
    on by_monitor.site_id = link.site_id and by_monitor.monitor_id = point.monitor_id and point.outlet_code is null
