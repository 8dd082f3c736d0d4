-- Fuels that a register names as text, one row each: separated by semicolons (contract permit__site), each with a mean
-- calorific value in brackets where the register gives one. Amounts and shares are not stated. A name that the seed does
-- not know stays, without a code.
with part as (
    select
        site.scheme, site.record_key, site.valid_from, site.source_file_id, site.row_no,
        unnest(string_split(site.fuel_text, ';')) as text,
        generate_subscripts(string_split(site.fuel_text, ';'), 1) as fuel_no
    from {{ ref('stg_permit__site') }} as site
    where site.fuel_text is not null
),

spelt as (
    select
        * exclude (text),
        trim(regexp_replace(text, '\s*\([^()]*[0-9]\s*[kM]J/[^()]*\)', '')) as fuel_name,
        regexp_extract(text, '\([^()]*?([0-9]+(?:[.][0-9]+)?)\s*([kM]J)/([a-z0-9]+)\)', ['value', 'joule', 'per']) as ncv
    from part
)

select
    spelt.scheme, spelt.record_key, spelt.valid_from, spelt.fuel_no, spelt.fuel_name, fuel_name.fuel_code,
    fuel_name.fuel_name is not null as is_known,
    try_cast(spelt.ncv.value as double) / case spelt.ncv.joule when 'kJ' then 1000 else 1 end as stated_ncv_mj,
    nullif(spelt.ncv.per, '') as stated_ncv_per,
    spelt.source_file_id, spelt.row_no
from spelt
left join {{ ref('fuel_name') }} as fuel_name
    on fuel_name.scheme = spelt.scheme and fuel_name.fuel_name = spelt.fuel_name
where spelt.fuel_name <> ''
