"""The sample province with heavy dirt: records and truth for the benchmark, labelled records for training.

Here: the sample's heads read through the feeds room, addresses and rated inputs invented for both sides, split permits,
dirt. Not here: kinds of dirt (`dirt`). Training and benchmark use different provinces (seeds).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.identity import dirt
from benchmarks.identity.records import read_raw
from pipelines.sample import write_province

PROFILES = ("cn-permit-site", "cn-envstat-site-csv", "cn-cems-point-csv")
TABLES = ("permit__site", "statistics__site", "monitoring__point")
YEAR = 2025
TRAIN_SEED, TEST_SEED = 7, 11
SPLIT = 0.10  # share of permits that a second permit of the same firm in the same county joins


def make(folder: Path, sites: int, seed: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables of raw shape with dirt, and the truth of every form and monitoring point (see `records.compare`)."""
    write_province(folder / "feeds", sites=sites, months=1, seed=seed, year=YEAR)
    tables = read_raw(folder / "feeds", folder / "home", TABLES)
    links = pd.read_csv(folder / "feeds" / "truth" / "site.csv", dtype=str, keep_default_na=False)
    links["permit_key"] = links["permit_key"].str.upper()  # as the profile reads them
    permits, second = _split(_with_places(tables["permit__site"], seed), set(links["permit_key"]), seed)
    tables["permit__site"] = pd.concat([permits, second], ignore_index=True)
    truths = []
    for table, feed, key, linked in (
        ("statistics__site", "statistics", "record_key", "statistics_key"),
        ("monitoring__point", "monitoring", "monitor_key", "monitor_key"),
    ):
        permit_of = links[links[linked] != ""].drop_duplicates(linked).set_index(linked)["permit_key"]
        rows = tables[table].assign(true_key=lambda rows, of=permit_of, key=key: rows[key].map(of))
        if feed == "statistics":
            rows = pd.concat([rows, _forms_of_second(rows, second)], ignore_index=True)
        # A second form of a firm with a permit (its own power plant) is of that site or not: no truth, not judged.
        judged = rows["true_key"].notna() | ~rows["legal_code"].isin(permits["legal_code"].dropna())
        rows = _as_the_permit_says(rows, tables["permit__site"])
        truths.append(
            rows.loc[judged, ["scheme", key, "true_key"]].set_axis(["scheme", "record_key", "true_key"], axis=1)
        )
        tables[table] = dirt.soil(rows, seed + 1).drop(columns="true_key")
    tables["monitoring__point"] = tables["monitoring__point"].drop(columns=["address", "industry_code"])
    truth = pd.concat(truths, ignore_index=True).drop_duplicates(["scheme", "record_key"])
    return tables, truth.assign(true_scheme=permits["scheme"].iloc[0])


def _with_places(permits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """An address (county, road, number) and a rated input for every permit, the same in all its versions."""
    rng = np.random.default_rng([seed, 2])
    permit, keys = pd.factorize(permits["record_key"], sort=True)
    roads = rng.choice(dirt.SYLLABLES, (len(keys), 2))
    numbers = rng.integers(1, 900, len(keys))
    streets = np.array([f"{a}{b}路{n}号" for (a, b), n in zip(roads, numbers, strict=True)], dtype=object)
    rated_input_mw = np.exp(rng.normal(2, 1.5, len(keys))).round(1)
    address = permits["region_name"].fillna("") + streets[permit]
    return permits.assign(address=address, rated_input_mw=rated_input_mw[permit])


def _split(permits: pd.DataFrame, surveyed: set[str], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Permits, and second permits of the same firms for works 2 to 6 km away; half of the first ones are numbered."""
    rng = np.random.default_rng([seed, 3])
    keys = sorted(surveyed)
    chosen = {key: rng.random() for key in keys if rng.random() < SPLIT}
    numbered = permits["record_key"].map(lambda key: chosen.get(key, 1.0) < 0.5)
    first = permits[permits["record_key"].isin(list(chosen))].drop_duplicates("record_key")
    second = first.assign(
        record_key=first["record_key"].str[:18] + "009" + first["record_key"].str[21:],
        site_name=first["site_name"] + "（二厂区）",
        lat_deg=first["lat_deg"] + rng.uniform(0.02, 0.05, len(first)),
        address=first["address"].str.replace(r"\d+号$", "", regex=True) + "999号",
    )
    names = permits["site_name"].where(~numbered, permits["site_name"] + "（一厂区）")
    return permits.assign(site_name=names), second


def _forms_of_second(forms: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The second works file forms of their own."""
    template = forms.dropna(subset="true_key").iloc[[0] * len(second)].reset_index(drop=True)
    same = ["site_name", "legal_code", "region_code", "region_name", "industry_code", "lon_deg", "lat_deg"]
    shared = {column: second[column].to_numpy() for column in same}
    keys = second["record_key"].to_numpy()
    return template.assign(**shared, record_key=keys, true_key=keys, permit_key=keys)


def _as_the_permit_says(rows: pd.DataFrame, permits: pd.DataFrame) -> pd.DataFrame:
    """Address, industry and number of the works as the permit has them; records of no permit keep what they have."""
    known = permits.drop_duplicates("record_key").set_index("record_key")
    industry = rows["true_key"].map(known["industry_code"])
    is_numbered = rows["true_key"].map(known["site_name"]).str.endswith("（一厂区）").fillna(False).astype(bool)
    return rows.assign(
        address=rows["true_key"].map(known["address"]),
        industry_code=rows.get("industry_code", industry).fillna(industry),
        site_name=rows["site_name"].where(~is_numbered, rows["site_name"] + "（一厂区）"),
    )
