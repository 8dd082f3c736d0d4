-- Rules name classes, methods and fuels that exist; a slip of the pen would make a rule that never applies.
{% for seed, column, known in [
    ('source_class_rule', 'source_class_code', 'source_class'), ('industry_class', 'source_class_code', 'source_class'),
    ('source_class_map', 'source_class_code', 'source_class'), ('figure_kind', 'method_code', 'method'),
    ('fuel_group', 'fuel_code', 'fuel')
] -%}
select '{{ seed }}' as seed, {{ column }} as unknown_code
from {{ ref(seed) }}
where {{ column }} not in (select {{ column }} from {{ ref(known) }})
{{ "union all" if not loop.last }}
{% endfor %}
