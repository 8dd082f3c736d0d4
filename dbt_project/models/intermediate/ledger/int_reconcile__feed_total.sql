-- What each feed itself says of a plant's year: its own plant total for the whole year if it gives one, else the sum of
-- shorter periods, else the sum of its outlets, else of its parts. Own calculations are not a feed's word.
with offered as (
    select
        candidate.site_id, candidate.species, year(candidate.period_start) as year, candidate.feed, candidate.mass_kg,
        candidate.is_eligible or candidate.scope = 'site' or candidate.feed = 'monitoring' as is_statement,
        case candidate.scope when 'site' then 1 when 'outlet' then 2 else 3 end as scope_order,
        case when date_diff('day', candidate.period_start, candidate.period_end) > 300 then 1 else 2 end as period_order
    from {{ ref('int_fusion__candidate') }} as candidate
    where
        candidate.scope <> 'county' and candidate.mass_kg is not null
        and candidate.is_own_calculation is not true
        -- What is beyond belief, replaced by a firmer edition, or said elsewhere already is no statement of its own.
        and not regexp_matches(
            coalesce(candidate.ineligible_reason, ''), '^(out_of_band|superseded|counted once|repeats the execution)'
        )
),

summed as (
    select site_id, species, year, feed, scope_order, period_order, {{ stable_sum('mass_kg') }} as mass_kg
    from offered
    where is_statement
    group by all
)

select site_id, species, year, feed, arg_min(mass_kg, scope_order * 10 + period_order) as mass_kg
from summed
group by site_id, species, year, feed
