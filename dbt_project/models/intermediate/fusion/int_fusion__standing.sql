-- The value that stands for each source, species and month, before shares of it (int_fusion__fraction) are derived: the
-- winner, and in an unfinished year the nowcast of months without one.
select * from {{ ref('int_fusion__winner') }}
union all by name
select
    entry, candidate_id, site_id, source_id, species, month, mass_kg, rank, feed, method_code, coverage, factor_status,
    is_spread, period_days, uncertainty_pct
from {{ ref('int_fusion__nowcast') }}
where site_id is not null
