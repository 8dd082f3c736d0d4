-- What permit holders declare in execution reports, at its site and source. A registration (登记) has no report and no
-- limits: what arrives under its number is known as such.
with register as (
    select scheme, record_key, bool_and(management_class = 'registration') as is_registration
    from {{ ref('stg_permit__site') }}
    group by scheme, record_key
)

select
    {{ make_id('R', ['report.source_file_id', 'report.row_no', 'report.scheme', 'report.record_key', 'report.outlet_code',
                     'report.species', 'report.period_start', 'report.period_end']) }} as report_id,
    report.scheme, report.record_key, link.site_id, coalesce(outlet.outlet_id, link.site_id || ':SITE') as source_id,
    case when report.outlet_code is null then 'site' else 'outlet' end as scope,
    report.species, report.period_start, report.period_end, year(report.period_start) as year,
    date_diff('day', report.period_start, report.period_end) + 1 as days,
    report.mass_kg, report.basis, coalesce(register.is_registration, false) as is_registration,
    report.source_file_id, report.row_no
from {{ ref('stg_permit__report') }} as report
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'permit' and link.scheme = report.scheme and link.record_key = report.record_key
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = link.site_id and outlet.outlet_code = {{ site_outlet('link', 'report.outlet_code') }}
left join register on register.scheme = report.scheme and register.record_key = report.record_key
