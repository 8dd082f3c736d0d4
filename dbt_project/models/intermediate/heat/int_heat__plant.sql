-- Plants whose heat is estimated (seed estimate_scope), one row per site and year, with what the register says of them and
-- the furnace or process that their industry is known for (seed heat_factor).
with plant as (
    select
        link.site_id, head.scheme, head.record_key, head.valid_from, series.year, nullif(head.rated_input_mw, 0) as rated_input_mw,
        head.source_file_id, head.row_no,
        row_number() over (partition by link.site_id, series.year order by head.valid_from desc, head.record_key) as choice
    from {{ source('raw', 'feed_set') }} as feed_set
    inner join {{ ref('estimate_scope') }} as scope on scope.territory = feed_set.territory
    cross join unnest(generate_series(feed_set.year_first, feed_set.year_last)) as series (year)
    inner join {{ ref('stg_permit__site') }} as head on head.scheme = scope.scheme
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = head.scheme and link.record_key = head.record_key
        and {{ in_force('link', 'head.valid_from') }}
)

select
    plant.* exclude (choice), site.industry_scheme, site.industry_code, site.source_class_code,
    furnace.code_prefix as furnace_code
from plant
inner join {{ ref('int_identity__site') }} as site on site.site_id = plant.site_id
left join (select distinct industry_scheme, code_prefix from {{ ref('heat_factor') }} where code_prefix <> '*') as furnace
    on furnace.industry_scheme = site.industry_scheme and starts_with(site.industry_code, furnace.code_prefix)
where plant.choice = 1
qualify row_number() over (partition by plant.site_id, plant.year order by length(furnace.code_prefix) desc) = 1
