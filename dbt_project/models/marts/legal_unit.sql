select
    site.legal_code, site.site_id, coalesce(site.legal_name, site.site_name) as legal_name,
    case when length(site.legal_code) = 18 then substr(site.legal_code, 9, 9)
        when length(site.legal_code) = 9 then site.legal_code end as organisation_code,
    site.valid_from, cast(null as date) as valid_to
from {{ ref('int_identity__site') }} as site
where site.legal_code is not null
