-- How much of a species the treatment of each unit or outlet takes out: the form's own efficiency if it is credible for
-- such a treatment (0 to the most that it reaches), else that of the words of the form (control_term; several combine to
-- 1 − Π(1 − η)), else nothing: a form that names no treatment of a unit says that there is none. `operating_rate` is k of the coefficient handbook: the share of hours in which it ran.
{% set pollutants = {'SO2': 'so2', 'NOx': 'nox', 'PM': 'pm', 'PM10': 'pm', 'PM2.5': 'pm'} -%}
{% set bare = "upper(regexp_replace(treatment, '[^\\pL\\pN]', '', 'g'))" -%}
with stated as (
    {% for species, control in pollutants.items() -%}
    select scheme, record_key, unit_code, outlet_code, valid_from as day, '{{ species }}' as species,
        control_{{ control }} as treatment, control_{{ control }}_efficiency_pct as efficiency_pct,
        control_{{ control }}_operating_pct / 100 as operating_rate
    from {{ ref('stg_statistics__unit') }}
    union all
    {% endfor -%}
    select scheme, record_key, cast(null as varchar), outlet_code, period_start, species, treatment,
        case when reduction_unit in ('%', '％') then reduction_value end, operating_rate
    from {{ ref('stg_statistics__calculation') }}
    where species not in ('{{ pollutants.keys() | join("', '") }}') and treatment is not null
),

-- The longest word first, so that one word inside another is not read twice.
word as (
    select treatment, unnest(list_distinct(regexp_extract_all(
        {{ bare }}, (select string_agg(upper(term), '|' order by length(term) desc, term) from {{ ref('control_term') }})
    ))) as term
    from (select distinct treatment from stated where treatment is not null) as text
),

known as (
    select word.treatment, efficiency.species,
        list_sort(list(distinct term.treatment_code)) as treatment_codes,
        1 - list_reduce(list_sort(list(1 - efficiency.efficiency_pct / 100)), lambda a, b: a * b) as by_words,
        1 - list_reduce(list_sort(list(1 - efficiency.max_pct / 100)), lambda a, b: a * b) as reachable
    from word
    inner join (select distinct upper(term) as term, treatment_code from {{ ref('control_term') }}) as term
        on term.term = word.term
    inner join {{ ref('control_efficiency') }} as efficiency
        on efficiency.treatment_code = term.treatment_code and efficiency.valid_to is null
    group by word.treatment, efficiency.species
)

select
    link.site_id, stated.record_key, stated.unit_code, {{ site_outlet('link', 'stated.outlet_code') }} as outlet_code,
    year(stated.day) as year, stated.species, stated.treatment, known.treatment_codes,
    case
        when stated.efficiency_pct / 100 <= coalesce(known.reachable, 0.9999) then stated.efficiency_pct / 100
        else coalesce(known.by_words, 0) end as efficiency,
    case
        when stated.efficiency_pct / 100 <= coalesce(known.reachable, 0.9999) then 'form'
        when known.by_words is not null then 'words' else 'none' end as origin,
    coalesce(stated.operating_rate, 1) as operating_rate
from stated
inner join {{ source('identity', 'link') }} as link
    on link.feed = 'statistics' and link.scheme = stated.scheme and link.record_key = stated.record_key
    and {{ in_force('link', 'stated.day') }}
left join known on known.treatment = stated.treatment and known.species = stated.species
