-- Scope first: the best value of each outlet and part per month. Two things can exclude one before ranks are compared:
-- a part that is what the monitors of the site measure competes with them as a group, and a comparison method is
-- never used while another value covers the same site, species and month.
with month_value as (
    select * from {{ ref('int_fusion__month') }}
),

covered as (
    select distinct site_id, species, month from month_value where not is_comparison
),

usable as (
    select fine.*, outlet.is_monitored
    from month_value as fine
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = fine.source_id
    where
        fine.scope in ('outlet', 'unit')
        and not (
            fine.is_comparison
            and (fine.site_id, fine.species, fine.month) in (select (site_id, species, month) from covered)
        )
),

-- Best rank on each side of the group "monitored outlets against the part that is their sum".
group_rank as (
    select
        site_id, species, month,
        min(rank) filter (where coalesce(is_monitored, false)) as monitored_rank,
        min(rank) filter (where covers = 'monitored_outlets') as part_rank
    from usable
    group by site_id, species, month
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
),

ordered as (
    select *, row_number() over (
        partition by source_id, species, month order by rank, period_days, candidate_id
    ) as choice
    from standing
)

select * exclude (choice)
from ordered
where choice = 1
