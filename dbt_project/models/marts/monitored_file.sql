-- Files behind the hours of each monitored outlet, for the lineage of figures.
select
    hour.monitor_id, monitor.outlet_id as source_id, cast(date_trunc('month', hour.hour_start) as date) as month,
    hour.source_file_id, count(*) as hours
from {{ source('monitoring', 'hour') }} as hour
inner join {{ ref('int_identity__monitor') }} as monitor
    on monitor.monitor_id = hour.monitor_id
    and cast(hour.hour_start as date) between monitor.valid_from and coalesce(monitor.valid_to, date '9999-12-31')
where hour.source_file_id is not null
group by all
