select
    link.feed, link.profile, link.scheme, link.record_key, link.record_name, link.site_id, monitor.outlet_id,
    link.method, link.score, link.reason, link.reviewer, link.valid_from, link.valid_to
from {{ source('identity', 'link') }} as link
-- A point that moved stands with the outlet it watches last; table monitor has all of them with dates.
left join (
    select monitor_id, arg_max(outlet_id, valid_from) as outlet_id from {{ ref('int_identity__monitor') }} group by monitor_id
) as monitor
    on link.feed = 'monitoring' and monitor.monitor_id = link.scheme || ':' || link.record_key
