-- Own calculation from the chosen activity data. CO2 by carbon balance: fuel × NCV × carbon content × oxidation × 44/12
-- (IPCC 2006 vol. 2 ch. 2; 24-guide form), or fuel × tested carbon × oxidation × 44/12; other gases per energy or amount of
-- fuel. All defaults of one line come from one set. Fuels whose carbon is biogenic yield CO2_bio. Where the plant's process
-- emits the same gas (int_candidate__coefficient), the fuel is its part FUEL; where it should and no output is known, the
-- fuel may not stand for the plant. What a process coefficient already holds (coke in pig iron) is left out.
{% set burnt = 'case when oxidation.lower > 0 then 50 * ln(oxidation.upper / oxidation.lower) else 0 end' %}
with process as (
    select site_id, species, year(period_start) as year, string_split(string_agg(coalesce(covers_fuel, ''), '|'), '|') as covered
    from {{ ref('int_coefficient__line') }}
    where calculation = 'process_default' and fault is null
    group by all
),

activity as (
    select activity.*, fuel.is_biogenic, site.source_class_code,
        -- Half-width of the calorific value, the amount of fuel included.
        {{ combine_pct([
            "part.amount_pct",
            "case activity.origin when 'tested_ncv' then part.tested_pct when 'form_ncv' then part.form_pct when 'metered' then 0 else coalesce(50 * ln(activity.ncv_upper / activity.ncv_lower), part.default_pct) end",
        ]) }} as energy_pct,
        part.amount_pct
    from {{ ref('int_activity__fuel') }} as activity
    inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = activity.fuel_code
    inner join {{ ref('int_identity__site') }} as site on site.site_id = activity.site_id
    cross join (
        select
            {% for name, component in [('amount', 'activity_amount'), ('tested', 'tested_ncv'), ('form', 'form_ncv'), ('default', 'default_ncv')] -%}
            coalesce(max(uncertainty_pct) filter (where component = '{{ component }}'), 0) as {{ name }}_pct{{ "," if not loop.last }}
            {% endfor %}
        from {{ ref('uncertainty_component') }}
    ) as part
    where activity.is_chosen
),

carbon as (
    select
        activity.*,
        case when activity.is_biogenic then 'CO2_bio' else 'CO2' end as species,
        case when activity.carbon_pct is not null and activity.unit = 't' then activity.amount * activity.carbon_pct / 100
            else activity.energy_gj * content.value end * oxidation.value * 44 / 12 * 1000 as mass_kg,
        case when activity.is_tested then 'fuel_tested' else 'fuel_default' end as method_code,
        case when activity.carbon_pct is not null then oxidation.source_status
            else {{ weakest_status(['content.source_status', 'oxidation.source_status']) }} end as factor_status,
        case when activity.carbon_pct is null then content.factor_id end as shared_key,
        case
            when activity.carbon_pct is not null then {{ combine_pct(['activity.amount_pct', burnt]) }}
            when content.lower > 0
                then {{ combine_pct(['activity.energy_pct', '50 * ln(content.upper / content.lower)', burnt]) }}
        end as line_pct
    from activity
    inner join {{ ref('factor') }} as content
        on content.factor_kind = 'carbon_content' and content.fuel_code = activity.fuel_code
        and content.factor_set = coalesce(activity.factor_set, content.factor_set)
        and activity.period_start between content.valid_from and coalesce(content.valid_to, date '9999-12-31')
    inner join {{ ref('factor') }} as oxidation
        on oxidation.factor_kind = 'oxidation' and oxidation.fuel_code = activity.fuel_code
        and oxidation.factor_set = content.factor_set
        and activity.period_start between oxidation.valid_from and coalesce(oxidation.valid_to, date '9999-12-31')
    qualify row_number() over (partition by activity.activity_id order by content.factor_set) = 1
),

factored as (
    select
        activity.*, factor.species,
        case factor.factor_kind
            when 'emission_per_energy' then activity.energy_gj / 1000 * factor.value
            else activity.amount * factor.value end as mass_kg,
        'fuel_default' as method_code,
        factor.source_status as factor_status, factor.factor_id as shared_key,
        case when factor.lower > 0 then {{ combine_pct([
            "case factor.factor_kind when 'emission_per_energy' then activity.energy_pct else activity.amount_pct end",
            '50 * ln(factor.upper / factor.lower)',
        ]) }} end as line_pct
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

placed as (
    select line.*, process.site_id is not null as is_part,
        bool_and(line.is_outlet) over (partition by line.site_id, line.species, year(line.period_start)) as is_by_outlet
    from (select * from carbon union all by name select * from factored) as line
    left join process
        on process.site_id = line.site_id and process.species = line.species and process.year = year(line.period_start)
    where line.mass_kg is not null and not list_contains(coalesce(process.covered, []), line.fuel_code)
),

summed as (
    select
        case when is_part then 'unit' when is_by_outlet then 'outlet' else 'site' end as scope, site_id,
        case when is_part then site_id || ':FUEL' when is_by_outlet then source_id else site_id || ':SITE' end as source_id,
        case when is_part then 'FUEL' end as part_code, species, period_start, period_end, feed,
        {{ stable_sum('mass_kg') }} as mass_kg,
        min(method_code) as method_code,
        {{ status_name('max(' ~ status_rank('factor_status') ~ ')') }} as factor_status,
        case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id,
        case when count(distinct row_no) = 1 then min(row_no) end as row_no,
        {{ weakest_edition('edition') }} as edition, count(*) as input_count,
        -- Errors of one line with another add up: they may have one cause. Without bounds the method's default counts.
        case when count(line_pct) = count(*) then
            {{ stable_sum('mass_kg * line_pct') }} / nullif({{ stable_sum('mass_kg') }}, 0) end as uncertainty_pct,
        arg_max(shared_key, (mass_kg, shared_key)) as shared_key,
        not bool_and(is_tested and method_code = 'fuel_tested') as is_default
    from placed
    group by all
)

select
    summed.scope, summed.site_id, summed.source_id, summed.part_code, summed.species, summed.period_start,
    summed.period_end, summed.mass_kg, summed.method_code, summed.feed, true as is_own_calculation,
    process_industry.code_prefix is null or summed.species <> 'CO2' or summed.part_code is not null as is_eligible,
    case when process_industry.code_prefix is not null and summed.species = 'CO2' and summed.part_code is null
        then 'fuel carbon only: industry ' || site.industry_code || ' also emits process CO2' end as ineligible_reason,
    cast(null as double) as coverage, summed.edition, summed.source_file_id, summed.row_no, summed.input_count,
    summed.factor_status, summed.uncertainty_pct, summed.shared_key, summed.is_default
from summed
inner join {{ ref('int_identity__site') }} as site on site.site_id = summed.site_id
left join (select industry_scheme, code_prefix from {{ ref('process_industry') }}) as process_industry
    on process_industry.industry_scheme = site.industry_scheme and starts_with(site.industry_code, process_industry.code_prefix)
