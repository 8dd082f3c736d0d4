select
    link.site_id,
    bool_or(link.feed = 'permit') as in_permit,
    bool_or(link.feed = 'statistics') as in_statistics,
    bool_or(link.feed = 'monitoring') as in_monitoring,
    count(distinct link.feed) as feed_count,
    count(*) as record_count,
    count(*) filter (where link.method = 'unmatched') as unmatched_count,
    min(link.valid_from) as first_seen,
    max(coalesce(link.valid_to, make_date(feed_set.year_last, 12, 31))) as last_seen
from {{ source('identity', 'link') }} as link
cross join {{ source('raw', 'feed_set') }} as feed_set
group by link.site_id
