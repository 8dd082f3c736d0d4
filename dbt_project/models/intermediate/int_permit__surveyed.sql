-- Statistics totals of plants by species and year, as a reference for what permits and their holders say.
select link.site_id, emission.species, year(emission.period_start) as year,
    {{ stable_sum('emission.mass_kg') }} as mass_kg
from {{ ref('stg_statistics__emission') }} as emission
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'statistics' and link.scheme = emission.scheme and link.record_key = emission.record_key
    and {{ in_force('link', 'emission.period_start') }}
where emission.mass_kg > 0
group by link.site_id, emission.species, year(emission.period_start)
