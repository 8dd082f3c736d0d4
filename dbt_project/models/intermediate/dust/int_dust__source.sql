-- The dust that stands (PM), source by source and month, with what decides its grain: class, industry, fuel and burning
-- technology, treatment, and whether it was measured in the stack. What leaves by no outlet is 'fugitive'.
with dust as (
    select site_id, source_id, month, method_code, entry
    from {{ ref('int_fusion__standing') }}
    where species = 'PM'
    union all by name
    select source_id, source_class_code, month, method_code, 'county' as entry
    from {{ ref('int_fusion__standing_area') }}
    where species = 'PM'
),

outlet_fuel as (
    select site_id, source_id, year(period_start) as year,
        arg_max(fuel_code, {'energy': energy_gj, 'fuel': fuel_code}) as fuel_code,
        arg_max(technology, {'energy': energy_gj, 'fuel': fuel_code}) as technology
    from {{ ref('int_activity__fuel') }}
    where is_chosen and is_outlet
    group by all
),

site_fuel as (
    select site_id, year(period_start) as year,
        arg_max(fuel_code, {'energy': energy_gj, 'fuel': fuel_code}) as fuel_code,
        arg_max(technology, {'energy': energy_gj, 'fuel': fuel_code}) as technology,
        bool_or(is_outlet) as is_by_outlet
    from {{ ref('int_activity__fuel') }}
    where is_chosen
    group by all
),

-- Accounting links of the calculation form that name no outlet.
without_outlet as (
    select distinct link.site_id || ':' || coalesce(line.accounting_link, 'unassigned') as source_id
    from {{ ref('stg_statistics__calculation') }} as line
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = line.scheme and link.record_key = line.record_key
        and {{ in_force('link', 'line.period_start') }}
    where coalesce(line.outlet_code, '') = ''
),

placed as (
    select
        dust.source_id, dust.month, method.basis = 'measured' as is_measured,
        coalesce(dust.source_class_code, site.source_class_code) as source_class_code,
        coalesce(site.industry_scheme, '') as industry_scheme, site.industry_code,
        dust.entry = 'fugitive_share' or without_outlet.source_id is not null as is_fugitive,
        outlet.outlet_id is null as is_whole, outlet.fuel_code as listed_fuel, own.fuel_code as own_fuel,
        own.technology as own_technology, site_fuel.is_by_outlet, site_fuel.fuel_code as site_fuel,
        site_fuel.technology as site_technology,
        outlet.outlet_id is not null or ends_with(dust.source_id, ':SITE') as has_stack
    from dust
    inner join {{ ref('method') }} as method on method.method_code = dust.method_code
    left join {{ ref('int_identity__site') }} as site on site.site_id = dust.site_id
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = dust.source_id
    left join without_outlet on without_outlet.source_id = dust.source_id
    asof left join outlet_fuel as own on own.source_id = dust.source_id and own.year <= year(dust.month)
    asof left join site_fuel on site_fuel.site_id = dust.site_id and site_fuel.year <= year(dust.month)
),

-- The plant's fuel stands for an outlet only where no fuel is told by outlet, and for the whole plant, not for a remainder.
fired as (
    select
        source_id, month, is_measured, source_class_code, industry_scheme, industry_code,
        case
            when is_fugitive or not has_stack then null
            when is_whole or not coalesce(is_by_outlet, false) then coalesce(own_fuel, listed_fuel, site_fuel)
            else coalesce(own_fuel, listed_fuel)
        end as fuel_code,
        case
            when is_fugitive then 'fugitive'
            when not has_stack then null
            when is_whole or not coalesce(is_by_outlet, false) then coalesce(own_technology, site_technology)
            else own_technology
        end as technology
    from placed
)

select fired.*, control.* exclude (source_id, year)
from fired
asof left join {{ ref('int_dust__control') }} as control
    on control.source_id = fired.source_id and control.year <= year(fired.month)
