select
    point.* exclude (valid_from),
    point.scheme || ':' || point.monitor_key as monitor_id,
    coalesce(point.valid_from, make_date(feed_set.year_first, 1, 1)) as valid_from
from {{ latest_rows('monitoring__point') }} as point
cross join {{ source('raw', 'feed_set') }} as feed_set
