-- An outlet is current as long as something names it at the end of the feed set's years.
select
    outlet.outlet_id, outlet.site_id, outlet.outlet_code, outlet.outlet_name, outlet.outlet_kind, outlet.fuel_code,
    outlet.is_monitored, outlet.valid_from,
    case when outlet.valid_to < make_date(cast(feed_set.year_last as integer), 12, 31) then outlet.valid_to end as valid_to
from {{ ref('int_identity__outlet') }} as outlet
cross join {{ source('raw', 'feed_set') }} as feed_set
