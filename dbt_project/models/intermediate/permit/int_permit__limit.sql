-- Limits at their sources, with what an outlet can emit inside them, kg/h: the rate limit, and the gas that fits through
-- the stack's mouth at the concentration limit (wet gas taken as dry: generous). A registration (登记) has no limits:
-- what arrives under its number is known as such.
with register as (
    select scheme, record_key, bool_and(management_class = 'registration') as is_registration
    from {{ ref('stg_permit__site') }}
    group by scheme, record_key
),

velocity as (
    select max(value) as m_s from {{ ref('capacity_bound') }} where quantity = 'stack_velocity'
),

stack as (
    select
        outlet.scheme, outlet.record_key, outlet.outlet_code,
        -- m3/h at 0 °C: area × velocity × 273.15 / (273.15 + t)
        max(pi() / 4 * outlet.diameter_m ** 2 * velocity.m_s * 3600
            * 273.15 / (273.15 + coalesce(outlet.temperature_c, 0))) as flow_m3_h
    from {{ ref('stg_permit__outlet') }} as outlet
    cross join velocity
    where outlet.diameter_m > 0
    group by outlet.scheme, outlet.record_key, outlet.outlet_code
)

select
    {{ make_id('L', ['permit_limit.source_file_id', 'permit_limit.row_no', 'permit_limit.scheme', 'permit_limit.record_key',
                     'permit_limit.outlet_code', 'permit_limit.species', 'permit_limit.year', 'permit_limit.permit_year',
                     'permit_limit.valid_from']) }} as limit_id,
    permit_limit.scheme, permit_limit.record_key, link.site_id, permit_limit.outlet_code, outlet.outlet_id,
    coalesce(outlet.outlet_id, link.site_id || ':SITE') as source_id, permit_limit.outlet_code is null as is_site_total,
    permit_limit.species, permit_limit.valid_from, permit_limit.valid_to, permit_limit.permitted_kg,
    permit_limit.concentration_limit_mg_m3, permit_limit.rate_limit_kg_h,
    max(permit_limit.rate_limit_kg_h) over source as rate_capacity_kg_h,
    max(stack.flow_m3_h * permit_limit.concentration_limit_mg_m3 * 1e-6) over source as stack_capacity_kg_h,
    coalesce(register.is_registration, false) as is_registration, permit_limit.source_file_id, permit_limit.row_no
from {{ ref('stg_permit__limit') }} as permit_limit
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'permit' and link.scheme = permit_limit.scheme and link.record_key = permit_limit.record_key
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = link.site_id and outlet.outlet_code = {{ site_outlet('link', 'permit_limit.outlet_code') }}
left join register on register.scheme = permit_limit.scheme and register.record_key = permit_limit.record_key
left join stack
    on stack.scheme = permit_limit.scheme and stack.record_key = permit_limit.record_key
    and stack.outlet_code = permit_limit.outlet_code
where permit_limit.outlet_code is null or outlet.outlet_id is not null
window source as (
    partition by link.site_id, link.outlet_prefix, permit_limit.outlet_code, permit_limit.species
)
