-- County totals once, less what other figures already hold (int_area__held), in months. One total stands per source,
-- species and month; where shorter ones of the same method stand (a quarter beside the year), the rest of the longer
-- falls to the months they leave open. What the points hold beyond the total is `exceeded_kg`: shown, never negative mass.
with spread as (
    select
        total.candidate_id, total.region_code, total.source_class_code, class.source_kind, total.source_id,
        total.species, total.feed, total.method_code, total.rank, total.factor_status, total.uncertainty_pct,
        total.shared_key, total.is_default, total.mass_kg as period_kg, total.period_start, total.period_end,
        cast(series.month as date) as month,
        date_diff('day', greatest(cast(series.month as date), total.period_start),
            least(last_day(cast(series.month as date)), total.period_end)) + 1 as days,
        coalesce(profile.factor, 1) * days as weight
    from {{ ref('int_fusion__candidate') }} as total
    inner join {{ ref('source_class') }} as class on class.source_class_code = total.source_class_code
    cross join unnest(generate_series(
        date_trunc('month', total.period_start), total.period_end, interval 1 month
    )) as series (month)
    left join {{ ref('int_profile__month') }} as profile
        on profile.source_class_code = total.source_class_code
        and profile.month_of_year = month(cast(series.month as date))
    where total.scope = 'county' and total.is_eligible
),

weighted as (
    select
        *,
        -- A profile that gives the whole period no weight says nothing of it: then its days count.
        case when {{ stable_sum('weight', 'over total_months') }} > 0 then weight else days end as used_weight,
        first_value(candidate_id) over cell as standing_id
    from spread
    window
        total_months as (partition by candidate_id),
        cell as (
            partition by source_id, species, month
            order by rank, date_diff('day', period_start, period_end), candidate_id
        )
),

shared as (
    select *, used_weight / {{ stable_sum('used_weight', 'over (partition by candidate_id)') }} as share from weighted
),

-- Mass of the months that another total took: what a shorter one of the same method says, else this one's own share.
own as (
    select
        longer.candidate_id,
        greatest(any_value(longer.period_kg) - coalesce({{ stable_sum('case when longer.standing_id <> longer.candidate_id '
            ~ 'then coalesce(shorter.period_kg * shorter.share, longer.period_kg * longer.share) end') }}, 0), 0) as own_kg,
        {{ stable_sum('case when longer.standing_id = longer.candidate_id then longer.share end') }} as own_share,
        sum(longer.days) filter (where longer.standing_id = longer.candidate_id) as own_days
    from shared as longer
    left join shared as shorter
        on shorter.candidate_id = longer.standing_id and shorter.month = longer.month
        and shorter.candidate_id <> longer.candidate_id and shorter.method_code = longer.method_code
        and shorter.period_start >= longer.period_start and shorter.period_end <= longer.period_end
    group by longer.candidate_id
),

held as (
    select
        shared.candidate_id,
        coalesce({{ stable_sum('by_month.held_kg') }}, 0) + coalesce({{ stable_sum('whole.held_kg * shared.share') }}, 0) as listed_kg
    from shared
    left join (
        select candidate_id, month, {{ stable_sum('held_kg') }} as held_kg
        from {{ ref('int_area__held') }} where month is not null group by candidate_id, month
    ) as by_month on by_month.candidate_id = shared.candidate_id and by_month.month = shared.month
    left join (
        select candidate_id, {{ stable_sum('held_kg') }} as held_kg
        from {{ ref('int_area__held') }} where month is null group by candidate_id
    ) as whole on whole.candidate_id = shared.candidate_id
    where shared.standing_id = shared.candidate_id
    group by shared.candidate_id
),

closed as (
    select
        shared.*, own.own_kg, held.listed_kg,
        case when own.own_share > 0 then shared.share / own.own_share else shared.days / own.own_days end as part
    from shared
    inner join own on own.candidate_id = shared.candidate_id
    inner join held on held.candidate_id = shared.candidate_id
    where shared.standing_id = shared.candidate_id
)

select
    candidate_id, region_code, source_class_code, source_kind, source_id, species, month, feed, method_code, rank,
    factor_status, uncertainty_pct, shared_key, is_default, listed_kg, greatest(own_kg - listed_kg, 0) as remainder_kg,
    own_kg * part as total_kg, listed_kg * part as held_kg, greatest(listed_kg - own_kg, 0) * part as exceeded_kg,
    greatest(own_kg - listed_kg, 0) * part as mass_kg
from closed
