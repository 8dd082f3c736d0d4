select
    site_id, site_name, address, region_code, industry_scheme, industry_code, source_class_code, lon_deg, lat_deg,
    management_class, rated_input_mw, valid_from, cast(null as date) as valid_to
from {{ ref('int_identity__site') }}
