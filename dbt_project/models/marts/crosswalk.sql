select
    link.feed, link.profile, link.scheme, link.record_key, link.record_name, link.site_id, monitor.outlet_id,
    link.method, link.score, link.reason, link.reviewer, link.valid_from, link.valid_to
from {{ source('identity', 'link') }} as link
left join {{ ref('int_identity__monitor') }} as monitor
    on link.feed = 'monitoring' and monitor.monitor_id = link.scheme || ':' || link.record_key
