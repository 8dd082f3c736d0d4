-- A plant total beside finer values, without permitted amounts to share it out: the positive difference over its
-- period is a remainder (grade E) if some outlet of the plant has no value of its own; else it is a discrepancy.
with site_value as (
    select * from {{ ref('int_fusion__site_value') }} where mode = 'difference'
),

fine_month as (
    select site_id, species, month, {{ stable_sum('mass_kg') }} as mass_kg,
        count(distinct source_id) filter (where scope = 'outlet') as outlet_count
    from {{ ref('int_fusion__fine') }}
    group by site_id, species, month
),

outlet_total as (
    select site_id, count(*) as outlet_count from {{ ref('int_identity__outlet') }} group by site_id
),

compared as (
    select
        site_value.*,
        {{ stable_sum('site_value.mass_kg', 'over (partition by site_value.candidate_id)') }} as total_kg,
        {{ stable_sum('coalesce(fine_month.mass_kg, 0)', 'over (partition by site_value.candidate_id)') }} as fine_kg,
        bool_or(coalesce(fine_month.outlet_count, 0) < coalesce(outlet_total.outlet_count, 0)) over (
            partition by site_value.candidate_id
        ) as has_uncovered
    from site_value
    left join fine_month
        on fine_month.site_id = site_value.site_id and fine_month.species = site_value.species
        and fine_month.month = site_value.month
    left join outlet_total on outlet_total.site_id = site_value.site_id
)

select
    compared.* exclude (mass_kg, source_id, mode),
    compared.site_id || ':REMAINDER' as source_id,
    compared.total_kg - compared.fine_kg as difference_kg,
    case when compared.has_uncovered and compared.total_kg > compared.fine_kg
        then (compared.total_kg - compared.fine_kg) * compared.mass_kg / nullif(compared.total_kg, 0) end as mass_kg
from compared
