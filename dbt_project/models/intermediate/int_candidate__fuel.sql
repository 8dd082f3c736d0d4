-- Own calculation from the chosen activity data. CO2 by carbon balance: fuel x NCV x carbon content x oxidation x 44/12
-- (IPCC 2006 vol. 2 ch. 2; 24-guide form); other gases per energy or per amount of fuel. Fuels whose carbon is
-- biogenic yield CO2_bio. Where an industry also emits process CO2 the fuel part may not stand for the plant.
with activity as (
    select activity.*, fuel.is_biogenic, site.source_class_code
    from {{ ref('int_activity__fuel') }} as activity
    inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = activity.fuel_code
    inner join {{ ref('int_identity__site') }} as site on site.site_id = activity.site_id
    where activity.is_chosen
),

carbon as (
    select
        activity.*,
        case when activity.is_biogenic then 'CO2_bio' else 'CO2' end as species,
        activity.energy_gj * content.value * oxidation.value * 44 / 12 * 1000 as mass_kg,
        case when activity.is_tested then 'fuel_tested' else 'fuel_default' end as method_code,
        {{ weakest_status(['content.source_status', 'oxidation.source_status']) }} as factor_status
    from activity
    inner join {{ ref('factor') }} as content
        on content.factor_kind = 'carbon_content' and content.fuel_code = activity.fuel_code
        and activity.period_start between content.valid_from and coalesce(content.valid_to, date '9999-12-31')
    inner join {{ ref('factor') }} as oxidation
        on oxidation.factor_kind = 'oxidation' and oxidation.fuel_code = activity.fuel_code
        and activity.period_start between oxidation.valid_from and coalesce(oxidation.valid_to, date '9999-12-31')
),

factored as (
    select
        activity.*, factor.species,
        case factor.factor_kind
            when 'emission_per_energy' then activity.energy_gj / 1000 * factor.value
            else activity.amount * factor.value end as mass_kg,
        case when factor.species in ('CO2', 'CO2_bio', 'CH4', 'N2O') then 'fuel_default'
            else 'fuel_coefficient' end as method_code,
        factor.source_status as factor_status
    from activity
    inner join {{ ref('factor') }} as factor
        on factor.factor_kind in ('emission_per_energy', 'emission_per_amount')
        and factor.fuel_code = activity.fuel_code
        and factor.source_class_code in ('*', activity.source_class_code)
        and factor.technology in ('*', activity.technology)
        and activity.period_start between factor.valid_from and coalesce(factor.valid_to, date '9999-12-31')
    -- The most specific factor: technology before class before the general one.
    qualify row_number() over (
        partition by activity.activity_id, factor.species
        order by factor.technology = '*', factor.source_class_code = '*', factor.valid_from desc, factor.factor_id
    ) = 1
),

summed as (
    select
        site_id, source_id, is_outlet, species, period_start, period_end, feed,
        {{ stable_sum('mass_kg') }} as mass_kg,
        min(method_code) as method_code,
        {{ status_name('max(' ~ status_rank('factor_status') ~ ')') }} as factor_status,
        case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id,
        case when count(distinct row_no) = 1 then min(row_no) end as row_no,
        {{ weakest_edition('edition') }} as edition, count(*) as input_count
    from (select * from carbon union all by name select * from factored)
    where mass_kg is not null
    group by site_id, source_id, is_outlet, species, period_start, period_end, feed
)

select
    case when summed.is_outlet then 'outlet' else 'site' end as scope, summed.site_id, summed.source_id,
    cast(null as varchar) as part_code, summed.species, summed.period_start, summed.period_end, summed.mass_kg,
    summed.method_code, summed.feed, true as is_own_calculation,
    process.code_prefix is null or summed.species <> 'CO2' as is_eligible,
    case when process.code_prefix is not null and summed.species = 'CO2'
        then 'fuel carbon only: industry ' || site.industry_code || ' also emits process CO2' end as ineligible_reason,
    cast(null as double) as coverage, summed.edition, summed.source_file_id, summed.row_no, summed.input_count, summed.factor_status,
    cast(null as double) as uncertainty_pct, cast(null as varchar) as shared_key, true as is_default
from summed
inner join {{ ref('int_identity__site') }} as site on site.site_id = summed.site_id
left join (select industry_scheme, code_prefix from {{ ref('process_industry') }}) as process
    on process.industry_scheme = site.industry_scheme and starts_with(site.industry_code, process.code_prefix)
