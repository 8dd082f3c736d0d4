-- Raw values: one row per file × table × item (species, fuel or measured column), at least one row per active file.
-- top_gap: largest over second largest value of the item (10 values or more, else 1).
-- hour_peak: largest hour over the mean of the other positive hours, worst monitoring point (100 hours or more).
-- part_excess: sum of a plant's parts over its own total, worst plant.
with amount as (
    select 'permit__report' as table_name, source_file_id, species as item, mass_kg as v from raw.permit__report
    union all
    select 'permit__limit', source_file_id, species, permitted_kg from raw.permit__limit
    union all
    select 'permit__fuel', source_file_id, fuel_code, amount from raw.permit__fuel
    union all
    select 'statistics__emission', source_file_id, species, coalesce(mass_kg, co2e_kg) from raw.statistics__emission
    union all
    select 'statistics__fuel', source_file_id, fuel_code, amount from raw.statistics__fuel
    union all
    select 'statistics__area', source_file_id, species, mass_kg from raw.statistics__area
),

yearly as (
    select
        table_name, source_file_id, item, count(v) as given, count(*) filter (where v < 0) as negatives,
        case
            when count(*) filter (where v > 0) >= 10 then list_extract(max(v, 2), 1) / list_extract(max(v, 2), 2)
            else 1
        end as top_gap
    from amount
    group by all
),

-- No FILTER over columns(): DuckDB 2.0.0 then drops every row without a word.
point as (
    select source_file_id, monitor_key, struct_pack(
        given := count(columns('_kg$')),
        negatives := count_if(columns('_kg$') < 0),
        positives := count_if(columns('_kg$') > 0),
        total := sum(greatest(columns('_kg$'), 0)),
        top := max(columns('_kg$'))
    )
    from raw.monitoring__hour
    group by all
),

hourly as (
    select
        'monitoring__hour' as table_name, source_file_id, item,
        sum(s.given) as given, sum(s.negatives) as negatives,
        max(case when s.positives >= 100 then s.top * (s.positives - 1) / nullif(s.total - s.top, 0) end) as hour_peak
    from (unpivot point on columns('_kg$') into name item value s)
    where s.given > 0
    group by all
),

plant as (
    select
        source_file_id, species as item,
        fsum(coalesce(mass_kg, co2e_kg)) filter (where part_code is not null)
        / nullif(fsum(coalesce(mass_kg, co2e_kg)) filter (where part_code is null), 0) as part_excess
    from raw.statistics__emission
    group by source_file_id, scheme, record_key, period_start, period_end, species
),

part as (
    select 'statistics__emission' as table_name, source_file_id, item, max(part_excess) as part_excess
    from plant
    group by all
),

measured as (
    select table_name, source_file_id, item, given, negatives, top_gap, 1 as hour_peak from yearly
    union all by name
    select table_name, source_file_id, item, given, negatives, 1 as top_gap, hour_peak from hourly
)

select
    file.source_file_id,
    file.file_name,
    coalesce(measured.table_name, '') as table_name,
    coalesce(measured.item, '') as item,
    cast(coalesce(measured.given, 0) as bigint) as given,
    cast(coalesce(measured.negatives, 0) as bigint) as negatives,
    coalesce(measured.top_gap, 1) as top_gap,
    coalesce(measured.hour_peak, 1) as hour_peak,
    coalesce(part.part_excess, 1) as part_excess
from raw.source_file as file
left join measured using (source_file_id)
left join part using (table_name, source_file_id, item)
order by all
