-- Own calculations line by line, as int_coefficient__line works them out.
select
    activity_id, species, coefficient_id, calculation as method_code, site_id, source_id, period_start, period_end,
    coefficient, parameter_pct, is_parameter_default, generated_kg, efficiency, operating_rate, control_origin, mass_kg, fault
from {{ ref('int_coefficient__line') }}
