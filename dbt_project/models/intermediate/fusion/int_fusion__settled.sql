-- What stands for plants with the shares of their dust: an own calculation of a share gives way where the share of the dust
-- that stands is there for the plant and month.
select standing.*
from {{ ref('int_fusion__standing') }} as standing
where not (
    standing.candidate_id in (select candidate_id from {{ ref('int_fusion__candidate') }} where is_own_calculation)
    and (standing.site_id, standing.species, standing.month) in (
        select (site_id, species, month) from {{ ref('int_fusion__fraction') }} where site_id is not null
    )
)
union all by name
select
    site_id, source_id, species, month, mass_kg, rank, feed, method_code, entry, coverage, candidate_id, factor_status,
    is_spread, period_days, uncertainty_pct, shared_key, is_default
from {{ ref('int_fusion__fraction') }}
where site_id is not null
