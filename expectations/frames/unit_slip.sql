-- Unit slips: one row per species × year. A losing value of another feed is set against the fused mass of the same
-- cells (same source, or same whole site) and months, computed here anew rather than read from ratio_to_chosen.
with offered as (
    select
        candidate_id, species, year(period_start) as year, feed, site_id, source_id, mass_kg,
        date_trunc('month', period_start) as month_first, period_end,
        scope = 'site' and part_code is null as is_whole_site
    from v1.emission_candidate
    where not is_chosen and mass_kg > 0
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
)

select
    total.species,
    total.year,
    count(judged.candidate_id) as compared_values,
    count(*) filter (where is_slip and is_material) as slips,
    count(*) filter (where is_slip and not is_material) as minor_slips,
    coalesce(max(ratio), 1) as worst_ratio,
    coalesce(arg_max(candidate_id, ratio), '') as worst_candidate
from total
left join judged using (species, year)
group by all
order by total.species, total.year
