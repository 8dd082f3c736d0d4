-- Scope first: the best value of each outlet and part per month. Two things can exclude one before ranks are compared:
-- a part that is what the monitors of the site measure competes with them as a group (a group with a gap stands back),
-- and a comparison method is never used while another value covers the same source, or the plant, in that month. Own
-- calculations are no finer knowledge: they stand back where a feed gives a plant total of better rank; calculated
-- outlets stand back where the plant's outlets are measured together.
with month_value as (
    select * from {{ ref('int_fusion__month') }}
),

covered as (
    select distinct site_id, case when scope = 'outlet' then source_id end as source_id, species, month
    from month_value
    where not is_comparison
),

-- What monitoring watches in the year, usable or not: the group is whole only if each of these has a value.
watched as (
    select site_id, species, year(period_start) as year, count(distinct source_id) as outlet_count
    from {{ ref('int_fusion__candidate') }}
    where feed = 'monitoring'
    group by site_id, species, year(period_start)
),

usable as (
    select fine.*, outlet.is_monitored,
        fine.scope = 'unit' and coalesce(fine.is_own_calculation, false) as is_own_part
    from month_value as fine
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = fine.source_id
    where
        fine.scope in ('outlet', 'unit')
        and not (
            fine.is_comparison
            and exists (
                select 1 from covered
                where covered.site_id = fine.site_id and covered.species = fine.species and covered.month = fine.month
                    and coalesce(covered.source_id, fine.source_id) = fine.source_id
            )
        )
        and not (
            fine.basis = 'calculated' and (fine.scope = 'outlet' or coalesce(fine.is_own_calculation, false))
            and exists (
                select 1 from month_value as whole
                where whole.scope = 'site' and not whole.is_comparison and whole.rank < fine.rank
                    and (coalesce(fine.is_own_calculation, false) or whole.basis = 'measured')
                    and whole.site_id = fine.site_id and whole.species = fine.species and whole.month = fine.month
            )
        )
),

-- Best rank on each side of the group "monitored outlets against the part that is their sum".
group_rank as (
    select
        usable.site_id, usable.species, usable.month,
        case when count(distinct usable.source_id) filter (where usable.is_monitored) >= coalesce(max(watched.outlet_count), 0)
            then min(usable.rank) filter (where usable.is_monitored) end as monitored_rank,
        min(usable.rank) filter (where usable.covers = 'monitored_outlets') as part_rank,
        min(usable.rank) filter (where usable.is_own_part) as own_part_rank,
        min(usable.rank) filter (where not usable.is_own_part) as other_rank
    from usable
    left join watched
        on watched.site_id = usable.site_id and watched.species = usable.species and watched.year = year(usable.month)
    group by usable.site_id, usable.species, usable.month
),

standing as (
    select usable.*
    from usable
    inner join group_rank using (site_id, species, month)
    where
        (usable.covers is null or group_rank.monitored_rank is null or group_rank.part_rank < group_rank.monitored_rank)
        and (
            not coalesce(usable.is_monitored, false) or group_rank.part_rank is null
            or group_rank.monitored_rank <= group_rank.part_rank
        )
        -- Own parts (fuel and process) are the whole plant: they stand beside no outlet or part of a feed.
        and case when usable.is_own_part then group_rank.own_part_rank < coalesce(group_rank.other_rank, 1e9)
            else group_rank.other_rank <= coalesce(group_rank.own_part_rank, 1e9) end
),

ordered as (
    select *, row_number() over (
        partition by source_id, species, month order by rank, period_days, candidate_id
    ) as choice
    from standing
)

select * exclude (choice, is_own_part)
from ordered
where choice = 1
