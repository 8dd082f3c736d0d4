select monitor_id, monitor_key, site_id, outlet_id, valid_from, valid_to
from {{ ref('int_identity__monitor') }}
