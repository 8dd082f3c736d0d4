-- Outlets that have closed: their monitors report standstill in every hour of the last month they report of, though they
-- ran in that month a year before (an outlet that rests every summer is not closed). Unknown counts as running. Where
-- every monitored outlet of a plant has closed, the plant has.
with outlet_month as (
    select
        site_id, source_id, month, bool_and(stopped_hours = calendar_hours) as is_still
    from {{ ref('int_monitoring__month') }}
    where reported_hours + filled_hours + stopped_hours > 0
    group by site_id, source_id, month
),

newest as (
    select site_id, source_id, max(month) as month, arg_max(is_still, month) as is_still
    from outlet_month
    group by site_id, source_id
)

select
    newest.site_id, newest.source_id,
    newest.is_still and not coalesce(before.is_still, false) as is_closed,
    bool_and(newest.is_still and not coalesce(before.is_still, false)) over (partition by newest.site_id) as is_site_closed
from newest
left join outlet_month as before
    on before.source_id = newest.source_id and before.month = newest.month - interval 1 year
