select *
from {{ latest_rows('permit__outlet') }} as latest
