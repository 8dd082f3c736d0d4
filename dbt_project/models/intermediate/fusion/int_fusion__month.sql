-- Eligible values in months: a longer period is spread by the site's shape; its sum is kept. Where the same feed also
-- reports shorter periods of it (three quarters beside the year), those months stand as reported and the rest of the
-- longer period falls to the other months. Of reports inside each other (year, half, quarter) each takes off the longest
-- it contains, so that the whole stays whole.
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
),

shaped as (
    select
        candidate_id, scope, site_id, source_id, source_class_code, part_code, covers, species, month, feed, method_code, rank, rule_id,
        is_comparison, is_own_calculation, basis, coverage, factor_status, is_spread, period_start, period_end,
        date_diff('day', period_start, period_end) + 1 as period_days,
        case when not is_spread then mass_kg
            when weight_total > 0 then mass_kg * (weight / weight_total)
            else mass_kg * days / (date_diff('day', period_start, period_end) + 1) end as mass_kg,
        mass_kg as period_kg
    from weighted
),

reported as (
    select longer.candidate_id, longer.month, shorter.mass_kg
    from shaped as longer
    inner join shaped as shorter
        on shorter.feed = longer.feed and shorter.scope = longer.scope and shorter.source_id = longer.source_id
        and shorter.part_code is not distinct from longer.part_code and shorter.species = longer.species
        and shorter.month = longer.month and shorter.period_days < longer.period_days and shorter.rank <= longer.rank
        and shorter.period_start >= longer.period_start and shorter.period_end <= longer.period_end
    where longer.feed <> 'monitoring' and longer.is_own_calculation is null and shorter.is_own_calculation is null
    qualify row_number() over (
        partition by longer.candidate_id, longer.month
        order by shorter.period_days desc, shorter.rank, shorter.candidate_id
    ) = 1
),

rest as (
    select
        shaped.*, reported.mass_kg as reported_kg,
        count(*) over months as month_count, count(reported.mass_kg) over months as reported_count,
        shaped.period_kg
        - coalesce({{ stable_sum('reported.mass_kg', 'over months') }}, 0) as rest_kg,
        {{ stable_sum('case when reported.mass_kg is null then shaped.mass_kg end', 'over months') }} as open_kg
    from shaped
    left join reported on reported.candidate_id = shaped.candidate_id and reported.month = shaped.month
    window months as (partition by shaped.candidate_id)
)

select
    * exclude (mass_kg, period_kg, reported_kg, month_count, reported_count, rest_kg, open_kg),
    case
        when reported_count in (0, month_count) then mass_kg
        when reported_kg is not null then reported_kg
        when open_kg > 0 then greatest(rest_kg, 0) * (mass_kg / open_kg)
        else greatest(rest_kg, 0) / (month_count - reported_count) end as mass_kg
from rest
