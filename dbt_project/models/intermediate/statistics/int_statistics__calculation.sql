-- The calculation form (G106) by outlet: what its lines emit together, and what the execution report says of the outlet,
-- which every line of the outlet repeats. A line must work out: generated × (1 − efficiency × operating rate) = emitted
-- (method of the coefficient handbook); where it does not, or emits more than it generates, the outlet is not used.
with line as (
    select
        *,
        coalesce(outlet_code, '') = '' as is_without_outlet,
        case
            when generated_kg is null then null
            when reduction_value is null and treatment is null then generated_kg
            when reduction_unit in ('%', '％') and reduction_value <= 100
                then generated_kg * (1 - reduction_value / 100 * coalesce(operating_rate, 1))
        end as expected_kg
    from {{ ref('stg_statistics__calculation') }}
),

judged as (
    select *,
        case
            when abs(emitted_kg - expected_kg) > 0.01 * greatest(expected_kg, emitted_kg)
                and abs(emitted_kg - expected_kg) > 0.001 * generated_kg
                then 'out_of_band: line ' || line_no || ' of the calculation form gives ' || printf('%.4g', expected_kg)
                    || ' kg (generated less treatment), it says ' || printf('%.4g', emitted_kg) || ' kg'
            when emitted_kg > 1.001 * generated_kg
                then 'out_of_band: line ' || line_no || ' of the calculation form emits ' || printf('%.4g', emitted_kg)
                    || ' kg of ' || printf('%.4g', generated_kg) || ' kg generated'
        end as fault
    from line
)

select
    scheme, record_key, outlet_code,
    case when is_without_outlet then coalesce(accounting_link, 'unassigned') end as part_code,
    species, period_start, period_end,
    {{ stable_sum('emitted_kg') }} as mass_kg,
    max(reported_kg) as reported_kg,
    arg_min(fault, line_no) filter (where fault is not null) as fault,
    {{ weakest_edition('edition') }} as edition,
    min(source_file_id) as source_file_id,
    arg_min(row_no, {'file': source_file_id, 'row': row_no}) as row_no,
    count(*) as input_count
from judged
group by all
