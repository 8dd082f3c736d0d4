select
    outlet_id, site_id, outlet_code, outlet_name, outlet_kind, fuel_code, is_monitored, valid_from,
    cast(null as date) as valid_to
from {{ ref('int_identity__outlet') }}
