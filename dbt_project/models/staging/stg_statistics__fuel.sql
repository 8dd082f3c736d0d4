select *
from {{ latest_rows('statistics__fuel') }} as latest
