{# Contract key: one failing row per key that stands more than once. Nulls count as equal, because an empty key column
   has a meaning of its own (the whole plant, no industry code), so `unique` over a concatenation would not do. #}
{% test unique_key(model, columns) %}

select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
