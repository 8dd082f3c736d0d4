"""The true grain of dust: which shares of PM are PM10, PM2.5, black carbon and organic carbon.

Here: the draws, around the medians of `data/<territory>/dust.csv`. Not here: dust itself (`hours`, `statistics.area`);
no feed tells any of these species.
"""

import numpy as np
import pandas as pd

SPECIES = ("PM10", "PM2.5", "BC", "OC")
CARBON_LIMIT = 0.95  # of PM2.5: some of it is always ash, salt or water


def shares(medians: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Shares of PM, one column per species and one row per row of `medians`: PM10 ≥ PM2.5 ≥ BC + OC.

    Sizes spread normally in the logarithm of their odds (PM10 of PM, PM2.5 of PM10), carbon lognormally.
    """
    draw = np.clip(rng.standard_normal((4, len(medians))), -2.5, 2.5)
    size, carbon = medians["size_sigma"].to_numpy(), medians["carbon_sigma"].to_numpy()
    pm10 = _odds(medians["pm10"], size * draw[0])
    pm2_5 = pm10 * _odds(medians["pm2_5"] / medians["pm10"], size * draw[1])
    parts = medians[["bc", "oc"]].to_numpy().T * np.exp(carbon * draw[2:])
    parts *= np.minimum(1, CARBON_LIMIT / parts.sum(axis=0))
    return pd.DataFrame(dict(zip(SPECIES, (pm10, pm2_5, *(parts * pm2_5)), strict=True)))


def _odds(median: pd.Series, deviation: np.ndarray) -> np.ndarray:
    share = median.to_numpy(float)
    odds = share / (1 - share) * np.exp(deviation)
    return odds / (1 + odds)


def medians(table: pd.DataFrame, subjects: pd.Series, names: pd.Series) -> pd.DataFrame:
    """Rows of `dust.csv` for these subjects (kinds of plant or county classes) and names of their outlets."""
    keys = pd.DataFrame({"subject": subjects.to_numpy(), "name": names.to_numpy()})
    return keys.merge(table.fillna({"name": ""}), on=["subject", "name"], how="left", validate="many_to_one")


def of_area(table: pd.DataFrame, dust: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of the four species for county dust (`county, source_class, species, month, kg`); one draw per county."""
    cells = dust[["county", "source_class"]].drop_duplicates().sort_values(["source_class", "county"])
    drawn = shares(medians(table, cells["source_class"], pd.Series("", index=cells.index)), rng)
    share = dust.merge(cells.reset_index(drop=True).join(drawn), on=["county", "source_class"], how="left")
    return pd.concat([share[list(dust)].assign(species=s, kg=share["kg"] * share[s]) for s in SPECIES])
