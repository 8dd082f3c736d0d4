-- What the statistics say of plants by species and year, once, as a reference for what permits and their holders say.
select link.site_id, offered.species, year(offered.period_start) as year,
    {{ stable_sum('offered.mass_kg') }} as mass_kg
from {{ ref('int_statistics__offered') }} as offered
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'statistics' and link.scheme = offered.scheme and link.record_key = offered.head_key
    and {{ in_force('link', 'offered.period_start') }}
where offered.mass_kg > 0 and offered.ineligible_reason is null
group by link.site_id, offered.species, year(offered.period_start)
