{# Unit tests compare numbers worked by hand: twelve significant digits, so that the last bit of a double is no
   difference. Replaces dbt's own comparison, which is exact; the rest of a unit test is dbt's. #}
{% macro duckdb__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {# dbt's empty expectation selects from the first name. #}
    {%- set parts = [('dbt_internal_unit_test_actual', main_sql), ('unit_test_expected', expected_fixture_sql)] -%}
    with
    {%- for name, sql in parts %}
    {{ name }} as (
        select
            {% for column in expected_column_names -%}
            case when typeof({{ column }}) = 'DOUBLE'
                then printf('%.12g', try_cast(cast({{ column }} as varchar) as double))
                else cast({{ column }} as varchar) end as {{ column }}{{ ", " if not loop.last }}
            {% endfor %}
        from ({{ sql }}) as rows_of_test
    ){{ "," if not loop.last }}
    {%- endfor %}
    {% for name, label in [(parts[0][0], 'actual'), (parts[1][0], 'expected')] -%}
    select *, '{{ label }}' as "actual_or_expected" from {{ name }}
    {{ "union all" if not loop.last }}
    {% endfor %}
{%- endmacro %}
