-- For every candidate the fused mass of the same cells (source, or plant, or the monitored outlets a part stands for)
-- over the same period, and the method that won most of it.
with candidate as (
    select candidate_id, scope, site_id, source_id, covers, species, period_start, period_end
    from {{ ref('int_fusion__candidate') }}
),

fused as (
    select winner.site_id, winner.source_id, coalesce(outlet.is_monitored, false) as is_monitored, winner.species,
        winner.month, winner.mass_kg, winner.method_code, winner.rank
    from {{ ref('int_fusion__settled') }} as winner
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = winner.source_id
    union all by name
    select cast(null as varchar) as site_id, source_id, false as is_monitored, species, month, mass_kg, method_code,
        rank
    from {{ ref('int_fusion__area') }}
    union all by name
    select source_id, false as is_monitored, species, month, mass_kg, method_code, rank
    from {{ ref('int_fusion__fraction') }}
    where site_id is null
),

matched as (
    select candidate.candidate_id, fused.mass_kg, fused.method_code, fused.rank
    from candidate
    inner join fused
        on fused.species = candidate.species
        and fused.source_id = candidate.source_id
        and fused.month between date_trunc('month', candidate.period_start) and candidate.period_end
    where candidate.scope <> 'site' and candidate.covers is null
    union all
    select candidate.candidate_id, fused.mass_kg, fused.method_code, fused.rank
    from candidate
    inner join fused
        on fused.species = candidate.species
        and fused.site_id = candidate.site_id
        and fused.month between date_trunc('month', candidate.period_start) and candidate.period_end
    where
        candidate.scope = 'site'
        or (candidate.covers = 'monitored_outlets' and (fused.is_monitored or fused.source_id = candidate.source_id))
)

select
    candidate_id,
    {{ stable_sum('mass_kg') }} as fused_kg,
    arg_min(method_code, rank) as winning_method,
    min(rank) as winning_rank
from matched
group by candidate_id
