{# Which row of a dust table (dust_size, dust_composition) holds for a source, and which of several says most. #}

{% macro dust_row_fits(rule, source) -%}
    {{ rule }}.source_class_code in ('*', {{ source }}.source_class_code)
    and {{ rule }}.industry_scheme in ('*', {{ source }}.industry_scheme)
    and starts_with(coalesce({{ source }}.industry_code, ''), coalesce({{ rule }}.code_prefix, ''))
    and ({{ rule }}.fuels = '*' or list_contains(string_split({{ rule }}.fuels, '|'), {{ source }}.fuel_code))
    and {{ rule }}.technology in ('*', {{ source }}.technology)
    and {{ source }}.month between {{ rule }}.valid_from and coalesce({{ rule }}.valid_to, date '9999-12-31')
{%- endmacro %}

{# Technology before industry before fuel before class: a pile is a pile in every industry, a kiln whatever it burns. #}
{% macro dust_row_order(rule) -%}
    {{ rule }}.technology = '*', length(coalesce({{ rule }}.code_prefix, '')) desc, {{ rule }}.fuels = '*',
    {{ rule }}.source_class_code = '*', {{ rule }}.valid_from desc
{%- endmacro %}
