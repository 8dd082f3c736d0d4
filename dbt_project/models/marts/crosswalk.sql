-- One row per record and time in which it bore the same name and codes and stood at the same outlet.
with watched as (
    select
        link.scheme, link.record_key, link.valid_from, arg_max(monitor.outlet_id, monitor.valid_from) as outlet_id
    from {{ source('identity', 'link_version') }} as link
    inner join {{ ref('int_identity__monitor') }} as monitor
        on monitor.monitor_id = link.scheme || ':' || link.record_key
        and monitor.valid_from between link.valid_from and coalesce(link.valid_to, date '9999-12-31')
    where link.feed = 'monitoring'
    group by link.scheme, link.record_key, link.valid_from
)

select
    link.feed, link.profile, link.scheme, link.record_key, link.record_name, link.legal_code, link.site_id,
    watched.outlet_id, link.method, link.score, link.reason, link.reviewer, link.candidate_site_id, link.candidate_score,
    link.valid_from, link.valid_to
from {{ source('identity', 'link_version') }} as link
left join watched
    on link.feed = 'monitoring' and watched.scheme = link.scheme and watched.record_key = link.record_key
    and watched.valid_from = link.valid_from
