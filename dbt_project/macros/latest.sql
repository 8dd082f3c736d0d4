{# Rows of a raw table, one per contract key: the file received last speaks, the earlier ones stay in raw. Heads repeat in
   every monthly file, and a corrected form comes as a new file. #}
{% macro latest_rows(table) -%}
    {%- set key = [] -%}
    {%- if execute and graph.sources is defined -%}  {#- a unit test knows no sources: its rows are given as they are -#}
        {%- for node in graph.sources.values() if node.source_name == 'raw' and node.name == table -%}
            {%- do key.extend(node.config.meta.key) -%}
        {%- endfor -%}
    {%- endif -%}
    (
        select *
        from {{ source('raw', table) }}
        {%- if key %}
        qualify row_number() over (
            partition by {{ key | join(', ') }} order by ingested_at desc, source_file_id, row_no desc
        ) = 1
        {%- endif %}
    )
{%- endmacro %}
