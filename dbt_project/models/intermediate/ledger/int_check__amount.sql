-- What the co-emission checks set against each other, by site and year: fused species, fuels, output, flue gas, each with
-- the time it covers. Fuel of gas turbines stands apart (`fuel_turbine`), because their burners are no boilers.
with fuel as (
    select site_id, year(period_start) as year, fuel_code, technology, source_id, period_start, period_end, amount, energy_gj
    from {{ ref('int_activity__fuel') }}
    where is_chosen
),

-- Flue gas can be set against coal only where every outlet that burns the plant's fuel is monitored all the time.
outlet_month as (
    select flow.site_id, year(flow.month) as year, flow.source_id, min(flow.month) as first_month, max(flow.month) as last_month,
        count(*) as months, {{ stable_sum('flow.volume_m3') }} as volume_m3
    from {{ ref('int_check__flow') }} as flow
    group by flow.site_id, year(flow.month), flow.source_id
),

burning as (
    select distinct site_id, year, source_id from fuel where not ends_with(source_id, ':SITE')
    union
    select distinct fuel.site_id, fuel.year, outlet.outlet_id as source_id
    from fuel
    inner join {{ ref('int_identity__outlet') }} as outlet on outlet.site_id = fuel.site_id and outlet.outlet_kind = 'main'
    where ends_with(fuel.source_id, ':SITE')
)

select
    site_id, year(month) as year, species as item, {{ stable_sum('mass_kg') }} as amount, cast(null as double) as energy_gj,
    count(distinct month) as months, min(month) as first_month, max(month) as last_month
from {{ ref('int_fusion__figure') }}
where site_id is not null
group by site_id, year(month), species
union all by name
select
    site_id, year, case when technology = 'gas_turbine' then 'fuel_turbine:' else 'fuel:' end || fuel_code as item,
    {{ stable_sum('amount') }} as amount, {{ stable_sum('energy_gj') }} as energy_gj,
    date_diff('month', min(period_start), max(period_end)) + 1 as months,
    date_trunc('month', min(period_start)) as first_month, date_trunc('month', max(period_end)) as last_month
from fuel
group by site_id, year, item
union all by name
select
    site_id, year(period_start) as year, 'output:' || product_code as item, {{ stable_sum('amount') }} as amount, cast(null as double) as energy_gj,
    date_diff('month', min(period_start), max(period_end)) + 1 as months,
    date_trunc('month', min(period_start)) as first_month, date_trunc('month', max(period_end)) as last_month
from {{ ref('int_activity__product') }}
where is_chosen and unit = 't'
group by site_id, year(period_start), product_code
union all by name
select
    burning.site_id, burning.year, 'flue_gas' as item, {{ stable_sum('outlet_month.volume_m3') }} as amount,
    cast(null as double) as energy_gj, min(outlet_month.months) as months, min(outlet_month.first_month) as first_month,
    max(outlet_month.last_month) as last_month
from burning
left join outlet_month on outlet_month.source_id = burning.source_id and outlet_month.year = burning.year
group by burning.site_id, burning.year
having count(*) = count(outlet_month.source_id)
