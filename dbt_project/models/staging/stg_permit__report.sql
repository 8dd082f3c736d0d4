select *
from {{ latest_rows('permit__report') }} as latest
