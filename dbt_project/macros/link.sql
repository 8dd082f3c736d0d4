{# How the rows of a record find the site they belong to (source identity.link), and an outlet of that site. #}

{# A record that moved has one link per stay: `day` of the row chooses among them, a row without a day takes the first. #}
{% macro in_force(link, day) -%}
    coalesce({{ day }}, date '0001-01-01') between coalesce({{ link }}.in_force_from, date '0001-01-01') and coalesce({{ link }}.in_force_to, date '9999-12-31')
{%- endmacro %}

{# The code of an outlet inside its site: as written, but where two permits stand on one site, the second's DA001 is not
   the first's. NULL stays NULL. #}
{% macro site_outlet(link, outlet_code) -%}
    nullif(concat(case when {{ outlet_code }} is not null then {{ link }}.outlet_prefix end, {{ outlet_code }}), '')
{%- endmacro %}
