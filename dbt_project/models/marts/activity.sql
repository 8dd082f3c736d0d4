-- Fuels as declared, products made and materials treated, and the heat input that monitors meter: the same energy as the
-- fuels, so that metered heat stands only where the plant declares no fuel for the year.
select
    activity_id, site_id, source_id, unit_code, fuel_code, period_start, period_end, amount, unit, energy_gj, sulphur_pct,
    ash_pct, feed, origin, is_chosen, source_file_id, row_no
from {{ ref('int_activity__fuel') }}
where coalesce(energy_gj, amount) is not null
union all by name
select
    activity_id, site_id, source_id, unit_code, product_code, period_start, period_end, amount, unit, feed, origin,
    is_chosen, source_file_id, row_no
from {{ ref('int_activity__product') }}
union all by name
select
    {{ make_id('A', ['heat.outlet_id', 'outlet.fuel_code', 'heat.month']) }} as activity_id,
    heat.site_id, heat.outlet_id as source_id, cast(null as varchar) as unit_code, coalesce(outlet.fuel_code, 'other') as fuel_code,
    heat.month as period_start, last_day(heat.month) as period_end, cast(null as double) as amount, 'GJ' as unit,
    heat.energy_gj, cast(null as double) as sulphur_pct, cast(null as double) as ash_pct, 'monitoring' as feed, 'metered' as origin,
    (heat.site_id, year(heat.month)) not in (
        select (site_id, year(period_start)) from {{ ref('int_activity__fuel') }} where energy_gj is not null
    ) as is_chosen, heat.source_file_id,
    cast(null as bigint) as row_no
from (
    select
        monitor.site_id, monitor.outlet_id, cast(date_trunc('month', hour.hour_start) as date) as month,
        {{ stable_sum('hour.heat_input_gj') }} as energy_gj,
        case when count(distinct hour.source_file_id) = 1 then min(hour.source_file_id) end as source_file_id
    from {{ source('monitoring', 'hour') }} as hour
    inner join {{ ref('int_identity__monitor') }} as monitor
        on monitor.monitor_id = hour.monitor_id
        and cast(hour.hour_start as date) between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
    group by all
    having count(hour.heat_input_gj) > 0
) as heat
left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = heat.outlet_id
