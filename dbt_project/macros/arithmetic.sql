{# Sums that do not depend on the order in which threads deliver rows: exact decimals. Fifteen digits, because
   dioxins are nanograms in kg; up to 1e23 fits. #}
{% macro stable_sum(expression, over='') -%}
    cast(sum(cast({{ expression }} as decimal(38, 15))) {{ over }} as double)
{%- endmacro %}

{# An id from its parts; the separator keeps ('a', 'bc') and ('ab', 'c') apart. #}
{% macro make_id(prefix, parts) -%}
    '{{ prefix }}' || substr(md5(concat_ws('|', {% for part in parts %}coalesce(cast({{ part }} as varchar), '~'){{ ", " if not loop.last }}{% endfor %})), 1, 16)
{%- endmacro %}

{# Root of the sum of squares of relative uncertainties (independent components). #}
{% macro combine_pct(components) -%}
    sqrt({% for c in components %}({{ c }}) * ({{ c }}){{ " + " if not loop.last }}{% endfor %})
{%- endmacro %}
