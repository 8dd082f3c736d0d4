-- The fuels of a plant with the share of its heat that each is expected to give: weights of the seed fuel_share among
-- the fuels it names. A plant with rated input that names none takes the mix of those that name one fuel. Shares are
-- read as a Dirichlet distribution of concentration 1, so that var(Σ s·x) = (Σ p·x² - (Σ p·x)²) / 2 (docs/heat-estimate.md).
with stated as (
    select distinct plant.site_id, plant.year, fuel.fuel_code
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('stg_permit__site_fuel') }} as fuel
        on fuel.scheme = plant.scheme and fuel.record_key = plant.record_key
        and fuel.valid_from is not distinct from plant.valid_from
    where fuel.fuel_code is not null
),

named as (
    select plant.site_id, plant.year
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('stg_permit__site_fuel') }} as fuel
        on fuel.scheme = plant.scheme and fuel.record_key = plant.record_key
),

weighted as (
    select stated.site_id, stated.year, stated.fuel_code, true as is_stated, share.weight
    from stated
    cross join {{ source('raw', 'feed_set') }} as feed_set
    inner join {{ ref('fuel_share') }} as share
        on share.fuel_code = stated.fuel_code and share.territory = feed_set.territory
    union all
    select plant.site_id, plant.year, share.fuel_code, false as is_stated, share.unstated_weight as weight
    from {{ ref('int_heat__plant') }} as plant
    cross join {{ source('raw', 'feed_set') }} as feed_set
    inner join {{ ref('fuel_share') }} as share on share.territory = feed_set.territory and share.unstated_weight > 0
    anti join named on named.site_id = plant.site_id and named.year = plant.year
    where plant.rated_input_mw is not null
)

select
    site_id, year, fuel_code, is_stated,
    weight / {{ stable_sum('weight', 'over (partition by site_id, year)') }} as share
from weighted
