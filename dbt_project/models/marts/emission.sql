-- The fused inventory.
select
    emission_id, site_id, source_id, source_kind, source_class_code, source_detail_code, industry_code, region_code, species, month,
    mass_kg, method_code, feed, quality_grade, coverage,
    {{ combine_pct(["uncertainty_pct", "month_spread_pct"]) }} as uncertainty_pct,
    status, candidate_id, factor_status
from {{ ref('int_fusion__figure') }}
