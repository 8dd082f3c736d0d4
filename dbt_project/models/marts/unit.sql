-- Boilers, kilns and turbines over time: a new row where a unit was rebuilt; a unit ends when its plant's forms go on
-- without it. Parts that only an emission line names (process units) are units too.
with form_unit as (
    select
        link.site_id, form.scheme, form.record_key, form.unit_code, form.unit_name, form.unit_kind, form.technology,
        form.rated_mw, form.capacity_mw, {{ site_outlet('link', 'form.outlet_code') }} as outlet_code, form.valid_from,
        form.valid_to
    from {{ ref('stg_statistics__unit') }} as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = form.scheme and link.record_key = form.record_key
        and {{ in_force('link', 'form.valid_from') }}
),

part as (
    select distinct
        link.site_id, line.scheme, line.record_key, line.part_code as unit_code,
        make_date(year(line.period_start), 1, 1) as valid_from, make_date(year(line.period_start), 12, 31) as valid_to
    from {{ ref('stg_statistics__emission') }} as line
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = line.scheme and link.record_key = line.record_key
        and {{ in_force('link', 'line.period_start') }}
    where line.part_code is not null
),

yearly as (
    select * from form_unit
    union all by name
    select part.* from part
    anti join form_unit using (site_id, unit_code, valid_from)
),

-- One row per unit and year, whichever form names it.
named as (
    select * from yearly
    qualify row_number() over (
        partition by site_id, unit_code, valid_from order by unit_kind nulls last, scheme, record_key
    ) = 1
),

marked as (
    select
        *,
        (unit_kind, technology, rated_mw, capacity_mw, outlet_code) is distinct from
        lag((unit_kind, technology, rated_mw, capacity_mw, outlet_code)) over years as is_change,
        max(valid_from) over (partition by site_id, scheme, record_key) as last_form_from
    from named
    window years as (partition by site_id, unit_code order by valid_from)
),

run as (
    select *, count_if(is_change) over (partition by site_id, unit_code order by valid_from) as run_no from marked
)

select
    run.site_id || ':' || run.unit_code as unit_id, run.site_id, run.unit_code,
    arg_max(run.unit_name, run.valid_from) as unit_name, any_value(run.unit_kind) as unit_kind,
    any_value(run.technology) as technology, any_value(run.rated_mw) as rated_mw,
    any_value(run.capacity_mw) as capacity_mw, any_value(outlet.outlet_id) as outlet_id, min(run.valid_from) as valid_from,
    case when max(run.valid_from) < max(run.last_form_from) then max(run.valid_to) end as valid_to
from run
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = run.site_id and outlet.outlet_code = run.outlet_code
group by run.site_id, run.unit_code, run.run_no
