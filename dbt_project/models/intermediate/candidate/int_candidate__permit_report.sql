-- What permit holders declare. A declaration outside its sanity band is kept but may not win.
select
    declared.scope, declared.site_id, declared.source_id, cast(null as varchar) as part_code, declared.species,
    declared.period_start, declared.period_end, declared.mass_kg, method_map.method_code, 'permit' as feed,
    breach.reason is null as is_eligible, breach.reason as ineligible_reason,
    cast(null as double) as coverage, declared.source_file_id, declared.row_no, 1 as input_count,
    'none' as factor_status
from {{ ref('int_permit__declared') }} as declared
left join {{ ref('int_permit__report_breach') }} as breach on breach.report_id = declared.report_id
inner join {{ ref('method_map') }} as method_map
    on method_map.feed = 'permit' and method_map.basis = coalesce(declared.basis, 'unstated')
