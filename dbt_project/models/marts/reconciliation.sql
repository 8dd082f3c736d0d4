-- The feeds side by side with the fused figure. Feeds are never expected to be equal: monitors watch main outlets only.
with feed as (
    select
        site_id, species, year,
        max(mass_kg) filter (where feed = 'monitoring') as monitoring_kg,
        max(mass_kg) filter (where feed = 'permit') as permit_kg,
        max(mass_kg) filter (where feed = 'statistics') as statistics_kg,
        count(*) as feed_count, max(mass_kg) as largest_kg, min(mass_kg) as smallest_kg
    from {{ ref('int_reconcile__feed_total') }}
    group by site_id, species, year
),

fused as (
    select site_id, species, year(month) as year, {{ stable_sum('mass_kg') }} as fused_kg
    from {{ ref('emission') }}
    where site_id is not null
    group by site_id, species, year(month)
),

discrepancy as (
    select site_id, species, year, {{ stable_sum('difference_kg') }} as discrepancy_kg
    from (
        select distinct site_id, species, year(month) as year, candidate_id, has_uncovered, difference_kg
        from {{ ref('int_fusion__difference') }}
        where not has_uncovered or difference_kg < 0
    )
    group by site_id, species, year
),

compared as (
    select
        site_id, species, year, feed.monitoring_kg, feed.permit_kg, feed.statistics_kg, fused.fused_kg,
        coalesce(discrepancy.discrepancy_kg, 0) as discrepancy_kg, feed.feed_count,
        case when feed.smallest_kg > 0 then greatest(feed.largest_kg / feed.smallest_kg, 1) end as ratio_max_min,
        feed.largest_kg
    from feed
    full join fused using (site_id, species, year)
    left join discrepancy using (site_id, species, year)
)

select
    compared.site_id, compared.species, compared.year, monitoring_kg, permit_kg, statistics_kg, fused_kg, discrepancy_kg,
    ratio_max_min,
    case
        when coalesce(feed_count, 0) < 2 then 'single_feed'
        when largest_kg = 0 or ratio_max_min <= 1.1 then 'agree'
        when ratio_max_min <= 2 then 'differ'
        else 'conflict' end as verdict,
    case
        when coalesce(feed_count, 0) = 0 then 'own calculation only'
        when feed_count = 1 then 'one feed'
        when largest_kg = 0 or ratio_max_min <= 1.1 then 'the feeds agree'
        when abs(log10(ratio_max_min) - 3) < 0.15 or abs(log10(ratio_max_min) - 6) < 0.15
            then 'suspected unit slip'
        when ratio_max_min is null then 'a feed says zero'
        when monitoring_kg < least(coalesce(permit_kg, statistics_kg), coalesce(statistics_kg, permit_kg))
            then 'monitoring covers a part of the plant'
        when statistics_kg is not null and (monitoring_kg is not null or permit_kg is not null)
            then 'statistics rest on coefficients'
        else 'no known cause' end as explanation,
    propagated.uncertainty_pct, simulated.lower_kg, simulated.upper_kg
from compared
left join {{ ref('int_uncertainty__total') }} as propagated
    on propagated.level = 'site' and propagated.subject = compared.site_id and propagated.species = compared.species
    and propagated.year = compared.year
left join {{ source('uncertainty', 'interval') }} as simulated
    on simulated.level = 'site' and simulated.subject = compared.site_id and simulated.species = compared.species
    and simulated.year = compared.year
