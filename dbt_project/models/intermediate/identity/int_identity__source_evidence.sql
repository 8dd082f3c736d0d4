-- What is known of each source that its class can rest on: where it stands in the plant, which part of a report it is, and
-- the fuel that gives it most energy with the way it is burnt. A plant and its remainder burn what the plant burns.
with source as (
    select distinct site_id, source_id from {{ ref('int_fusion__candidate') }} where site_id is not null
    union
    select site_id, outlet_id from {{ ref('int_identity__outlet') }}
    union
    select site_id, site_id || ':SITE' from {{ ref('int_identity__site') }}
    union
    select site_id, site_id || ':REMAINDER' from {{ ref('int_identity__site') }}
),

report_part as (
    select link.site_id || ':' || line.part_code as source_id, min(line.scheme || ':' || line.part_code) as part,
        min(gas.part_kind) as figure_kind
    from {{ ref('stg_statistics__emission') }} as line
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = line.scheme and link.record_key = line.record_key
        and {{ in_force('link', 'line.period_start') }}
    left join {{ ref('part_gas') }} as gas on gas.scheme = line.scheme and gas.part_code = line.part_code
    where line.part_code is not null
    group by link.site_id, line.part_code
),

-- Boilers, kilns and turbines of the forms, by the outlet they discharge through and by their own number.
unit as (
    select link.site_id, {{ site_outlet('link', 'form.outlet_code') }} as outlet_code, form.unit_code, form.technology,
        coalesce(form.rated_mw, 0) as rated_mw
    from {{ ref('stg_statistics__unit') }} as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = form.scheme and link.record_key = form.record_key
        and {{ in_force('link', 'form.valid_from') }}
    where form.technology is not null
),

equipped as (
    select source_id, arg_max(technology, (rated_mw, technology)) as technology
    from (
        select site_id || ':' || outlet_code as source_id, technology, rated_mw from unit where outlet_code is not null
        union all
        select site_id || ':' || unit_code, technology, rated_mw from unit
    )
    group by source_id
),

burnt as (
    select activity.*, coalesce(fuel_group.fuel_group, 'other') as fuel_group
    from {{ ref('int_activity__fuel') }} as activity
    left join {{ ref('fuel_group') }} as fuel_group on fuel_group.fuel_code = activity.fuel_code
    where activity.is_chosen
),

burnt_at as (
    select source_id, fuel_group, technology, energy_gj from burnt where is_outlet
    union all
    select site_id || ':' || unit_code, fuel_group, technology, energy_gj from burnt where unit_code is not null
    union all
    select site_id || place.name, fuel_group, technology, energy_gj
    from burnt, (values (':SITE'), (':REMAINDER'), (':FUEL')) as place (name)
),

summed as (
    select source_id, fuel_group, technology, {{ stable_sum('coalesce(energy_gj, 0)') }} as energy_gj
    from burnt_at
    group by source_id, fuel_group, technology
),

grouped as (
    select *, {{ stable_sum('energy_gj', 'over (partition by source_id, fuel_group)') }} as group_gj from summed
),

dominant as (
    select source_id, fuel_group, technology
    from grouped
    qualify row_number() over (
        partition by source_id order by group_gj desc, fuel_group, energy_gj desc, technology nulls last
    ) = 1
)

select
    source.source_id, source.site_id, site.industry_scheme, site.industry_code,
    site.source_class_code as family_code,
    case
        when outlet.outlet_id is not null or equipped.source_id is not null then 'equipment'
        when ends_with(source.source_id, ':SITE') or ends_with(source.source_id, ':REMAINDER') then 'plant'
        else 'part' end as place,
    report_part.part, report_part.figure_kind,
    coalesce(dominant.fuel_group, permitted.fuel_group) as fuel_group,
    coalesce(dominant.technology, equipped.technology) as technology
from source
inner join {{ ref('int_identity__site') }} as site on site.site_id = source.site_id
left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = source.source_id
left join {{ ref('fuel_group') }} as permitted on permitted.fuel_code = outlet.fuel_code
left join report_part on report_part.source_id = source.source_id
left join equipped on equipped.source_id = source.source_id
left join dominant on dominant.source_id = source.source_id
