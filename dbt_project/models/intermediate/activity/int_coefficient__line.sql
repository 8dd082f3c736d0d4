-- One row per line of activity and species: generated mass G = amount × (intercept + slope × parameter × (1 − retained)),
-- emitted mass E = G × (1 − η × k). Parameters are the form's own, else the default of the fuel, which is marked. The most
-- specific coefficient applies. What is always treated
-- (`needs_treatment`) is no emission without any knowledge of the treatment. What a product coefficient says of a kiln holds its fuel too, so that fuel is left out.
with activity as (
    select activity_id, site_id, source_id, is_outlet, outlet_code, unit_code, record_key, feed, fuel_code,
        cast(null as varchar) as product_code, coalesce(technology, 'unstated') as technology, period_start, period_end,
        amount, sulphur_pct, ash_pct, edition, source_file_id, row_no
    from {{ ref('int_activity__fuel') }}
    where is_chosen and amount is not null
    union all by name
    select activity_id, site_id, source_id, is_outlet, outlet_code, unit_code, record_key, feed, product_code,
        coalesce(technology, 'unstated') as technology, period_start, period_end, amount, edition, source_file_id, row_no
    from {{ ref('int_activity__product') }}
    where is_chosen
),

control as (select *, {{ make_id('T', ['treatment', 'efficiency', 'operating_rate', 'origin']) }} as tie from {{ ref('int_coefficient__control') }}),

-- Treatment of the unit, else the least of those on its outlet, else the least of the plant.
{% set places = [('unit', 'record_key, unit_code', 'unit_code'), ('outlet', 'outlet_code', 'outlet_code'), ('site', '', 'site_id')] -%}
{% for place, columns, given in places -%}
control_{{ place }} as (
    select site_id, {{ columns ~ ',' if columns }} year, species,
        arg_min(struct_pack(efficiency, operating_rate, origin, treatment_codes), (efficiency * operating_rate, tie)) as best
    from control
    where {{ given }} is not null
    group by site_id, {{ columns ~ ',' if columns }} year, species
),

{% endfor -%}
-- Which treatments of nitrogen a unit or plant has: ammonia slips through them.
slip as (
    select site_id, year, unnest(treatment_codes) as treatment_code, unit_code, outlet_code from {{ ref('int_coefficient__control') }}
),

matched as (
    select activity.*, coefficient.* exclude (fuel_code, product_code, technology, unit, valid_from, valid_to, source),
        site.industry_scheme as site_scheme, site.industry_code
    from activity
    inner join {{ ref('int_identity__site') }} as site on site.site_id = activity.site_id
    left join (select distinct record_key, unit_code, year, capacity_mw from {{ ref('stg_statistics__unit') }}) as unit
        on unit.record_key = activity.record_key and unit.unit_code = activity.unit_code
        and unit.year = year(activity.period_start) and activity.feed = 'statistics'
    inner join {{ ref('coefficient') }} as coefficient
        on (coefficient.fuel_code = activity.fuel_code or coefficient.product_code = activity.product_code)
        and coefficient.technology in ('*', activity.technology)
        and (coefficient.code_prefix = '*' or (
            coefficient.industry_scheme = site.industry_scheme and starts_with(site.industry_code, coefficient.code_prefix)
        ))
        and (coefficient.scale_min_mw is null or unit.capacity_mw >= coefficient.scale_min_mw)
        and (coefficient.scale_max_mw is null or unit.capacity_mw < coefficient.scale_max_mw)
        and activity.period_start between coefficient.valid_from and coalesce(coefficient.valid_to, date '9999-12-31')
    where coefficient.treatment_code is null or exists (
        select 1 from slip
        where slip.site_id = activity.site_id and slip.year = year(activity.period_start)
            and ends_with(slip.treatment_code, coefficient.treatment_code)  -- low_nox_scr is scr too
            and coalesce(slip.unit_code = activity.unit_code, slip.outlet_code = activity.outlet_code, true)
    )
    qualify row_number() over (
        partition by activity.activity_id, coefficient.species
        order by coefficient.technology = '*', coefficient.treatment_code is null, coefficient.code_prefix = '*',
            length(coefficient.code_prefix) desc, coalesce(coefficient.scale_min_mw, coefficient.scale_max_mw) is null,
            coefficient.valid_from desc, coefficient.coefficient_id
    ) = 1
),

parametrised as (
    select matched.*,
        case matched.parameter when 'S' then matched.sulphur_pct when 'A' then matched.ash_pct end as own_parameter,
        {% for kind in ['default', 'retained'] -%}
        (
            select arg_min(p.value, (p.fuel_code = '*', p.code_prefix = '*', p.technology = '*'))
            from {{ ref('coefficient_parameter') }} as p
            where p.parameter_kind = '{{ kind }}' and p.parameter = matched.parameter
                and p.fuel_code in ('*', matched.fuel_code) and p.technology in ('*', matched.technology)
                and (p.code_prefix = '*' or (
                    p.industry_scheme = matched.site_scheme and starts_with(matched.industry_code, p.code_prefix)
                ))
        ) as {{ kind }}_parameter{{ "," if not loop.last }}
        {% endfor %}
    from matched
),

valued as (
    select parametrised.*, parameter is not null and own_parameter is null as is_parameter_default,
        intercept + slope * coalesce(own_parameter, default_parameter, 0) * (1 - coalesce(retained_parameter, 0)) as coefficient,
        coalesce(control_unit.best, control_outlet.best, control_site.best) as control
    from parametrised
    {% for place, columns, given in places -%}
    left join control_{{ place }}
        on control_{{ place }}.site_id = parametrised.site_id and control_{{ place }}.species = parametrised.species
        and control_{{ place }}.year = year(parametrised.period_start)
        {% for column in columns.split(', ') if column -%}
        and control_{{ place }}.{{ column }} = parametrised.{{ column }}
        {% endfor -%}
    {% endfor -%}
    where parameter is null or coalesce(own_parameter, default_parameter) is not null
)

select
    activity_id, coefficient_id, calculation, site_id, source_id, is_outlet, feed, fuel_code, product_code, species,
    period_start, period_end, amount, coefficient, coalesce(own_parameter, default_parameter) as parameter_pct,
    is_parameter_default, amount * coefficient as generated_kg,
    case when stage = 'generation' then control.efficiency end as efficiency,
    case when stage = 'emission' then 'included' else coalesce(control.origin, 'unknown') end as control_origin,
    case when stage = 'generation' then control.operating_rate end as operating_rate,
    amount * coefficient * case when stage = 'generation'
        then 1 - coalesce(control.efficiency * control.operating_rate, 0) else 1 end as mass_kg,
    case when coefficient not between coalesce(min_value, 0) and coalesce(max_value, coefficient)
        then 'out_of_band: ' || coefficient_id || ' gives ' || printf('%.4g', coefficient) || ' kg per unit, credible is '
            || printf('%.4g', min_value) || ' to ' || printf('%.4g', max_value)
        when needs_treatment and control is null then 'treatment unknown: no form of the unit; '
            || printf('%.4g', amount * coefficient) || ' kg are generated, what is emitted cannot be told' end as fault,
    case when lower > 0 and upper > 0 then 50 * ln(upper / lower) end as coefficient_pct,
    covers_fuel, source_status, edition, source_file_id, row_no
from valued
where product_code is not null or not exists (
    select 1 from valued as made
    where made.product_code is not null and made.calculation <> 'process_default' and made.site_id = valued.site_id
        and made.species = valued.species and year(made.period_start) = year(valued.period_start)
        and valued.technology in ('kiln', 'unstated')
)
