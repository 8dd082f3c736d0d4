-- What monitoring offers: one value per outlet, species and month. A month of a quarter below the capture floor stays
-- in the ledger but may not win.
select
    'outlet' as scope, month.site_id, month.source_id, cast(null as varchar) as part_code,
    month.species, month.month as period_start, last_day(month.month) as period_end,
    month.mass_kg, method_map.method_code, 'monitoring' as feed,
    month.is_usable as is_eligible,
    case when not month.is_usable
        then 'quarterly capture ' || round(100 * month.capture, 1) || ' % is below what rule set '
            || month.rule_set || ' asks for' end as ineligible_reason,
    month.coverage, month.source_file_id, cast(null as bigint) as row_no,
    greatest(month.reported_hours, 1) as input_count, 'none' as factor_status
from {{ ref('int_monitoring__month') }} as month
inner join (
    select scheme, method_code from {{ ref('method_map') }} where feed = 'monitoring'
) as method_map
    on method_map.scheme = month.scheme
    or (
        method_map.scheme = '*'
        and month.scheme not in (select scheme from {{ ref('method_map') }} where feed = 'monitoring')
    )
