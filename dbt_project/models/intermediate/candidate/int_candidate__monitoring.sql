-- What monitoring offers: one value per outlet, species and month. A month of a quarter below the capture floor stays
-- in the ledger but may not win. Points that watch one outlet together (its ducts) add up, and all must be usable.
with outlet_month as (
    select
        site_id, source_id, species, month, scheme,
        {{ stable_sum('mass_kg') }} as mass_kg,
        bool_and(is_usable) as is_usable, min(slip) as slip, min(capture) as capture, min(rule_set) as rule_set,
        case when sum(calendar_hours) > sum(stopped_hours)
            then sum(accepted_hours) / (sum(calendar_hours) - sum(stopped_hours)) else 1 end as coverage,
        sum(reported_hours) as reported_hours,
        case when count(distinct source_file_id) = 1 and count(source_file_id) = count(*)
            then min(source_file_id) end as source_file_id
    from {{ ref('int_monitoring__month') }}
    group by site_id, source_id, species, month, scheme
    -- A month without a single report (not come yet, or the platform was down) offers nothing.
    having sum(reported_hours) + sum(filled_hours) + sum(stopped_hours) > 0
)

select
    'outlet' as scope, month.site_id, month.source_id, cast(null as varchar) as part_code,
    month.species, month.month as period_start, last_day(month.month) as period_end,
    month.mass_kg, method_map.method_code, 'monitoring' as feed,
    month.is_usable and month.slip is null as is_eligible,
    case
        when month.slip is not null
            then 'unit slip: flow x concentration is ' || month.slip || ' of the reported mass; it is shown, not corrected'
        when not month.is_usable
            then 'quarterly capture ' || round(100 * coalesce(month.capture, 0), 1) || ' % is below what rule set '
                || month.rule_set || ' asks for' end as ineligible_reason,
    month.coverage, month.source_file_id, cast(null as bigint) as row_no,
    cast(greatest(month.reported_hours, 1) as bigint) as input_count, 'none' as factor_status
from outlet_month as month
inner join (
    select scheme, method_code from {{ ref('method_map') }} where feed = 'monitoring'
) as method_map
    on method_map.scheme = month.scheme
    or (
        method_map.scheme = '*'
        and month.scheme not in (select scheme from {{ ref('method_map') }} where feed = 'monitoring')
    )
