-- Fuels as declared, and the heat input that monitors meter.
select
    activity_id, site_id, source_id, fuel_code, period_start, period_end, amount, unit, energy_gj, feed, origin,
    is_chosen, source_file_id, row_no
from {{ ref('int_activity__fuel') }}
where energy_gj is not null
union all by name
select
    {{ make_id('A', ['monitor.outlet_id', 'outlet.fuel_code', 'heat.month']) }} as activity_id,
    monitor.site_id, monitor.outlet_id as source_id, coalesce(outlet.fuel_code, 'other') as fuel_code,
    heat.month as period_start, last_day(heat.month) as period_end, cast(null as double) as amount, 'GJ' as unit,
    heat.energy_gj, 'monitoring' as feed, 'metered' as origin, true as is_chosen, heat.source_file_id,
    cast(null as bigint) as row_no
from (
    select
        monitor_id, cast(date_trunc('month', hour_start) as date) as month,
        {{ stable_sum('heat_input_gj') }} as energy_gj,
        case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id
    from {{ source('monitoring', 'hour') }}
    group by all
    having count(heat_input_gj) > 0
) as heat
inner join {{ ref('int_identity__monitor') }} as monitor on monitor.monitor_id = heat.monitor_id
left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = monitor.outlet_id
