-- Eligible values in months: a longer period is spread by the site's shape; its sum is kept.
with candidate as (
    select candidate.*, method.basis
    from {{ ref('int_fusion__candidate') }} as candidate
    inner join {{ ref('method') }} as method on method.method_code = candidate.method_code
    where candidate.is_eligible and candidate.scope <> 'county'
),

spread as (
    select
        candidate.*, cast(series.month as date) as month,
        candidate.period_end > last_day(candidate.period_start) as is_spread
    from candidate,
        unnest(generate_series(
            date_trunc('month', candidate.period_start), candidate.period_end, interval 1 month
        )) as series (month)
),

weighted as (
    select
        spread.*,
        date_diff('day', greatest(spread.month, spread.period_start), least(last_day(spread.month), spread.period_end)) + 1
            as days,
        coalesce(own.weight, general.weight, 0) as weight,
        {{ stable_sum('coalesce(own.weight, general.weight, 0)', 'over (partition by spread.candidate_id)') }} as weight_total
    from spread
    left join {{ ref('int_shape__month') }} as own
        on own.site_id = spread.site_id and own.species = spread.species and own.month = spread.month
    left join {{ ref('int_shape__month') }} as general
        on general.site_id = spread.site_id and general.species is null and general.month = spread.month
)

select
    candidate_id, scope, site_id, source_id, source_class_code, part_code, covers, species, month, feed, method_code, rank, rule_id,
    is_comparison, is_own_calculation, basis, coverage, factor_status, is_spread, period_start, period_end,
    date_diff('day', period_start, period_end) + 1 as period_days,
    case when not is_spread then mass_kg
        when weight_total > 0 then mass_kg * (weight / weight_total)
        else mass_kg * days / (date_diff('day', period_start, period_end) + 1) end as mass_kg
from weighted
