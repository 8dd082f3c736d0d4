-- County figures that stand, before shares of them are derived: the remainder of each total, and in an unfinished year the
-- nowcast of months without one.
select
    candidate_id, region_code, source_class_code, source_kind, source_id, species, month, feed, method_code, rank,
    factor_status, mass_kg, case when listed_kg > 0 then 'county_remainder' else 'county' end as entry,
    cast(null as double) as uncertainty_pct
from {{ ref('int_fusion__area') }}
union all by name
select
    candidate_id, region_code, source_class_code, source_kind, source_id, species, month, feed, method_code, rank,
    factor_status, mass_kg, entry, uncertainty_pct
from {{ ref('int_fusion__nowcast') }}
where site_id is null
