-- A plant total beside finer values, without permitted amounts to share it out. Over the months in which some outlet of
-- the plant has no value of its own the positive difference is a remainder (grade E); over the months in which every
-- outlet has one the difference is a discrepancy, but for species that leave plants beside their outlets
-- (fugitive_source): there the total's fugitive share, known from peers, is the remainder, else the difference.
with site_value as (
    select * from {{ ref('int_fusion__site_value') }} where mode = 'difference'
),

fine_month as (
    select site_id, species, month, {{ stable_sum('mass_kg') }} as mass_kg,
        count(distinct source_id) filter (where scope = 'outlet') as outlet_count,
        bool_or(scope = 'unit') as has_part
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
        case
            when coalesce(fine_month.outlet_count, 0) < coalesce(outlet_total.outlet_count, 0) then 'difference'
            when coalesce(fine_month.has_part, false) or fugitive.species is null then 'discrepancy'
            when share.share is not null then 'fugitive_share'
            else 'difference' end as entry,
        share.share
    from site_value
    left join {{ ref('fugitive_source') }} as fugitive
        on fugitive.species = site_value.species and fugitive.source_class_code = site_value.source_class_code
    left join {{ ref('int_fusion__fugitive_share') }} as share
        on share.species = site_value.species and share.source_class_code = site_value.source_class_code
    left join fine_month
        on fine_month.site_id = site_value.site_id and fine_month.species = site_value.species
        and fine_month.month = site_value.month
    left join outlet_total on outlet_total.site_id = site_value.site_id
),

summed as (
    select *,
        {{ stable_sum('mass_kg', 'over (partition by candidate_id, entry)') }} as total_kg,
        {{ stable_sum('month_fine_kg', 'over (partition by candidate_id, entry)') }} as fine_kg
    from compared
)

select
    summed.* exclude (mass_kg, month_fine_kg, source_id, mode),
    summed.site_id || ':REMAINDER' as source_id,
    summed.entry <> 'discrepancy' as has_uncovered,
    summed.total_kg - summed.fine_kg as difference_kg,
    case
        when summed.entry = 'fugitive_share' then summed.mass_kg * summed.share
        when summed.entry = 'difference' and summed.total_kg > summed.fine_kg
            then (summed.total_kg - summed.fine_kg) * summed.mass_kg / summed.total_kg end as mass_kg
from summed
