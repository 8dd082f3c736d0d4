select *
from {{ latest_rows('statistics__area') }} as latest
