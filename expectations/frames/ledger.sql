-- Ledger: one row per species × year (of the candidates' period start). Nobody takes more than was offered, no site
-- is counted twice, the sources of a site add up to its fused figure.
with candidate as (
    select *, year(period_start) as year, scope = 'site' and part_code is null as is_whole_site
    from v1.emission_candidate
),

taken as (
    select
        species, year,
        count(*) filter (
            where chosen_kg
            > coalesce(mass_kg, 0) * (1 + getvariable('double_count_gap')) + getvariable('mass_resolution_kg')
        ) as overdrawn_candidates,
        count(*) filter (where not is_chosen and chosen_kg > 0) as unchosen_with_mass
    from candidate
    group by all
),

-- A whole-plant figure beside figures of its outlets in the same month: the same tonnes twice. A measured plant total
-- is the sum of its stacks, so only parts that leave by no stack may stand beside it.
site_month as (
    select
        figure.site_id, figure.species, year(figure.month) as year, figure.month,
        bool_or(figure.source_id = figure.site_id || ':SITE') as has_whole,
        bool_or(
            figure.source_id = figure.site_id || ':SITE' and method.basis <> 'measured'
            and candidate.parent_candidate_id is null  -- what is derived stands where its parent stood, counted itself
        ) as has_calculated_whole,
        bool_or(candidate.scope = 'outlet') as has_outlet,
        bool_or(candidate.scope = 'unit') as has_part
    from v1.emission as figure
    inner join v1.emission_candidate as candidate using (candidate_id)
    inner join v1.method as method on method.method_code = figure.method_code
    where figure.site_id is not null
    group by all
),

doubled as (
    select species, year, count(distinct site_id) as doubled_sites
    from site_month
    where (has_whole and has_outlet) or (has_calculated_whole and has_part)
    group by all
),

fused as (
    select site_id, species, year(month) as year, fsum(mass_kg) as mass_kg
    from v1.emission
    where site_id is not null
    group by all
),

reconciled as (
    select
        coalesce(f.species, r.species) as species, coalesce(f.year, r.year) as year,
        count(*) filter (where r.site_id is null) as unreconciled_sites,
        count(*) filter (
            where r.site_id is not null
            and abs(coalesce(f.mass_kg, 0) - coalesce(r.fused_kg, 0))
            > getvariable('closure_gap') * greatest(coalesce(f.mass_kg, 0), coalesce(r.fused_kg, 0))
            + getvariable('mass_resolution_kg')
        ) as open_sites
    from fused as f
    full join v1.reconciliation as r
        on f.site_id = r.site_id and f.species = r.species and f.year = r.year
    group by all
),

graded as (
    select
        species, year(month) as year,
        coalesce(fsum(mass_kg) filter (where quality_grade = 'E') / nullif(fsum(mass_kg), 0), 0) as grade_e_share
    from v1.emission
    group by all
)

select
    taken.species,
    taken.year,
    taken.overdrawn_candidates,
    taken.unchosen_with_mass,
    coalesce(doubled.doubled_sites, 0) as doubled_sites,
    coalesce(reconciled.open_sites, 0) as open_sites,
    coalesce(reconciled.unreconciled_sites, 0) as unreconciled_sites,
    coalesce(graded.grade_e_share, 0) as grade_e_share
from taken
left join doubled using (species, year)
left join reconciled using (species, year)
left join graded using (species, year)
order by taken.species, taken.year
