select
    feed, profile, scheme, record_key, record_name, site_id, region_code, given_lon_deg, given_lat_deg, kind,
    proposed_lon_deg, proposed_lat_deg, distance_km, residual_km, evidence, status, reviewer, decided_on, note
from {{ source('identity', 'coordinate_proposal') }}
