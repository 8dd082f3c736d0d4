-- Monitored mass per monitoring point and month, with what the quarter says of its use. The outlet is the one that the
-- point watched on the day of the hour.
with hours as (
    select
        monitor.site_id, monitor.outlet_id, hour.monitor_id, hour.species, cast(date_trunc('month', hour.hour_start) as date) as month,
        cast(date_trunc('quarter', hour.hour_start) as date) as quarter_start,
        {{ stable_sum('coalesce(hour.accepted_kg, hour.filled_kg)') }} as mass_kg,
        count(*) as calendar_hours,
        count(*) filter (where hour.state = 'stopped') as stopped_hours,
        count(*) filter (where hour.state <> 'stopped' and hour.accepted_kg is not null) as accepted_hours,
        count(hour.filled_kg) as filled_hours,
        count(*) filter (where hour.reported_kg is not null or hour.flag is not null) as reported_hours,
        min(hour.source_file_id) as source_file_id,
        count(distinct hour.source_file_id) as file_count
    from {{ source('monitoring', 'hour_long') }} as hour
    inner join {{ ref('int_identity__monitor') }} as monitor
        on monitor.monitor_id = hour.monitor_id
        and cast(hour.hour_start as date) between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
    group by all
)

select
    hours.outlet_id as source_id, hours.site_id, hours.monitor_id, hours.species, hours.month,
    coalesce(hours.mass_kg, 0) as mass_kg,
    hours.calendar_hours, hours.stopped_hours, hours.accepted_hours, hours.filled_hours, hours.reported_hours,
    hours.calendar_hours - hours.stopped_hours - hours.accepted_hours - hours.filled_hours as missing_hours,
    case when hours.calendar_hours > hours.stopped_hours
        then hours.accepted_hours / (hours.calendar_hours - hours.stopped_hours) else 1 end as coverage,
    quarter.capture, quarter.is_usable, quarter.rule_set, crosscheck.slip,
    case when hours.file_count = 1 then hours.source_file_id end as source_file_id,
    split_part(hours.monitor_id, ':', 1) as scheme
from hours
inner join {{ source('monitoring', 'quarter') }} as quarter
    on quarter.monitor_id = hours.monitor_id and quarter.species = hours.species
    and quarter.quarter_start = hours.quarter_start
-- A slip in some hours concerns the flow of those hours or single masses (outliers); in most hours it is the unit of the
-- series, and nobody can tell which of the two is right.
left join {{ source('monitoring', 'crosscheck') }} as crosscheck
    on crosscheck.monitor_id = hours.monitor_id and crosscheck.species = hours.species
    and crosscheck.slip_hours > 0.5 * crosscheck.hours
