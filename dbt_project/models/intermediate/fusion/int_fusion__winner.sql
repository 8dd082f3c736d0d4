-- One value per source, species and month. Finer values stand before shares of plant totals; among equals the rank.
with offer as (
    select 1 as offer_order, 'fine' as entry, candidate_id, site_id, source_id, species, month, mass_kg, rank, feed,
        method_code, coverage, factor_status, is_spread, period_days
    from {{ ref('int_fusion__fine') }}
    union all by name
    select 2 as offer_order, 'allocated' as entry, candidate_id, site_id, source_id, species, month, mass_kg, rank,
        feed, method_code, coverage, factor_status, is_spread, period_days
    from {{ ref('int_fusion__allocated') }}
    union all by name
    select 3 as offer_order, 'difference' as entry, candidate_id, site_id, source_id, species, month, mass_kg, rank,
        feed, 'site_difference' as method_code, coverage, factor_status, is_spread, period_days
    from {{ ref('int_fusion__difference') }}
    where mass_kg > 0
    union all by name
    select 4 as offer_order, 'fugitive_share' as entry, candidate_id, site_id, source_id, species, month, mass_kg,
        rank, feed, 'fugitive_share' as method_code, coverage, factor_status, is_spread, period_days
    from {{ ref('int_fusion__fugitive') }}
    union all by name
    select 5 as offer_order, 'whole' as entry, candidate_id, site_id, source_id, species, month, mass_kg, rank, feed,
        method_code, coverage, factor_status, is_spread, period_days
    from {{ ref('int_fusion__site_value') }}
    where mode = 'whole'
),

ordered as (
    select *, row_number() over (
        partition by source_id, species, month order by offer_order, rank, period_days, candidate_id
    ) as choice
    from offer
)

select * exclude (choice, offer_order)
from ordered
where choice = 1
