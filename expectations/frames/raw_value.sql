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
    select 'statistics__calculation', source_file_id, species, emitted_kg from raw.statistics__calculation
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

record as (
    select 'monitoring__record' as table_name, source_file_id, item, sum(given) as given, sum(negatives) as negatives,
        max(case when positives >= 100 then top * (positives - 1) / nullif(total - top, 0) end) as hour_peak
    from (
        select
            source_file_id, pollutant_code as item, monitor_key, count(mass_kg) as given, count_if(mass_kg < 0) as negatives,
            count_if(mass_kg > 0) as positives, sum(greatest(mass_kg, 0)) as total, max(mass_kg) as top
        from raw.monitoring__record
        where mass_kg is not null
        group by all
    ) as series
    group by all
),

-- Totals and parts of a plant may come in two files (head form and unit form) of the same edition.
plant as (
    select scheme, record_key, period_start, period_end, edition, species,
        fsum(coalesce(mass_kg, co2e_kg)) / nullif(count(distinct source_file_id), 0) as total
    from raw.statistics__emission
    where part_code is null and outlet_code is null
    group by all
),

part as (
    select 'statistics__emission' as table_name, line.source_file_id, line.species as item,
        max(line.parts / nullif(plant.total, 0)) as part_excess
    from (
        select source_file_id, scheme, record_key, period_start, period_end, edition, species,
            fsum(coalesce(mass_kg, co2e_kg)) as parts
        from raw.statistics__emission
        where part_code is not null
        group by all
    ) as line
    inner join plant
        on plant.scheme = line.scheme and plant.record_key = line.record_key and plant.period_start = line.period_start
        and plant.period_end = line.period_end and plant.edition is not distinct from line.edition
        and plant.species = line.species
    group by all
),

measured as (
    select table_name, source_file_id, item, given, negatives, top_gap, 1 as hour_peak from yearly
    union all by name
    select table_name, source_file_id, item, given, negatives, 1 as top_gap, hour_peak from hourly
    union all by name
    select table_name, source_file_id, item, given, negatives, 1 as top_gap, hour_peak from record
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
