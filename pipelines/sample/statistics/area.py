"""Sources that no list names: true county totals, and the totals that the statistics estimate.

Here: life, agriculture, mobile sources, and the many small plants outside the survey. Not here: listed
plants.
"""

import numpy as np
import pandas as pd

from pipelines.sample import dust, feed, noise
from pipelines.sample.hours import Hours
from pipelines.sample.statistics.surveylist import FORM
from pipelines.sample.world import SPECIES, Streams, World

CLASS = {"life": "生活源", "agriculture": "农业源", "mobile": "移动源", "industry_nonkey": "非重点工业",
         "waste_treatment": "集中式污染治理设施"}
QUARTERLY = ("waste_treatment",)  # brief 06 §6.1: the quarterly survey has industry and centralised treatment only
MONTHS = [f"m{i}" for i in range(1, 13)]


def truth(world: World, streams: Streams) -> pd.DataFrame:
    """True totals, kg: one row per county × source_class × species × month."""
    rng, seasons = streams.of("area"), world.territory["seasons"].set_index("season")[MONTHS]
    counties, frames = world.territory.counties, []
    for row in world.territory["area"].itertuples():
        year = counties[row.driver].to_numpy(float) * row.kg_per_driver * world.scale
        year *= np.exp(0.10 * rng.standard_normal(len(counties)))  # counties differ from their driver
        shape = seasons.loc[row.season].to_numpy(float)
        frames.append(
            _long(
                counties["code"].to_numpy(),
                row.source_class,
                row.species,
                (year[:, None] * (shape / shape.sum()))[:, : world.months],
            )
        )
    frames.append(_registered(world, seasons.loc["process"].to_numpy(float), streams.of("registered area")))
    table = pd.concat(frames, ignore_index=True)
    table["kg"] *= _drift(world, table, streams)
    table = table[table["kg"] > 0]
    fine = dust.of_area(world.territory["dust"], table[table["species"] == "PM"], streams.of("dust area"))
    return pd.concat([table, fine], ignore_index=True)


def _drift(world: World, table: pd.DataFrame, streams: Streams) -> pd.Series | float:
    """Change of each county total since the first year."""
    if not streams.later:
        return 1.0
    keys = ["county", "source_class", "species"]
    group = table.groupby(keys, sort=True).ngroup()
    steps = streams.of_year("area drift").standard_normal(group.max() + 1)
    return pd.Series(np.exp(noise.YEAR_DRIFT_AREA * streams.later**0.5 * steps)[group], table.index)


def _long(counties: np.ndarray, source_class: str, species: str, kg: np.ndarray) -> pd.DataFrame:
    months = kg.shape[1]
    return pd.DataFrame(
        {
            "county": np.repeat(counties, months),
            "source_class": source_class,
            "species": species,
            "month": np.tile(np.arange(1, months + 1), len(counties)),
            "kg": kg.ravel(),
        }
    )


def _registered(world: World, shape: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Plants that are only registered, summed by county: nobody knows them one by one."""
    plants, frames = world.registrations, []
    for row in world.territory["registrations"].itertuples():
        kg = (
            row.kg_per_year
            * plants["size"]
            * np.exp(row.sigma * rng.standard_normal(len(plants)) - row.sigma**2 / 2)
        )
        county = kg.groupby(plants["county"]).sum()
        frames.append(
            _long(
                county.index.to_numpy(),
                "industry_nonkey",
                row.species,
                (county.to_numpy()[:, None] * (shape / shape.sum()))[:, : world.months],
            )
        )
    return pd.concat(frames, ignore_index=True)


def statistics(
    world: World, area: pd.DataFrame, hours: Hours, listed: np.ndarray, streams: Streams
) -> pd.DataFrame:
    """综表: county totals of the year as estimated; non-key industry holds all plants off the list."""
    rng = streams.of("area estimates")
    sigma = {(r.source_class, r.species): r.sigma for r in world.territory["area"].itertuples()}
    total = area.groupby(["county", "source_class", "species"], as_index=False)["kg"].sum()
    outside = world.outlets[~listed[world.outlets["site"]]]
    county = world.sites["county"].to_numpy()[outside["site"]]
    extra = [
        pd.DataFrame(
            {
                "county": county,
                "source_class": "industry_nonkey",
                "species": s,
                "kg": hours.monthly_kg(s).sum(axis=1)[outside.index],
            }
        )
        for s in SPECIES
        if s in FORM
    ]
    total = (
        pd.concat([total, *extra]).groupby(["source_class", "species", "county"], as_index=False)["kg"].sum()
    )
    total = total[total["species"].isin(list(FORM)) & (total["kg"] > 0)].reset_index(drop=True)
    frames = []
    for (source_class, species), rows in total.groupby(["source_class", "species"], sort=True):
        width = sigma.get((source_class, species), noise.NONKEY_SIGMA)
        own = np.sqrt(noise.COUNTY_SIGMA_SHARE) * width * rng.standard_normal(len(rows))
        shared = np.sqrt(1 - noise.COUNTY_SIGMA_SHARE) * width * rng.standard_normal()
        frames.append(rows.assign(kg=rows["kg"] * np.exp(own + shared)))
    table = _quarters(world, pd.concat(frames), area)
    in_kg = np.isin(table["species"], ["VOCs", "CH4", "N2O", "NH3"])
    names = world.territory.counties.set_index("code")["name"]
    return pd.DataFrame(
        {
            "统计年份": world.year,
            "数据版本": "终报",
            "行政区划代码": table["county"],
            "行政区名称": table["county"].map(names),
            "源类": table["source_class"].map(CLASS),
            "污染物": table["species"].map(FORM),
            "统计期起": table["begin"],
            "统计期止": table["end"],
            "数值": feed.significant(np.where(in_kg, table["kg"], table["kg"] / 1000), 5),
            "计量单位": np.where(in_kg, "千克", "吨"),
        }
    )


def _quarters(world: World, yearly: pd.DataFrame, area: pd.DataFrame) -> pd.DataFrame:
    """Centralised treatment is surveyed by quarter, the other classes by year; sorted as written."""
    by_quarter = yearly[yearly["source_class"].isin(QUARTERLY)]
    whole = yearly[~yearly["source_class"].isin(QUARTERLY)].assign(begin=world.period[0], end=world.period[1])
    keys = ["county", "source_class", "species"]
    true = area.assign(quarter=(area["month"] - 1) // 3)
    true = true.groupby([*keys, "quarter"], as_index=False)["kg"].sum().rename(columns={"kg": "true"})
    parts = by_quarter.merge(true, on=keys)
    parts["kg"] *= parts["true"] / parts.groupby(keys)["true"].transform("sum")
    starts = [world.day(world.month_starts[m]) for m in range(0, world.months, 3)]
    ends = [world.day(world.month_starts[min(m + 3, world.months)] - 1) for m in range(0, world.months, 3)]
    parts = parts.assign(begin=np.array(starts)[parts["quarter"]], end=np.array(ends)[parts["quarter"]])
    table = pd.concat([whole, parts.drop(columns=["quarter", "true"])])
    return table.sort_values([*keys, "begin"], kind="stable").reset_index(drop=True)
