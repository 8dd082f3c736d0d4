-- Unit slips: one row per species × year. A losing value of another feed is set against the fused mass of the same
-- cells (same source, or same whole site) and months, computed here anew rather than read from ratio_to_chosen; a loser
-- that may not win anyway (beyond its sanity band, a quarter of poor capture) proves nothing, nor does a general coefficient
-- of a fuel or product, which knows nothing of the plant. What no other feed can contradict is set against its own kind: an
-- hour against the other hours of its monitoring point, a value against the second largest.
with offered as (
    select
        candidate_id, species, year(period_start) as year, feed, site_id, source_id, mass_kg,
        date_trunc('month', period_start) as month_first, period_end,
        scope = 'site' and part_code is null as is_whole_site
    from v1.emission_candidate
    where is_eligible and not is_chosen and mass_kg > 0 and method_code not in ('coefficient', 'fuel_coefficient')
),

cell as (
    select o.candidate_id, e.mass_kg, e.feed <> o.feed as is_other_feed
    from offered as o
    inner join v1.emission as e
        on
            o.species = e.species and o.site_id = e.site_id
            and e.month >= o.month_first and e.month <= o.period_end
    where o.is_whole_site
    union all by name
    select o.candidate_id, e.mass_kg, e.feed <> o.feed as is_other_feed
    from offered as o
    inner join v1.emission as e
        on
            o.species = e.species and o.source_id = e.source_id
            and e.month >= o.month_first and e.month <= o.period_end
    where not o.is_whole_site
),

compared as (
    select
        o.species, o.year, o.candidate_id, o.mass_kg, fsum(cell.mass_kg) as fused_kg,
        greatest(o.mass_kg / fsum(cell.mass_kg), fsum(cell.mass_kg) / o.mass_kg) as ratio
    from offered as o
    inner join cell on o.candidate_id = cell.candidate_id
    group by o.species, o.year, o.candidate_id, o.mass_kg
    having bool_or(cell.is_other_feed) and fsum(cell.mass_kg) > 0
),

total as (
    select species, year(month) as year, fsum(mass_kg) as mass_kg from v1.emission group by all
),

judged as (
    select
        compared.*,
        ratio >= getvariable('slip_ratio') as is_slip,
        greatest(compared.mass_kg, fused_kg) > getvariable('slip_share') * total.mass_kg as is_material
    from compared
    inner join total using (species, year)
),

point as (
    select
        species, year(hour_start) as year, monitor_id, max(mass_kg) as top_kg,
        max(mass_kg) * (count(*) - 1) / nullif(fsum(mass_kg) - max(mass_kg), 0) as peak
    from v1.monitored_hour
    where mass_kg > 0
    group by all
    having count(*) >= 100
),

hourly as (
    select
        point.species, point.year,
        count(*) filter (
            where peak >= getvariable('hour_peak') and top_kg > getvariable('slip_share') * total.mass_kg
        ) as slipped_monitors,
        arg_max(monitor_id, peak) as worst_monitor
    from point
    inner join total on point.species = total.species and point.year = total.year
    group by all
),

lone as (
    select
        species, year(period_start) as year,
        list_extract(max(chosen_kg, 2), 1) / list_extract(max(chosen_kg, 2), 2) as gap
    from v1.emission_candidate
    where chosen_kg > 0
    group by all
    having count(*) >= 10
)

select
    total.species,
    total.year,
    count(judged.candidate_id) as compared_values,
    count(*) filter (where is_slip and is_material) as slips,
    count(*) filter (where is_slip and not is_material) as minor_slips,
    coalesce(max(ratio), 1) as worst_ratio,
    coalesce(arg_max(candidate_id, ratio), '') as worst_candidate,
    coalesce(any_value(hourly.slipped_monitors), 0) as slipped_monitors,
    coalesce(any_value(hourly.worst_monitor), '') as worst_monitor,
    coalesce(any_value(lone.gap), 1) as top_gap
from total
left join judged using (species, year)
left join hourly using (species, year)
left join lone using (species, year)
group by total.species, total.year
order by total.species, total.year
