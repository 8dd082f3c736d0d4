-- Months of every spread value sum to the value, within 1e-9, unless shorter reports of the same feed stand in some of its
-- months and exceed it: then they stand as reported.
select month.candidate_id
from {{ ref('int_fusion__month') }} as month
inner join {{ ref('int_fusion__candidate') }} as candidate on candidate.candidate_id = month.candidate_id
group by month.candidate_id, candidate.mass_kg
having {{ stable_sum('month.mass_kg') }} < candidate.mass_kg * (1 - 1e-9) - 1e-12
union all
select area.candidate_id
from {{ ref('int_fusion__area') }} as area
group by area.candidate_id, area.remainder_kg
having abs({{ stable_sum('area.mass_kg') }} - area.remainder_kg) > area.remainder_kg * 1e-9 + 1e-12
