-- Which outlet each monitoring point watches. Points that share an outlet keep their own rows.
select
    point.monitor_id, point.monitor_key, point.site_id, outlet.outlet_id, point.valid_from, point.valid_to
from {{ ref('int_identity__point') }} as point
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = point.site_id and outlet.outlet_code = point.outlet_code
