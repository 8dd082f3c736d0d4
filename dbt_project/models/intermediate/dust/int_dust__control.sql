-- What holds the dust back at each outlet, and at a plant's largest unit (<site>:SITE), by year of the form: penetration
-- of fine (up to 2.5 µm), medium (to 10 µm) and coarse dust through the whole chain. A wet desulphurisation is part of
-- the chain; a form that names no control of dust, or none that the words of fine_dust_control know, gives no row.
with form as (
    select
        link.site_id, {{ site_outlet('link', 'unit.outlet_code') }} as outlet_code, unit.year, unit.control_pm as dust_text,
        unit.control_so2 as gas_text, 1 as form_order, coalesce(unit.rated_mw, 0) as size_mw, unit.unit_code as part
    from {{ ref('stg_statistics__unit') }} as unit
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = unit.scheme and link.record_key = unit.record_key
        and {{ in_force('link', 'unit.valid_from') }}
    where unit.control_pm is not null
    union all by name
    select
        link.site_id, {{ site_outlet('link', 'line.outlet_code') }} as outlet_code, year(line.period_start) as year,
        min(line.treatment) filter (where line.species = 'PM') as dust_text,
        min(line.treatment) filter (where line.species = 'SO2') as gas_text, 2 as form_order, 0 as size_mw, '' as part
    from {{ ref('stg_statistics__calculation') }} as line
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = line.scheme and link.record_key = line.record_key
        and {{ in_force('link', 'line.period_start') }}
    where coalesce(line.outlet_code, '') <> ''
    group by all
    having dust_text is not null
),

chosen as (
    select site_id || ':' || outlet_code as source_id, year, dust_text, coalesce(gas_text, '') as gas_text
    from form
    where outlet_code is not null
    qualify row_number() over (
        partition by site_id, outlet_code, year order by form_order, size_mw desc, part, dust_text
    ) = 1
    union all by name
    select site_id || ':SITE' as source_id, year, dust_text, coalesce(gas_text, '') as gas_text
    from form
    qualify row_number() over (
        partition by site_id, year order by form_order, size_mw desc, outlet_code, part, dust_text
    ) = 1
),

chain as (
    select
        dust_text, gas_text, len(string_split_regex(dust_text, '[+＋、,，;；/]')) as dust_parts,
        string_split_regex(dust_text || '+' || gas_text, '[+＋、,，;；/]') as parts
    from (select distinct dust_text, gas_text from chosen)
),

part as (
    select dust_text, gas_text, dust_parts, unnest(parts) as part, generate_subscripts(parts, 1) as part_no from chain
),

-- The longest word says most ("wet electrostatic" is no dry one); a device named twice is one device.
device as (
    select part.*, control.* exclude (word, source)
    from part
    inner join {{ ref('fine_dust_control') }} as control on contains(part.part, control.word)
    qualify row_number() over (
        partition by part.dust_text, part.gas_text, part.part_no order by length(control.word) desc, control.word
    ) = 1
),

single as (
    select * from device
    qualify row_number() over (partition by dust_text, gas_text, treatment_code order by part_no) = 1
),

passed as (
    select
        dust_text, gas_text, string_agg(treatment_code, ' > ' order by part_no) as treatment,
        list_reduce(list(1 - fine_pct / 100 order by part_no), lambda a, b: a * b) as fine_penetration,
        list_reduce(list(1 - medium_pct / 100 order by part_no), lambda a, b: a * b) as medium_penetration,
        list_reduce(list(1 - coarse_pct / 100 order by part_no), lambda a, b: a * b) as coarse_penetration,
        {{ stable_sum('odds_sigma * odds_sigma') }} as odds_variance,
        {{ status_name('max(' ~ status_rank('source_status') ~ ')') }} as source_status
    from single
    group by dust_text, gas_text
    having min(part_no) <= min(dust_parts)
)

select chosen.source_id, chosen.year, passed.* exclude (dust_text, gas_text)
from chosen
inner join passed using (dust_text, gas_text)
