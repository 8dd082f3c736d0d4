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

{# Sigma of the lognormal whose coefficient of variation is pct / 196, and back. A 95 % half-width is 1.96 coefficients of
   variation (IPCC 2006 Guidelines vol. 1 ch. 3, 3.2.3.1). #}
{% macro lognormal_sigma(pct) -%}
    sqrt(ln(1 + ({{ pct }}) / 196 * ({{ pct }}) / 196))
{%- endmacro %}

{% macro lognormal_pct(sigma) -%}
    196 * sqrt(exp({{ sigma }} * {{ sigma }}) - 1)
{%- endmacro %}

{# Half of a 95 % interval over the value, in percent; 0 for nothing. #}
{% macro half_width_pct(lower, upper, value) -%}
    coalesce(100 * ({{ upper }} - {{ lower }}) / 2 / nullif({{ value }}, 0), 0)
{%- endmacro %}

{# 95 % half-width of a mean between its bounds, in percent: half their distance, or, where they are so skewed that this
   leaves the upper bound outside, the width of the lognormal of that mean whose 97.5 % end is the upper bound:
   mean × e^(1.96 σ − σ² / 2) = upper. No lognormal reaches further than e^1.92 = 6.8 times its mean: σ is at most 1.96. #}
{% macro bounds_pct(lower, upper, value) -%}
    greatest(
        {{ half_width_pct(lower, upper, value) }},
        coalesce({{ lognormal_pct(
            '(1.96 - sqrt(greatest(1.96 * 1.96 - 2 * ln(greatest((' ~ upper ~ ') / nullif(' ~ value ~ ', 0), 1)), 0)))'
        ) }}, 0)
    )
{%- endmacro %}
