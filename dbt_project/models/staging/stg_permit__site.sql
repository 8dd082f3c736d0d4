-- A register that gives no validity describes the years of the feed set.
select
    site.* exclude (valid_from, valid_to),
    coalesce(site.valid_from, make_date(feed_set.year_first, 1, 1)) as valid_from,
    site.valid_to
from {{ latest_rows('permit__site') }} as site
cross join {{ source('raw', 'feed_set') }} as feed_set
