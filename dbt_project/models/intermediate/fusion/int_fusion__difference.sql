-- A plant total beside finer values, without permitted amounts to share it out. Over the months in which some outlet of
-- the plant has no value of its own the positive difference is a remainder (grade E); over the months in which every
-- outlet has one, and where the finer values exceed the total, the difference is a discrepancy.
with site_value as (
    select * from {{ ref('int_fusion__site_value') }} where mode = 'difference'
),

fine_month as (
    select site_id, species, month, {{ stable_sum('mass_kg') }} as mass_kg,
        count(distinct source_id) filter (where scope = 'outlet') as outlet_count,
        -- Own calculations rest on all of the plant's fuels and products: an outlet that has none of them is not open.
        coalesce(bool_or(is_own_calculation), false) as is_whole
    from {{ ref('int_fusion__fine') }}
    group by site_id, species, month
),

outlet_total as (
    select site_id, count(*) as outlet_count from {{ ref('int_identity__outlet') }} group by site_id
),

compared as (
    select
        site_value.*,
        coalesce(fine_month.mass_kg, 0) as month_fine_kg,
        coalesce(fine_month.outlet_count, 0) < coalesce(outlet_total.outlet_count, 0)
            and not coalesce(fine_month.is_whole, false) as has_uncovered
    from site_value
    left join fine_month
        on fine_month.site_id = site_value.site_id and fine_month.species = site_value.species
        and fine_month.month = site_value.month
    left join outlet_total on outlet_total.site_id = site_value.site_id
),

summed as (
    select *,
        {{ stable_sum('mass_kg', 'over (partition by candidate_id, has_uncovered)') }} as total_kg,
        {{ stable_sum('month_fine_kg', 'over (partition by candidate_id, has_uncovered)') }} as fine_kg
    from compared
)

select
    summed.* exclude (mass_kg, month_fine_kg, source_id, mode),
    summed.site_id || ':REMAINDER' as source_id,
    summed.total_kg - summed.fine_kg as difference_kg,
    case when summed.has_uncovered and summed.total_kg > summed.fine_kg
        then (summed.total_kg - summed.fine_kg) * summed.mass_kg / summed.total_kg end as mass_kg
from summed
