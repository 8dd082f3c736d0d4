{# Sizes lie inside each other: one failing row per source and month in which PM10 < PM2.5 or PM2.5 < BC + OC. Only what was
   derived together is compared; a value of a feed stands as the feed gives it. #}
{% test nested_dust(model) %}

select source_id, month
from (
    select
        source_id, month,
        {% for species, name in [('PM10', 'pm10'), ('PM2.5', 'pm2_5'), ('BC', 'bc'), ('OC', 'oc')] -%}
        max(fraction) filter (where species = '{{ species }}') as {{ name }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ model }}
    group by source_id, month, parent_candidate_id
)
where pm10 > 1 or pm10 < pm2_5 or pm2_5 * (1 + 1e-12) < bc + oc

{% endtest %}
