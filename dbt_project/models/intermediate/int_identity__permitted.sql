-- Permitted amounts by source: the outlet where the permit gives one, <site>:SITE for the plant's total.
select
    link.site_id, coalesce(outlet.outlet_id, link.site_id || ':SITE') as source_id,
    outlet.outlet_id is null as is_site_total, permit_limit.species, permit_limit.year,
    {{ stable_sum('permit_limit.permitted_kg') }} as permitted_kg
from {{ ref('stg_permit__limit') }} as permit_limit
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'permit' and link.scheme = permit_limit.scheme and link.record_key = permit_limit.record_key
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = link.site_id and outlet.outlet_code = permit_limit.outlet_code
where permit_limit.outlet_code is null or outlet.outlet_id is not null
group by all
