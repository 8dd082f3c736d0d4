select *
from {{ edition_rows('statistics__area', ['region_code', 'source_class_code', 'year(period_start)']) }} as latest
