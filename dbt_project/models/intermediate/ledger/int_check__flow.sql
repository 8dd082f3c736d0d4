-- Dry standard flue gas per monitored outlet and month: mean flow of the hours that report one, times the hours in which
-- the source did not stand still. Repeated rows of an hour hardly move a mean, so that no hour need be told apart.
with flow as (
    select
        monitor.outlet_id, cast(date_trunc('month', hour.hour_start) as date) as month,
        {{ stable_sum('hour.flow_m3_h') }} / count(*) as flow_m3_h
    from {{ ref('stg_monitoring__hour') }} as hour
    inner join {{ ref('int_identity__monitor') }} as monitor
        on monitor.monitor_id = hour.scheme || ':' || hour.monitor_key
        and cast(hour.hour_start as date) between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
    where hour.flow_m3_h > 0
    group by monitor.outlet_id, date_trunc('month', hour.hour_start)
),

running as (
    select site_id, source_id, month, max(calendar_hours - stopped_hours) as hours
    from {{ ref('int_monitoring__month') }}
    group by site_id, source_id, month
)

select running.site_id, running.source_id, running.month, flow.flow_m3_h * running.hours as volume_m3
from running
inner join flow on flow.outlet_id = running.source_id and flow.month = running.month
