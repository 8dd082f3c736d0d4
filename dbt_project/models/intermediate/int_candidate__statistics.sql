-- What statistics and yearly reports offer: totals of plants, values of outlets, and parts of a broken-down total.
with offered as (
    select
        case when emission.outlet_code is not null then 'outlet'
            when emission.part_code is not null then 'unit' else 'site' end as scope,
        emission.scheme, emission.record_key, emission.outlet_code, emission.part_code, emission.species,
        emission.period_start, emission.period_end, emission.mass_kg, emission.co2e_kg, emission.source_file_id,
        emission.row_no
    from {{ ref('stg_statistics__emission') }} as emission
    where emission.species <> 'CO2E'
    union all by name
    select 'unit' as scope, part.* from {{ ref('int_statistics__part') }} as part
),

-- A plant total whose parts are given serves as a check only: the parts carry it. Parts that fall short of it by more
-- than rounding do not: then the total stays, for what they leave out.
broken_down as (
    select scheme, record_key, species, period_start, period_end
    from offered
    group by scheme, record_key, species, period_start, period_end
    having
        bool_or(scope <> 'site')
        and coalesce({{ stable_sum("case when scope <> 'site' then mass_kg end") }}, 0)
        >= 0.999 * coalesce(max(mass_kg) filter (where scope = 'site'), 0)
),

method_choice as (
    select
        offered.*,
        method_map.method_code,
        row_number() over (
            partition by offered.scheme, offered.record_key, offered.scope, offered.outlet_code, offered.part_code,
                offered.species, offered.period_start, offered.period_end, offered.source_file_id, offered.row_no
            order by method_map.scheme = '*', method_map.method_code
        ) as choice
    from offered
    inner join {{ ref('method_map') }} as method_map
        on method_map.feed = 'statistics'
        and method_map.scheme in (offered.scheme, '*')
        and method_map.basis = case when offered.scope = 'site' then 'site' else 'unit' end
)

select
    offered.scope, link.site_id,
    case offered.scope
        when 'site' then link.site_id || ':SITE'
        when 'unit' then link.site_id || ':' || offered.part_code
        else outlet.outlet_id end as source_id,
    offered.part_code, part_scope.covers, offered.species, offered.period_start, offered.period_end, offered.mass_kg,
    offered.co2e_kg, offered.method_code, 'statistics' as feed,
    offered.mass_kg is not null and not (offered.scope = 'site' and broken_down.species is not null) as is_eligible,
    case
        when offered.mass_kg is null
            then 'a mixture of gases known only as CO2 equivalent: its mass is unknown until the gases are given'
        when offered.scope = 'site' and broken_down.species is not null
            then 'scope: the report breaks this total down, its parts are used'
    end as ineligible_reason,
    cast(null as double) as coverage, offered.source_file_id, offered.row_no, 1 as input_count,
    'none' as factor_status
from method_choice as offered
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'statistics' and link.scheme = offered.scheme and link.record_key = offered.record_key
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = link.site_id and outlet.outlet_code = offered.outlet_code
left join broken_down
    on broken_down.scheme = offered.scheme and broken_down.record_key = offered.record_key
    and broken_down.species = offered.species and broken_down.period_start = offered.period_start
    and broken_down.period_end = offered.period_end
left join {{ ref('part_scope') }} as part_scope
    on part_scope.scheme = offered.scheme and part_scope.part_code = offered.part_code
    and part_scope.species in ('*', offered.species)
    and offered.period_start between part_scope.valid_from and coalesce(part_scope.valid_to, date '9999-12-31')
where offered.choice = 1
