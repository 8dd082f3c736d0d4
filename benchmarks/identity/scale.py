"""Speed of linking a whole province: 400,000 registrations, 20,000 permits, 15,000 forms, 10,000 monitoring points.

Here: invented heads of that number with dirty copies, and time and memory of linking them. Not here: cases that are
more than numerous (`__main__`).
"""

import resource
import time
from typing import Annotated

import duckdb
import numpy as np
import pandas as pd
import typer

from benchmarks.identity import dirt
from benchmarks.identity.records import compare, link
from pipelines.feeds.codes import codes

YEAR = 2025
TRADES = [
    "热电",
    "水泥",
    "印染",
    "化工",
    "造纸",
    "食品",
    "五金制品",
    "塑料制品",
    "家具",
    "机械",
    "电镀",
    "铸造",
    "建材",
    "纺织",
]
SYLLABLES = "东江华金大天安新瑞丰恒泰宏盛兴隆嘉裕远通达明德信诚和顺利源福"


def heads(count: int, seed: int) -> pd.DataFrame:
    """Distinct invented permit heads in the counties of one province, 0.1 degree around each county's centre."""
    rng = np.random.default_rng(seed)
    counties = np.array([code for code in codes("region") if code.startswith("33") and not code.endswith("00")])
    which = rng.integers(0, len(counties), count)
    centres = np.column_stack([rng.uniform(118.5, 122, len(counties)), rng.uniform(27.5, 31, len(counties))])
    letters = np.array(list(SYLLABLES))[rng.integers(0, len(SYLLABLES), (count, 4))]
    words = pd.Series(letters[:, 0] + letters[:, 1] + letters[:, 2] + letters[:, 3])
    trades = pd.Series(np.array(TRADES)[rng.integers(0, len(TRADES), count)])
    county = pd.Series(counties[which])
    town = pd.Series([f"{SYLLABLES[n % 30]}{SYLLABLES[n // 30 + 7]}区" for n in which])
    bodies = pd.Series(100_000_000 + 7 * rng.permutation(count)).astype(str)
    code = "91" + county + bodies + "X"
    return pd.DataFrame(
        {
            "scheme": "CN-PERMIT",
            "record_key": code + "001" + np.where(rng.random(count) < 0.05, "P", "W"),
            "site_name": town + words + trades + "有限公司",
            "legal_code": code,
            "region_code": county,
            "industry_code": rng.integers(1311, 4620, count).astype(str),
            "address": town + words.str[:2] + "路" + pd.Series(rng.integers(1, 999, count)).astype(str) + "号",
            "lon_deg": centres[which, 0] + rng.normal(0, 0.1, count),
            "lat_deg": centres[which, 1] + rng.normal(0, 0.1, count),
        }
    )


def province(
    registrations: int, permits: int, forms: int, points: int, seed: int = 5
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Tables of raw shape, forms and points being dirty copies of permits, and the truth (see `records.compare`)."""
    entries = heads(registrations + permits, seed).assign(
        profile="scale", source_file_id="", row_no=range(registrations + permits)
    )
    known = entries.iloc[-permits:].assign(permit_key=lambda rows: rows["record_key"])
    tables, truths = {"permit__site": entries}, []
    for table, key, count, scheme in (
        ("statistics__site", "record_key", forms, "CN-ENVSTAT"),
        ("monitoring__point", "monitor_key", points, "CN-CEMS"),
    ):
        rows = dirt.soil(known.sample(count, replace=count > permits, random_state=seed).reset_index(drop=True), seed)
        keys = [f"{scheme}{n}" for n in range(count)]
        truths.append(pd.DataFrame({"scheme": scheme, "record_key": keys, "true_key": rows["record_key"]}))
        rows = rows.drop(columns="record_key").assign(scheme=scheme, **{key: keys})
        if table == "statistics__site":
            rows = rows.assign(year=YEAR)
        else:
            rows = rows.drop(columns=["address", "industry_code"])
        tables[table] = rows
    return tables, pd.concat(truths).assign(true_scheme="CN-PERMIT")


def main(
    registrations: Annotated[int, typer.Option()] = 400_000,
    permits: Annotated[int, typer.Option()] = 20_000,
    forms: Annotated[int, typer.Option()] = 15_000,
    points: Annotated[int, typer.Option()] = 10_000,
) -> None:
    """Link a whole province and print time and peak memory (of the process, its invented records included)."""
    tables, truth = province(registrations, permits, forms, points)
    with duckdb.connect(config={"threads": 2}) as con:
        begin = time.perf_counter()
        summary = link(con, tables, YEAR)
        seconds = time.perf_counter() - begin
        print(compare(con, "invented province", truth))
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{summary.records:,} records, {summary.sites:,} sites, {summary.links}")
    print(f"linked in {seconds:.1f} s, {peak_gib:.2f} GiB peak")


if __name__ == "__main__":
    typer.run(main)
