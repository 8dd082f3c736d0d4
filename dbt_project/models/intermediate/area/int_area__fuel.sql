-- Fuel of area sources: what the balance gives to a class, less what plants of that class burn as points (boilers of
-- schools, hospitals, hotels with a permit). One row per balance region, class and fuel; the remainder is never negative.
with sector as (
    select balance.region_code, mapping.source_class_code, balance.fuel_code, balance.period_start, balance.period_end,
        balance.edition, balance.source_file_id, balance.row_no, balance.amount
    from {{ ref('stg_statistics__energy_balance') }} as balance
    inner join {{ ref('balance_sector') }} as mapping
        on mapping.sector = balance.sector and mapping.fuel_code in ('*', balance.fuel_code)
    qualify row_number() over (
        partition by balance.region_code, balance.sector, balance.fuel_code, balance.period_start, balance.period_end
        order by mapping.fuel_code = '*'
    ) = 1
),

given as (
    select region_code, source_class_code, fuel_code, period_start, period_end, {{ stable_sum('amount') }} as amount,
        {{ weakest_edition('edition') }} as edition,
        case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id,
        case when count(*) = 1 then min(row_no) end as row_no, count(*) as input_count
    from sector
    where source_class_code <> ''
    group by region_code, source_class_code, fuel_code, period_start, period_end
),

plant as (
    select place.within_code, overlap.area_class_code, activity.fuel_code, activity.period_start, activity.period_end,
        activity.amount
    from {{ ref('int_activity__fuel') }} as activity
    inner join {{ ref('int_identity__site') }} as site on site.site_id = activity.site_id
    inner join {{ ref('area_overlap') }} as overlap on overlap.listed_class_code = site.source_class_code
    inner join {{ ref('int_region__within') }} as place on place.region_code = site.region_code
    where activity.is_chosen
),

held as (
    select given.region_code, given.source_class_code, given.fuel_code, given.period_start, given.period_end,
        {{ stable_sum('plant.amount') }} as amount
    from given
    inner join {{ ref('int_region__within') }} as place on place.region_code = given.region_code and place.distance = 0
    inner join plant
        on plant.within_code = place.today_code and plant.area_class_code = given.source_class_code
        and plant.fuel_code = given.fuel_code
        and plant.period_start >= given.period_start and plant.period_end <= given.period_end
    group by given.region_code, given.source_class_code, given.fuel_code, given.period_start, given.period_end
)

select
    given.*, fuel.unit, fuel.is_biogenic, coalesce(held.amount, 0) as plant_amount,
    greatest(given.amount - coalesce(held.amount, 0), 0) as remainder_amount
from given
inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = given.fuel_code
left join held
    on held.region_code = given.region_code and held.source_class_code = given.source_class_code
    and held.fuel_code = given.fuel_code and held.period_start = given.period_start and held.period_end = given.period_end
