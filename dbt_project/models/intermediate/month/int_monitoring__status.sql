-- Evidence of quality: how often a platform marks the equipment (estatus) or judges a value (astatus), per point and code.
-- Codes without a meaning in the seed stay unknown; no value is changed by them.
{% set fields = ['estatus', 'astatus', 'datasource_code'] -%}
with counted as (
    select scheme, monitor_key, pollutant_code, {{ fields | join(', ') }}, count(*) as hours
    from {{ source('raw', 'monitoring__record') }}
    group by all
),

long as (
    {% for field in fields -%}
    select scheme, monitor_key, pollutant_code, '{{ field }}' as field, {{ field }} as code, sum(hours) as hours
    from counted
    where {{ field }} is not null
    group by all
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    long.scheme || ':' || long.monitor_key as monitor_id, long.pollutant_code, long.field, long.code,
    coalesce(status.meaning, 'unknown') as meaning, cast(long.hours as bigint) as hours
from long
left join {{ ref('monitoring_status') }} as status
    on status.field = long.field and status.code = long.code and status.scheme in ('*', long.scheme)
