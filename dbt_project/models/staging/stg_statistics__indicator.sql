select *
from {{ latest_rows('statistics__indicator') }} as latest
