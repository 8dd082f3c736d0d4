-- What statistics and yearly reports offer: totals of plants, values of outlets, and parts of a broken-down total; beside
-- them, never to win, what an earlier edition of the form said and what the form repeats from the execution report.
with offered as (
    select 'statistics' as method_feed, case when scope = 'site' then 'site' else 'unit' end as basis, * exclude (origin, repeats_key)
    from {{ ref('int_statistics__offered') }}
    union all by name
    select
        'statistics' as method_feed,
        case when outlet_code is null and part_code is null then 'site' else 'unit' end as basis,
        case when outlet_code is not null then 'outlet' when part_code is not null then 'unit' else 'site' end as scope,
        scheme, record_key as head_key, outlet_code, part_code, species, period_start, period_end, mass_kg, co2e_kg,
        edition, source_file_id, row_no, 1 as input_count,
        'superseded: a firmer edition of the form counts, this is the ' || edition || ' one' as ineligible_reason
    from {{ ref('stg_statistics__emission_earlier') }}
    where species <> 'CO2E'
    union all by name
    select
        'permit' as method_feed, 'unstated' as basis, 'outlet' as scope, scheme, record_key as head_key, outlet_code,
        species, period_start, period_end, reported_kg as mass_kg, edition, source_file_id, row_no, input_count,
        'repeats the execution report' as ineligible_reason
    from {{ ref('int_statistics__calculation') }}
    where reported_kg is not null and outlet_code is not null
),

method_choice as (
    select
        offered.*,
        method_map.method_code,
        row_number() over (
            partition by offered.scheme, offered.head_key, offered.method_feed, offered.basis, offered.scope,
                offered.outlet_code, offered.part_code, offered.species, offered.period_start, offered.period_end,
                offered.edition, offered.ineligible_reason, offered.source_file_id, offered.row_no
            order by method_map.scheme = '*', method_map.method_code
        ) as choice
    from offered
    inner join {{ ref('method_map') }} as method_map
        on method_map.feed = offered.method_feed
        and method_map.scheme in (offered.scheme, '*')
        and method_map.basis = offered.basis
),

-- What the permit feed itself says of the outlet in that time: its yearly report, else its shorter ones together.
declared as (
    select site_id, source_id, species, year(period_start) as year,
        coalesce(
            max(mass_kg) filter (where date_diff('day', period_start, period_end) > 300), {{ stable_sum('mass_kg') }}
        ) as mass_kg
    from {{ ref('int_candidate__permit_report') }}
    where is_eligible
    group by all
)

select
    offered.scope, link.site_id,
    case offered.scope
        when 'site' then link.site_id || ':SITE'
        when 'unit' then link.site_id || ':' || offered.part_code
        else outlet.outlet_id end as source_id,
    offered.part_code, part_scope.covers, offered.species, offered.period_start, offered.period_end, offered.mass_kg,
    offered.co2e_kg, offered.method_code, 'statistics' as feed,
    offered.ineligible_reason is null as is_eligible,
    case
        when offered.method_feed = 'statistics' then offered.ineligible_reason
        when declared.mass_kg is null then 'repeats an execution report that the permit feed lacks'
        else 'repeats the execution report, of which the permit feed says ' || printf('%.6g', declared.mass_kg) || ' kg'
    end as ineligible_reason,
    cast(null as double) as coverage, offered.edition, offered.source_file_id, offered.row_no, offered.input_count,
    'none' as factor_status
from method_choice as offered
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'statistics' and link.scheme = offered.scheme and link.record_key = offered.head_key
    and {{ in_force('link', 'offered.period_start') }}
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = link.site_id and outlet.outlet_code = {{ site_outlet('link', 'offered.outlet_code') }}
left join declared
    on declared.source_id = outlet.outlet_id and declared.species = offered.species
    and declared.year = year(offered.period_start)
left join {{ ref('part_scope') }} as part_scope
    on part_scope.scheme = offered.scheme and part_scope.part_code = offered.part_code
    and part_scope.species in ('*', offered.species)
    and offered.period_start between part_scope.valid_from and coalesce(part_scope.valid_to, date '9999-12-31')
where offered.choice = 1
