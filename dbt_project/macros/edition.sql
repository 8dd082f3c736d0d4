{# Editions of a statistics form, from weak to firm; a survey that names none has only its final one. #}
{% macro edition_rank(edition) -%}
    case coalesce({{ edition }}, 'final') when 'preliminary' then 1 when 'checked' then 2 else 3 end
{%- endmacro %}

{% macro weakest_edition(edition) -%}
    (['preliminary', 'checked', 'final'])[min({{ edition_rank(edition) }})]
{%- endmacro %}

{# Rows of the firmest edition that a subject (a plant's year) has in this table, whichever file came last: a form
   replaces its earlier edition as a whole, lines it no longer has included. With `earlier`, the rows it replaced. #}
{% macro edition_rows(table, subject, earlier=false) -%}
    (
        select *
        from {{ latest_rows(table) }} as latest
        qualify {{ edition_rank('edition') }} {{ '<' if earlier else '=' }}
            max({{ edition_rank('edition') }}) over (partition by {{ subject | join(', ') }})
    )
{%- endmacro %}
