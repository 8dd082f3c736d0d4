-- Own calculation with coefficients and balances (int_coefficient__line), summed to what it covers: the outlet if all lines of
-- the plant's year have one, else the plant. Gases of the process are a part of the plant (PROCESS) beside its fuel (FUEL,
-- int_candidate__fuel). A sum is as weak as its weakest line: method, status, default, fault.
with placed as (
    select *,
        calculation = 'process_default' as is_process,
        bool_and(is_outlet) over year_of_site as is_by_outlet,
        -- A year of output beside quarters of fuel: only the year holds both.
        count(fuel_code) over year_of_site > 0 and count(product_code) over year_of_site > 0 as is_mixed
    from {{ ref('int_coefficient__line') }}
    window year_of_site as (partition by site_id, species, year(period_start), calculation = 'process_default')
),

summed as (
    select
        case when is_process then 'unit' when is_by_outlet then 'outlet' else 'site' end as scope, site_id,
        case when is_process then site_id || ':PROCESS' when is_by_outlet then source_id else site_id || ':SITE' end
            as source_id,
        case when is_process then 'PROCESS' end as part_code, species,
        case when is_mixed then cast(date_trunc('year', period_start) as date) else period_start end as period_start,
        case when is_mixed then make_date(year(period_start), 12, 31) else period_end end as period_end,
        {{ stable_sum('mass_kg') }} as mass_kg,
        arg_max(calculation, case calculation when 'mass_balance' then 1 when 'process_default' then 2
            when 'fuel_coefficient' then 3 else 4 end) as method_code,
        max(feed) as feed, min(fault) as fault,
        {{ weakest_edition('edition') }} as edition,
        case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id,
        case when count(distinct row_no) = 1 then min(row_no) end as row_no,
        count(*) as input_count,
        {{ status_name('max(' ~ status_rank('source_status') ~ ')') }} as factor_status,
        -- Bounds of one line with another add up: their errors may have one cause.
        case when count(coefficient_pct) = count(*) then
            {{ stable_sum('mass_kg * coefficient_pct') }} / nullif({{ stable_sum('mass_kg') }}, 0) end as coefficient_pct,
        string_agg(distinct coefficient_id, '|' order by coefficient_id) as coefficient_ids,
        'coefficient.' || arg_max(coefficient_id, (mass_kg, coefficient_id)) as shared_key,
        bool_or(calculation <> 'mass_balance' or is_parameter_default or control_origin <> 'form') as is_default
    from placed
    group by all
),

component as (
    select max(uncertainty_pct) as amount_pct from {{ ref('uncertainty_component') }} where component = 'activity_amount'
)

select
    summed.* exclude (fault, coefficient_pct), true as is_own_calculation, summed.fault is null as is_eligible,
    summed.fault as ineligible_reason, cast(null as double) as coverage,
    case when coefficient_pct is not null then {{ combine_pct(['coefficient_pct', 'component.amount_pct']) }} end
        as uncertainty_pct
from summed
cross join component
