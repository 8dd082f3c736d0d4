select *
from {{ latest_rows('permit__limit') }} as latest
