select
    permit.scheme, permit.record_key as permit_key, link.site_id, permit.legal_code, permit.management_class,
    permit.change_kind, permit.issued_on, permit.valid_from, permit.valid_to
from {{ ref('stg_permit__site') }} as permit
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'permit' and link.scheme = permit.scheme and link.record_key = permit.record_key
