-- Rows that were read but are withheld, one per row of a file (a row may hold several values), with the band in the sentence.
with withheld as (
    select
        declared.source_file_id, declared.row_no, 'permit__report' as table_name, 'mass_kg' as column_name,
        declared.mass_kg as value_kg, breach.reason,
        declared.species || ' of ' || declared.record_key || coalesce(' ' || split_part(declared.source_id, ':', 2), '')
        || ' ' || declared.period_start || ' to ' || declared.period_end as subject,
        declared.period_start as day
    from {{ ref('int_permit__report_breach') }} as breach
    inner join {{ ref('int_permit__declared') }} as declared on declared.report_id = breach.report_id
    union all
    select
        permit_limit.source_file_id, permit_limit.row_no, 'permit__limit', 'permitted_kg',
        permit_limit.permitted_kg, breach.reason,
        'permitted ' || permit_limit.species || ' of ' || permit_limit.record_key || ' '
        || coalesce(permit_limit.outlet_code, 'SITE') || ' from ' || permit_limit.valid_from,
        permit_limit.valid_from
    from {{ ref('int_permit__limit_breach') }} as breach
    inner join {{ ref('int_permit__limit') }} as permit_limit on permit_limit.limit_id = breach.limit_id
),

ordered as (
    select
        *, row_number() over row_of_file as choice,
        count(*) over (partition by source_file_id, row_no) as values_withheld
    from withheld
    window row_of_file as (
        partition by source_file_id, row_no order by day, table_name, subject, value_kg
    )
)

select
    source_file_id, row_no, 'quarantine' as stage, table_name, column_name, cast(value_kg as varchar) as value,
    split_part(reason, ':', 1) as reason_code,
    subject || ': ' || substr(reason, instr(reason, ': ') + 2)
    || case when values_withheld > 1 then ' (and ' || values_withheld - 1 || ' more of this row)' else '' end
    || '. The row is kept, its value is not used; correct value, unit or permit number and deliver the form again.'
    as message
from ordered
where choice = 1
