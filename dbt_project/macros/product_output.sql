{# Output of the products that checks name, by site, year and period, in t: (site_id, year, product, amount_t,
   period_start, period_end). Kiln forms name their product in words; clinker is the only one a check asks for. #}
{% macro product_output() -%}
    select
        link.site_id, unit.year, 'clinker' as product, unit.output_amount as amount_t,
        unit.valid_from as period_start, unit.valid_to as period_end
    from {{ ref('stg_statistics__unit') }} as unit
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = unit.scheme and link.record_key = unit.record_key
        and {{ in_force('link', 'unit.valid_from') }}
    where unit.output_amount > 0 and unit.output_unit in ('吨', 't')
        and (contains(unit.product, '熟料') or lower(unit.product) = 'clinker')
{%- endmacro %}
