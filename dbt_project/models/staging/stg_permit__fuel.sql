select *
from {{ latest_rows('permit__fuel') }} as latest
