-- Fuel of plants and of area sources against the energy balance, by region and fuel. The difference is shown and nothing is
-- altered: neither a plant's fuel nor the balance, whose own statistical difference stands beside it.
with balance as (
    select
        balance.region_code, balance.fuel_code, year(balance.period_start) as year,
        {{ stable_sum('case when mapping.is_use then balance.amount end') }} as balance_amount,
        {{ stable_sum("case when balance.sector = 'difference' then balance.amount end") }} as statistical_difference_amount
    from {{ ref('stg_statistics__energy_balance') }} as balance
    inner join {{ ref('balance_sector') }} as mapping on mapping.sector = balance.sector and mapping.fuel_code = '*'
    group by balance.region_code, balance.fuel_code, year(balance.period_start)
),

subject as (
    select distinct balance.region_code, place.today_code, balance.year
    from balance
    inner join {{ ref('int_region__within') }} as place on place.region_code = balance.region_code and place.distance = 0
),

plant as (
    select subject.region_code, activity.fuel_code, subject.year, {{ stable_sum('activity.amount') }} as plant_amount
    from subject
    inner join {{ ref('int_region__within') }} as place on place.within_code = subject.today_code
    inner join {{ ref('int_identity__site') }} as site on site.region_code = place.region_code
    inner join {{ ref('int_activity__fuel') }} as activity
        on activity.site_id = site.site_id and year(activity.period_start) = subject.year and activity.is_chosen
    group by subject.region_code, activity.fuel_code, subject.year
    having count(activity.amount) > 0
),

area as (
    select region_code, fuel_code, year(period_start) as year, {{ stable_sum('remainder_amount') }} as area_amount
    from {{ ref('int_area__fuel') }}
    group by region_code, fuel_code, year(period_start)
),

compared as (
    select
        coalesce(balance.region_code, plant.region_code) as region_code,
        coalesce(balance.fuel_code, plant.fuel_code) as fuel_code, coalesce(balance.year, plant.year) as year,
        coalesce(balance.balance_amount, 0) as balance_amount, coalesce(plant.plant_amount, 0) as plant_amount,
        coalesce(area.area_amount, 0) as area_amount, balance.statistical_difference_amount,
        balance.fuel_code is not null as is_in_balance
    from balance
    full join plant
        on plant.region_code = balance.region_code and plant.fuel_code = balance.fuel_code and plant.year = balance.year
    left join area
        on area.region_code = balance.region_code and area.fuel_code = balance.fuel_code and area.year = balance.year
)

select
    compared.region_code, compared.fuel_code, compared.year, fuel.unit, compared.balance_amount, compared.plant_amount,
    compared.area_amount, compared.balance_amount - compared.plant_amount - compared.area_amount as difference_amount,
    compared.statistical_difference_amount,
    (compared.plant_amount + compared.area_amount) / nullif(compared.balance_amount, 0) as ratio,
    case
        when not compared.is_in_balance then 'not_in_balance'
        when compared.balance_amount = 0 and compared.plant_amount + compared.area_amount = 0 then 'closed'
        else coalesce(band.verdict, 'exceeds') end as verdict  -- above every band
from compared
inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = compared.fuel_code
left join {{ ref('energy_closure_band') }} as band
    on (compared.plant_amount + compared.area_amount) / nullif(compared.balance_amount, 0) >= band.min_ratio
    and (compared.plant_amount + compared.area_amount) / nullif(compared.balance_amount, 0) < band.max_ratio
