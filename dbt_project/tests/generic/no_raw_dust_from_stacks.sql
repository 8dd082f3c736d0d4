{# The mistake of factor fifteen: one failing row per source whose share is that of dust before control, though a stack was
   measured behind nothing that is known, or no chain of controls was applied to it. #}
{% test no_raw_dust_from_stacks(model, source) %}

select share.source_id, share.month, share.species
from {{ model }} as share
inner join {{ source }} as source using (source_id, month)
where share.stage = 'before_control' and (source.treatment is null or (source.is_measured and source.treatment = 'none'))

{% endtest %}
