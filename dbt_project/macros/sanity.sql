{# What a value outside its sanity band is told, after the reason word: the value, the reference, the band. #}
{% macro band_sentence(value, reference, band) -%}
    'out_of_band: ' || printf('%.4g', {{ value }}) || ' kg is ' || printf('%.4g', {{ value }} / {{ reference }}) || ' times '
    || {{ band }}.name_en || ' (' || printf('%.4g', {{ reference }}) || ' kg); credible is '
    || case when {{ band }}.min_ratio is null then 'at most ' else {{ band }}.min_ratio || ' to ' end
    || {{ band }}.max_ratio || ' times'
{%- endmacro %}

{# How far a ratio lies outside its band: 1 and below is inside. #}
{% macro band_excess(ratio, band) -%}
    greatest({{ ratio }} / {{ band }}.max_ratio, coalesce({{ band }}.min_ratio / nullif({{ ratio }}, 0), 0))
{%- endmacro %}
