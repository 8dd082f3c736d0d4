-- Closure over classes: one row per classification × species × year. Every classification holds the whole inventory, in
-- classes that it has, and the finest class of a figure stands below the class the figure bears.
with recursive emitted as (
    select species, year(month) as year, fsum(mass_kg) as mass_kg from v1.emission group by all
),

classed as (
    select
        figure.scheme, figure.species, figure.year, fsum(figure.mass_kg) as mass_kg,
        count(*) filter (where target.target_class_code is null) as unknown_classes
    from v1.emission_by_class as figure
    left join v1.target_class as target
        on target.scheme = figure.scheme and target.target_class_code = figure.target_class_code
    group by all
),

-- The way up from each class; a class that is in force nowhere has none.
line as (
    select source_class_code, source_class_code as upper_code, parent_code from v1.source_class
    union
    select line.source_class_code, upper.source_class_code, upper.parent_code
    from line
    inner join v1.source_class as upper on upper.source_class_code = line.parent_code
),

strayed as (
    select figure.species, year(figure.month) as year, count(*) as strayed_figures
    from v1.emission as figure
    where not exists (
        select 1 from line
        where line.source_class_code = figure.source_detail_code and line.upper_code = figure.source_class_code
    )
    group by all
),

keys as (
    select scheme.scheme, emitted.species, emitted.year
    from emitted
    cross join (select distinct scheme from v1.target_class) as scheme
    union
    select scheme, species, year from classed
),

counted as (
    select
        keys.scheme, keys.species, keys.year, coalesce(emitted.mass_kg, 0) as source_kg,
        coalesce(classed.mass_kg, 0) as class_kg, coalesce(classed.unknown_classes, 0) as unknown_classes,
        coalesce(strayed.strayed_figures, 0) as strayed_figures, getvariable('mass_resolution_kg') as resolution_kg
    from keys
    left join emitted using (species, year)
    left join classed using (scheme, species, year)
    left join strayed using (species, year)
)

select
    scheme,
    species,
    year,
    source_kg,
    greatest(abs(source_kg - class_kg) - resolution_kg, 0) / greatest(source_kg, class_kg, resolution_kg) as class_gap,
    unknown_classes,
    strayed_figures
from counted
order by scheme, species, year
