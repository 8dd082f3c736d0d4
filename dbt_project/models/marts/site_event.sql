select event_id, event, old_site_id, site_id, feed, scheme, record_key, valid_from, after_release, reason
from {{ source('identity', 'site_event') }}
