-- Long view of the wide hours.
select
    hour.monitor_id, monitor.outlet_id as source_id, hour.species, hour.hour_start, hour.reported_kg,
    hour.revised_kg, hour.accepted_kg, hour.filled_kg, hour.fill_rule, hour.state, hour.flag, hour.origin,
    coalesce(hour.accepted_kg, hour.filled_kg) as mass_kg
from {{ source('monitoring', 'hour_long') }} as hour
inner join {{ ref('int_identity__monitor') }} as monitor
    on monitor.monitor_id = hour.monitor_id
    and cast(hour.hour_start as date) between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
