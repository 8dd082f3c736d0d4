-- Heads, one per version; validity is the days on which the version holds.
select
    site.* exclude (valid_from, valid_to), version.holds_from as valid_from, version.holds_to as valid_to
from {{ latest_rows('permit__site') }} as site
inner join {{ ref('stg_permit__version') }} as version
    on version.scheme = site.scheme and version.record_key = site.record_key
    and version.valid_from is not distinct from site.valid_from
    and version.issued_on is not distinct from site.issued_on
