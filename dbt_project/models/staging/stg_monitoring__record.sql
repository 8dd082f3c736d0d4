{{ config(materialized='table') }}
-- Long records of platforms as wide hours, so that all hours have one shape. Of the versions of a record the one revised last
-- counts; the others stay in raw. NO and NO2 (given as NO2) make NOx where the point has no NOx of its own; where their marks
-- differ these stand side by side, a mark that nobody knows. `_origin` says how the value that counts came about.
{% set keys = 'scheme, monitor_key, hour_start' -%}
{% set values = ['concentration_mg_m3', 'mass_kg', 'revised_mg_m3', 'revised_kg'] -%}
{% set texts = ['flag', 'revise_flag', 'origin'] -%}
-- Latest versions with species and origin; written out per use, because a shared CTE would hold the whole table in memory.
{% set latest -%}
    select
        {% for c in values + texts[:2] + ['flow_m3_h', 'oxygen_pct', 'temperature_c', 'moisture_pct'] -%}
        record.{{ c }},
        {% endfor -%}
        record.scheme, record.monitor_key, record.hour_start, record.pollutant_code,
        record.source_file_id, record.row_no, record.ingested_at, record.profile,
        coalesce(factor.part_of, factor.species) as species,
        -- What the platform says of the source, where no tag does; a code that nobody knows stays, to be counted.
        coalesce(
            record.production_state,
            case when sstatus.code is null then 'sstatus ' || record.sstatus else nullif(sstatus.meaning, 'not set') end
        ) as production_state,
        case
            when rstatus.meaning = 'failed' then 'failed'
            when record.revise_flag is not null and coalesce(record.revised_kg, record.revised_mg_m3) is not null
                then case
                    when record.rstatus is null or rstatus.meaning = 'reported' then 'revised'
                    else coalesce(rstatus.meaning, 'unknown')
                end
            when record.mstatus is null then 'reported'
            else coalesce(mstatus.meaning, 'unknown')
        end as origin
    from {{ source('raw', 'monitoring__record') }} as record
    anti join superseded using (source_file_id, row_no)
    left join {{ ref('hj212_factor') }} as factor on factor.code = record.pollutant_code
    {% for field in ['mstatus', 'rstatus', 'sstatus'] -%}
    left join {{ ref('monitoring_status') }} as {{ field }}
        on {{ field }}.field = '{{ field }}' and {{ field }}.code = record.{{ field }}
        and {{ field }}.scheme in ('*', record.scheme)
        and record.hour_start >= coalesce({{ field }}.valid_from, date '0001-01-01')
        and record.hour_start < coalesce({{ field }}.valid_to + 1, date '9999-12-31')
    {% endfor -%}
{%- endset -%}

-- Hashes only narrow the search for records with several versions.
with suspect as (
    select key from (
        select hash({{ keys }}, pollutant_code) as key from {{ source('raw', 'monitoring__record') }}
    ) group by key having count(*) > 1
),

superseded as (
    select source_file_id, row_no
    from {{ source('raw', 'monitoring__record') }}
    where hash({{ keys }}, pollutant_code) in (select key from suspect)
    qualify row_number() over (
        partition by {{ keys }}, pollutant_code
        order by revised_time desc nulls last, ingested_at desc, source_file_id, row_no desc
    ) > 1
),

part as (
    select
        {{ keys }}, species, '~' || min(pollutant_code) as pollutant_code,
        {% for c in values -%}
        {{ stable_sum("coalesce(revised_" ~ {'revised_mg_m3': 'mg_m3, concentration_mg_m3', 'revised_kg': 'kg, mass_kg'}[c] ~ ")" if c in values[2:] else c) }} as {{ c }},
        {% endfor -%}
        {% for c in texts + ['production_state'] -%}
        string_agg(distinct {{ c }}, '/' order by {{ c }}) as {{ c }},
        {% endfor -%}
        min(source_file_id) as source_file_id, min(row_no) as row_no, max(ingested_at) as ingested_at, min(profile) as profile
    from ({{ latest }} where factor.part_of is not null)
    group by {{ keys }}, species
),

whole as (
    {{ latest }} where factor.part_of is null
    union all by name
    select * replace (case when contains(origin, '/') then 'unknown' else origin end as origin)
    from part
),

hour as (
    select
        {{ keys }},
        max(production_state) as production_state,
        {% for c in ['flow_m3_h', 'oxygen_pct', 'temperature_c', 'moisture_pct'] -%}
        max({{ c }}) as {{ c }},
        {% endfor -%}
        -- What the parts make sorts behind every code, so that the whole's own record wins.
        {% for species in hour_species() -%}
        min_by({ {%- for c in values + texts %}{{ c }}: {{ c }}{{ ", " if not loop.last }}{% endfor -%} }, pollutant_code)
            filter (where species = '{{ species }}') as {{ species | lower }},
        {% endfor -%}
        min(source_file_id) as source_file_id, min(row_no) as row_no, max(ingested_at) as ingested_at, min(profile) as profile
    from whole
    group by {{ keys }}
)

select
    {{ keys }}, production_state, flow_m3_h, oxygen_pct, temperature_c, moisture_pct,
    {% for s in hour_species() | map('lower') -%}
    {{ s }}.concentration_mg_m3 as {{ s }}_mg_m3, {{ s }}.mass_kg as {{ s }}_kg, {{ s }}.flag as {{ s }}_flag,
    {{ s }}.revise_flag as {{ s }}_mark, {{ s }}.revised_mg_m3 as {{ s }}_revised_mg_m3,
    {{ s }}.revised_kg as {{ s }}_revised_kg, {{ s }}.origin as {{ s }}_origin,
    {% endfor -%}
    source_file_id, row_no, ingested_at, profile
from hour
