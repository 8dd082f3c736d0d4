-- What the propagation adds up: figures of a year whose errors are the same, in one row. Errors of a method last; how a
-- period falls into months cancels in the year and is not here.
select
    region_code, source_class_code, industry_code, site_id, species, year(month) as year, own_key, shared_key,
    {{ stable_sum('mass_kg') }} as mass_kg,
    coalesce({{ stable_sum('mass_kg * sigma_own') }} / nullif({{ stable_sum('mass_kg') }}, 0), 0) as sigma_own,
    coalesce({{ stable_sum('mass_kg * sigma_shared') }} / nullif({{ stable_sum('mass_kg') }}, 0), 0) as sigma_shared
from {{ ref('int_fusion__figure') }}
group by region_code, source_class_code, industry_code, site_id, species, year(month), own_key, shared_key
