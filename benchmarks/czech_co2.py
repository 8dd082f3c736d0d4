"""`make czech-co2`: CO2 estimated without amounts of fuel, against the plants that report it.

Run: python -m benchmarks.czech_co2 [HOME ...]

Here: the figures of docs/heat-estimate.md, read from the work files of homes that hold the Czech register; without a
home, 2019 and 2020 of FUSEDINV_CASES are refreshed into a temporary folder. Not here: the estimate itself
(`int_heat__*`, `int_candidate__rated`).
"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import pandas as pd
import typer

from pipelines.home import Home

# One row per plant that reports CO2 and is estimated: ratio of the estimate to the report, and z, the distance of the
# report from the estimate in standard deviations of the logarithm.
COMPARISON = """
    select rated.site_id, site.site_name, site.rated_input_mw, candidate.ratio_to_chosen as ratio,
        rated.mass_kg / 1e6 as estimate_kt, rated.mass_kg / candidate.ratio_to_chosen / 1e6 as reported_kt,
        sqrt(ln(1 + power(rated.uncertainty_pct / 196, 2))) as log_sd, ln(ratio) / log_sd as z,
        case
            when fuels.main = 'msw' then 'waste'
            when fuels.has_biomass and fuels.has_fossil then 'biomass beside fossil fuel'
            when fuels.main in ('lignite', 'bituminous_coal', 'coke') then 'coal'
            when fuels.main = 'natural_gas' then 'natural gas' else 'oil' end as kind
    from intermediate.int_candidate__rated as rated
    join marts.emission_candidate as candidate
        on candidate.site_id = rated.site_id and candidate.species = rated.species
        and candidate.method_code = rated.method_code and candidate.period_start = rated.period_start
    join marts.site as site on site.site_id = rated.site_id
    join (
        select fuel.site_id, arg_max(fuel.fuel_code, (fuel.share, fuel.fuel_code)) as main,
            bool_or(fuel.fuel_code = 'biomass') as has_biomass, bool_or(fuel.fuel_code <> 'biomass') as has_fossil
        from intermediate.int_heat__fuel as fuel group by fuel.site_id
    ) as fuels on fuels.site_id = rated.site_id
    where rated.species = 'CO2' and rated.ineligible_reason like 'comparison%' and candidate.ratio_to_chosen > 0
"""

EVIDENCE = f"""
    select evidence.evidence, count(*) as plants,
        exp(median(ln(evidence.heat_gj / estimate.heat_gj * compared.ratio))) as median_ratio,
        stddev_samp(ln(evidence.heat_gj / estimate.heat_gj * compared.ratio)) as spread,
        median(evidence.log_sd) as log_sd,
        avg((abs(ln(evidence.heat_gj / estimate.heat_gj * compared.ratio)) <= 1.96 * evidence.log_sd)::int) as inside
    from ({COMPARISON}) as compared
    join intermediate.int_heat__evidence as evidence on evidence.site_id = compared.site_id
    join intermediate.int_heat__estimate as estimate on estimate.site_id = compared.site_id
    group by evidence.evidence order by evidence.evidence
"""

# What stands for the CO2 of each plant, and what it rests on.
FATE = """
    with evidence as (
        select site_id, bool_or(evidence = 'rated_input') as is_rated,
            bool_or(evidence <> 'rated_input') as has_pollutant
        from intermediate.int_heat__evidence group by site_id
    ),
    fuel as (select site_id, bool_and(is_stated) as is_stated from intermediate.int_heat__fuel group by site_id)
    select
        case
            when given.site_id is not null then 'reported by a feed'
            when rated.method_code = 'no_combustion' then 'no sign of combustion: 0'
            when rated.site_id is null then 'biogenic fuel only: CO2_bio estimated'
            else 'estimated' end as fate,
        case when fate not in ('no sign of combustion: 0', 'reported by a feed') then
            case when plant.furnace_code is not null then 'furnace or process; ' else '' end
            || case when fuel.is_stated then 'fuel named, ' else 'fuel of the peers, ' end
            || case when evidence.is_rated and evidence.has_pollutant then 'rating and pollutants'
                when evidence.is_rated then 'rating' else 'pollutants' end end as rests_on,
        count(*) as plants, count(nox.site_id) as with_nox, sum(coalesce(given.mass_kg, rated.mass_kg)) / 1e6 as co2_kt,
        median(sqrt(ln(1 + power(rated.uncertainty_pct / 196, 2)))) as log_sd
    from intermediate.int_heat__plant as plant
    left join intermediate.int_candidate__statistics as given
        on given.site_id = plant.site_id and given.species = 'CO2' and given.is_eligible
    left join intermediate.int_candidate__statistics as nox
        on nox.site_id = plant.site_id and nox.species = 'NOx' and nox.mass_kg > 0
    left join intermediate.int_candidate__rated as rated on rated.site_id = plant.site_id and rated.species = 'CO2'
    left join evidence on evidence.site_id = plant.site_id
    left join fuel on fuel.site_id = plant.site_id
    group by all order by fate, plants desc, rests_on
"""

# Plants of the emission trading system 2014 (Hotmaps) within 1.5 km, of a similar name, each matched once.
TRADING = """
    with pair as (
        select site.site_id, ets.SiteID as ets_id, ets.Emissions_ETS_2014 / 1e3 as ets_kt,
            greatest(
                jaro_winkler_similarity(lower(site.site_name), lower(ets.CompanyName)),
                jaro_winkler_similarity(lower(site.site_name), lower(ets.SiteName))) as likeness,
            rated.mass_kg / 1e6 as estimate_kt, sqrt(ln(1 + power(rated.uncertainty_pct / 196, 2))) as log_sd,
            case when not rated.is_eligible then 'reported'
                when plant.furnace_code is not null then 'furnace or process'
                when fuel.is_stated then 'fuel named' else 'fuel of the peers' end as fate
        from read_csv(?) as ets
        join marts.site as site
            on 111.2 * sqrt(
                power(site.lat_deg - ets.lat, 2) + power((site.lon_deg - ets.lon) * cos(radians(ets.lat)), 2)
            ) < 1.5
        join intermediate.int_candidate__rated as rated
            on rated.site_id = site.site_id and rated.species = 'CO2' and rated.mass_kg > 0
        join intermediate.int_heat__plant as plant on plant.site_id = site.site_id
        join (
            select site_id, bool_and(is_stated) as is_stated from intermediate.int_heat__fuel group by site_id
        ) as fuel on fuel.site_id = site.site_id
        where ets.Emissions_ETS_2014 > 0 and likeness > 0.8
        qualify row_number() over (partition by ets.SiteID order by likeness desc, site.site_id) = 1
            and row_number() over (partition by site.site_id order by likeness desc, ets.SiteID) = 1
    )
    select fate, count(*) as plants,
        quantile_cont(estimate_kt / ets_kt, [0.25, 0.5, 0.75]) as ratio_quartiles,
        avg((abs(ln(estimate_kt / ets_kt)) <= 1.96 * log_sd)::int) as inside, sum(estimate_kt) as estimate_kt,
        sum(ets_kt) as ets_kt
    from pair group by fate order by fate
"""


def distribution(plants: pd.DataFrame) -> pd.Series:
    """Ratios of estimate to report: quantiles, totals (kt), and the share inside its own 95 % interval."""
    quantiles = plants["ratio"].quantile([0.025, 0.25, 0.5, 0.75, 0.975])
    quantiles.index = ["2.5 %", "25 %", "median", "75 %", "97.5 %"]
    inside = (plants["z"].abs() <= 1.96).mean()
    totals = plants[["estimate_kt", "reported_kt"]].sum()
    return pd.concat([pd.Series({"plants": len(plants)}), quantiles, pd.Series({"inside 95 %": inside}), totals])


def report(home: Home, trading: Path | None) -> None:
    """Print what the home's work file says."""
    with duckdb.connect(str(home.work_db), read_only=True) as con:
        (name,) = con.execute("select name from raw.feed_set").fetchone() or ("",)
        plants = con.execute(COMPARISON).df()
        groups = {"all": plants} | dict(list(plants.groupby("kind")))
        table = pd.DataFrame({kind: distribution(group) for kind, group in groups.items()}).T
        outside = plants[plants["z"].abs() > 1.96].sort_values("z")[["site_name", "ratio", "log_sd", "reported_kt"]]
        print(f"\n{name}: estimate / report of CO2\n{table.round(3).to_string()}")
        print(f"\nOutside their 95 % interval\n{outside.round(3).to_string(index=False)}")
        print(f"\nPieces of evidence\n{con.execute(EVIDENCE).df().round(2).to_string(index=False)}")
        print(f"\nWhat became of the plants\n{con.execute(FATE).df().round(2).to_string(index=False)}")
        if trading:
            matched = con.execute(TRADING, [str(trading)]).df().round(2)
            print(f"\nEmission trading 2014\n{matched.to_string(index=False)}")


def main(homes: Annotated[list[Path] | None, typer.Argument(help="homes that hold the Czech register")] = None) -> None:
    """Compare the estimate with the plants that report CO2."""
    cases = os.environ.get("FUSEDINV_CASES")
    case = Path(cases) / "czech_2019_2020" if cases else None
    trading = case / "tidy" / "hotmaps_cz_ets_eprtr_2014.csv" if case else None
    for root in homes or []:
        report(Home(root), trading)
    if homes:
        return
    if case is None:
        raise SystemExit("Name the homes of the Czech register, or its folder's parent in FUSEDINV_CASES.")
    from pipelines.orchestration.run import refresh

    for year in (2020, 2019):
        with TemporaryDirectory() as folder:
            refresh(home := Home(Path(folder)).ensure(), case / f"feeds-{year}.yaml", [], False, lambda _: None)
            report(home, trading)


if __name__ == "__main__":
    typer.run(main)
