-- Measurements end at the stack. Where the values that stand for a plant are measured and its statistics give one total
-- only, the fugitive share of that total (known from peers) is the plant's remainder.
with calculated_total as (
    select *
    from {{ ref('int_fusion__month') }}
    where scope = 'site' and feed = 'statistics' and basis = 'calculated'
    qualify row_number() over (
        partition by site_id, species, month order by rank, period_days, candidate_id
    ) = 1
),

standing as (
    select site_id, species, month, basis, scope = 'unit' as is_part from {{ ref('int_fusion__fine') }}
    union all
    select site_id, species, month, basis, false from {{ ref('int_fusion__site_value') }} where mode = 'whole'
    union all
    select site_id, species, month, basis, ends_with(source_id, ':REMAINDER')
    from {{ ref('int_fusion__allocated') }}
    where (source_id, species, month) not in (select (source_id, species, month) from {{ ref('int_fusion__fine') }})
),

-- Measured throughout, and nothing yet that could hold the fugitive part.
measured as (
    select site_id, species, month
    from standing
    group by site_id, species, month
    having bool_and(basis = 'measured') and not bool_or(is_part)
)

select
    total.* exclude (source_id, mass_kg), total.site_id || ':REMAINDER' as source_id,
    total.mass_kg * share.share as mass_kg, share.share
from calculated_total as total
inner join measured using (site_id, species, month)
inner join {{ ref('int_fusion__fugitive_share') }} as share
    on share.site_id = total.site_id and share.species = total.species
where share.share > 0
