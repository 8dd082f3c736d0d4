"""Who holds the permits of the synthetic province: where holders are, what they own, when they were permitted.

Here: draws about holders. Not here: what they run and burn (`world`).
"""

from datetime import date

import numpy as np
import pandas as pd

from pipelines.sample import codes, noise
from pipelines.sample.territory import Territory


def placed(rng: np.random.Generator, counties: pd.DataFrame, weight: str, count: int) -> pd.DataFrame:
    """Counties by weight, and a position inside each one's box."""
    share = counties[weight].to_numpy(float)
    chosen = counties.iloc[rng.choice(len(counties), count, p=share / share.sum())].reset_index(drop=True)
    chosen["lon"] = rng.uniform(chosen["lon_min"], chosen["lon_max"]).round(6)
    chosen["lat"] = rng.uniform(chosen["lat_min"], chosen["lat_max"]).round(6)
    return chosen


def share_owners(sites: pd.DataFrame, rng: np.random.Generator) -> None:
    """Second sites of the same company (same code, next serial), and units without a credit code."""
    by_kind = sites.groupby("type", sort=False).indices
    for first in np.flatnonzero(rng.random(len(sites)) < noise.SECOND_SITES):
        others = [i for i in by_kind[sites.at[first, "type"]] if i > first and sites.at[i, "serial"] == 1]
        if others and sites.at[first, "serial"] == 1:
            sites.loc[others[0], ["uscc", "serial"]] = [sites.at[first, "uscc"], 2]
            sites.loc[others[0], "name"] = (
                sites.at[first, "name"] + f"（{sites.at[others[0], 'county_name']}厂区）"
            )
    small = np.flatnonzero((sites["management"] == "simplified") & (sites["serial"] == 1))
    for serial, i in enumerate(
        small[rng.random(len(small)) < noise.NO_USCC / max(len(small) / len(sites), 0.01)], 1
    ):
        if not (sites["uscc"] == sites.at[i, "uscc"]).sum() > 1:
            sites.loc[i, "uscc"] = codes.without_credit_code(sites.at[i, "county"], serial)


def date_permits(sites: pd.DataFrame, rng: np.random.Generator, year: int) -> None:
    """Opening day (newer plants: within the last year and a half) and five-year validity of the permit."""
    count, first = len(sites), np.datetime64(f"{year}-01-01", "D")
    sites["newer"] = (rng.random(count) < noise.NEWER_PLANTS) & (sites["management"] != "registration")
    opened = np.where(sites["newer"], rng.integers(-180, 180, count), -rng.integers(900, 8000, count))
    sites["opened"] = (first + opened).astype("datetime64[s]")
    issued = np.where(sites["newer"], opened - 30, -rng.integers(0, 1800, count))
    sites["permit_from"] = (first + issued).astype("datetime64[s]")


def registrations(
    territory: Territory, sites: pd.DataFrame, year: int, rng: np.random.Generator
) -> pd.DataFrame:
    """The many small plants that are only registered: no limits, no report, no row in the statistics."""
    count = round(int((sites["management"] != "registration").sum()) * noise.REGISTRATIONS_PER_PERMIT)
    place = placed(rng, territory.counties, "industry_1e8", count)
    settings = territory.settings
    words = rng.choice(settings["registered_words"], count)
    frame = pd.DataFrame(
        {
            "county": place["code"],
            "county_name": place["name"],
            "lon": place["lon"],
            "lat": place["lat"],
            "industry": rng.choice(settings["registered_industries"], count),
            "name": codes.names(rng, list(place["name"]), list(words), settings["name_syllables"]),
            "uscc": codes.credit_codes(rng, list(place["code"])),
            "permit_from": (np.datetime64(date(year, 1, 1), "D") - rng.integers(0, 1800, count)).astype(
                "datetime64[s]"
            ),
        }
    )
    frame["permit"] = frame["uscc"] + "001" + rng.choice(list("WXYZ"), count)
    frame["size"] = np.exp(rng.standard_normal(count))  # kg of every species scale with it; median 1
    return frame
