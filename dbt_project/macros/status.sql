{# Source statuses from firm to weak: a figure is as firm as the weakest factor in it. #}
{% macro status_rank(status) -%}
    case {{ status }} when 'recalled' then 4 when 'derived' then 3 when 'secondary' then 2 when 'confirmed' then 1 else 0 end
{%- endmacro %}

{% macro status_name(rank) -%}
    case {{ rank }} when 4 then 'recalled' when 3 then 'derived' when 2 then 'secondary' when 1 then 'confirmed' else 'none' end
{%- endmacro %}

{% macro weakest_status(statuses) -%}
    {%- set ranks = [] -%}
    {%- for status in statuses -%}{%- do ranks.append(status_rank(status)) -%}{%- endfor -%}
    {{ status_name('greatest(' ~ ranks | join(', ') ~ ')') }}
{%- endmacro %}
