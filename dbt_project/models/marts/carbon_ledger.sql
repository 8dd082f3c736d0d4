-- Tonnes permitted, declared and fused per plant and year, and where its CO2 comes from.
{% set pollutants = ['SO2', 'NOx', 'PM'] %}
with fused as (
    select
        emission.site_id, year(emission.month) as year,
        {% for species in pollutants -%}
        {{ stable_sum("case when emission.species = '" ~ species ~ "' then emission.mass_kg end") }} / 1000 as {{ species | lower }}_fused_t,
        {% endfor -%}
        {{ stable_sum("case when emission.species = 'CO2' and origin = 'fuel' then emission.mass_kg end") }} / 1000 as co2_fuel_t,
        {{ stable_sum("case when emission.species = 'CO2' and origin = 'process' then emission.mass_kg end") }} / 1000 as co2_process_t,
        {{ stable_sum("case when emission.species = 'CO2' and origin = 'unsplit' then emission.mass_kg end") }} / 1000 as co2_unsplit_t
    from (
        select
            emission.*,
            case
                when emission.method_code in ('fuel_tested', 'fuel_default', 'cems_part75') then 'fuel'
                when emission.method_code = 'process_default' then 'process'
                when part.part_kind = 'fuel' then 'fuel'
                when part.part_kind in ('process', 'waste') then 'process'
                else 'unsplit' end as origin
        from {{ ref('emission') }} as emission
        left join (
            select part_code, species, min(part_kind) as part_kind from {{ ref('part_gas') }} group by all
        ) as part
            on emission.source_kind = 'unit' and part.species = emission.species
            and emission.source_id = emission.site_id || ':' || part.part_code
        where emission.site_id is not null
    ) as emission
    group by emission.site_id, year(emission.month)
),

permitted as (
    select
        site_id, year
        {%- for species in pollutants %},
        coalesce(
            max(permitted_kg) filter (where species = '{{ species }}' and is_site_total),
            {{ stable_sum("case when species = '" ~ species ~ "' and not is_site_total then permitted_kg end") }}
        ) / 1000 as {{ species | lower }}_permitted_t
        {%- endfor %}
    from {{ ref('int_identity__permitted') }}
    group by site_id, year
),

reported as (
    select
        site_id, year
        {%- for species in pollutants %},
        max(permit_kg) filter (where species = '{{ species }}') / 1000 as {{ species | lower }}_reported_t
        {%- endfor %}
    from {{ ref('reconciliation') }}
    group by site_id, year
),

energy as (
    select site_id, year(period_start) as year, {{ stable_sum('energy_gj') }} as energy_gj
    from {{ ref('activity') }}
    where is_chosen
    group by site_id, year(period_start)
)

select
    fused.site_id, site.legal_code, fused.year,
    {% for species in pollutants | map('lower') -%}
    permitted.{{ species }}_permitted_t, reported.{{ species }}_reported_t, fused.{{ species }}_fused_t,
    fused.{{ species }}_fused_t / nullif(permitted.{{ species }}_permitted_t, 0) as {{ species }}_utilisation,
    {% endfor -%}
    fused.co2_fuel_t, fused.co2_process_t, fused.co2_unsplit_t, energy.energy_gj,
    fused.co2_fuel_t * 1000 / nullif(energy.energy_gj, 0) as co2_kg_per_gj
from fused
inner join {{ ref('int_identity__site') }} as site on site.site_id = fused.site_id
left join permitted on permitted.site_id = fused.site_id and permitted.year = fused.year
left join reported on reported.site_id = fused.site_id and reported.year = fused.year
left join energy on energy.site_id = fused.site_id and energy.year = fused.year
