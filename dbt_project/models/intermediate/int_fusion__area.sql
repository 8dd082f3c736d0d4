-- County totals once: classes that overlap with listed plants (non-key industry) are reduced by the plants that the
-- survey behind the total does not list one by one; the rest is spread over the months. One total stands per month.
with total as (
    select * from {{ ref('int_fusion__candidate') }} where scope = 'county' and is_eligible
),

-- Plants that are points of the inventory but not of the statistics: the county estimate already holds them.
listed_elsewhere as (
    select total.candidate_id, {{ stable_sum('winner.mass_kg') }} as mass_kg
    from total
    inner join {{ ref('area_overlap') }} as overlap on overlap.area_class_code = total.source_class_code
    inner join {{ ref('int_identity__site') }} as site
        on site.region_code = total.region_code and site.source_class_code = overlap.listed_class_code
    inner join {{ ref('int_fusion__winner') }} as winner
        on winner.site_id = site.site_id and winner.species = total.species
        and winner.month between date_trunc('month', total.period_start) and total.period_end
    where site.site_id not in (
        select site_id from {{ source('identity', 'link') }} where feed = 'statistics'
    )
    group by total.candidate_id
),

reduced as (
    select
        total.*, class.source_kind,
        coalesce(listed.mass_kg, 0) as listed_kg,
        greatest(total.mass_kg - coalesce(listed.mass_kg, 0), 0) as remainder_kg
    from total
    inner join {{ ref('source_class') }} as class on class.source_class_code = total.source_class_code
    left join listed_elsewhere as listed on listed.candidate_id = total.candidate_id
),

spread as (
    select
        reduced.*, cast(series.month as date) as month,
        coalesce(profile.factor, 1)
        * (date_diff('day', greatest(cast(series.month as date), reduced.period_start),
            least(last_day(cast(series.month as date)), reduced.period_end)) + 1) as weight
    from reduced
    cross join {{ source('raw', 'feed_set') }} as feed_set
    cross join unnest(generate_series(
        date_trunc('month', reduced.period_start), reduced.period_end, interval 1 month
    )) as series (month)
    left join {{ ref('month_profile') }} as profile
        on profile.territory = feed_set.territory and profile.source_class_code = reduced.source_class_code
        and profile.month_of_year = month(cast(series.month as date))
)

select
    candidate_id, region_code, source_class_code, source_kind, source_id, species, month, feed, method_code, rank,
    factor_status, listed_kg, remainder_kg,
    remainder_kg * (weight / {{ stable_sum('weight', 'over (partition by candidate_id)') }}) as mass_kg
from spread
qualify row_number() over (
    partition by source_id, species, month
    order by rank, date_diff('day', period_start, period_end), candidate_id
) = 1
