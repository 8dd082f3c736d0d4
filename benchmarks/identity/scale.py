"""Speed of linking a whole province: 400,000 registrations, 20,000 permits, 15,000 forms, 10,000 monitoring points.

Here: invented heads of that number with dirty copies, time and memory of linking them, and of linking the days after:
no new head, a hundred changed records, a thousand. The last day is linked anew as well, and must come out the same.
Not here: cases that are more than numerous (`__main__`).
"""

import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import duckdb
import numpy as np
import pandas as pd
import typer

from benchmarks.identity import dirt
from benchmarks.identity.records import compare, stage
from pipelines.feeds.codes import codes
from pipelines.identity import link_records

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


def change(con: duckdb.DuckDBPyConnection, count: int, seed: int) -> None:
    """Change so many records, a third of each feed: new, renamed, moved, without legal code, gone."""
    for table, key in (
        ("permit__site", "record_key"),
        ("statistics__site", "record_key"),
        ("monitoring__point", "monitor_key"),
    ):
        con.execute(f"""
            create or replace temp table picked as
            select {key} as picked_key, row_number() over (order by md5({key} || '{seed}')) % 5 as kind
            from staging.stg_{table} order by md5({key} || '{seed}') limit {-(-count // 3)};
            insert into staging.stg_{table} by name
            select given.* replace ({key} || 'N' as {key}) from staging.stg_{table} as given
            inner join picked on picked_key = {key} where kind = 0;
            update staging.stg_{table} set site_name = '新' || site_name
            where {key} in (select picked_key from picked where kind = 1);
            update staging.stg_{table} set lon_deg = lon_deg + 0.01
            where {key} in (select picked_key from picked where kind = 2);
            update staging.stg_{table} set legal_code = null
            where {key} in (select picked_key from picked where kind = 3);
            delete from staging.stg_{table} where {key} in (select picked_key from picked where kind = 4)
        """)


def release(con: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    """The tables of a release that the next linking reads."""
    for public, table in (("crosswalk", "link_version"), ("site_event", "site_event")):
        place = folder / "parquet" / "v1" / public
        place.mkdir(parents=True)
        con.execute(f"copy identity.{table} to '{place}/part-0.parquet'")
    return folder


def timed(name: str, work: Callable[[], Any]) -> float:
    """Do it and print seconds by the clock and of the processor (which other programs do not lengthen so much)."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    spent = time.process_time() - processor
    print(f"{name}: {time.perf_counter() - clock:.1f} s, {spent:.1f} s of the processor", flush=True)
    return spent


def outcome(con: duckdb.DuckDBPyConnection) -> list[Any]:
    """Fingerprints of the tables that a linking leaves to others."""
    tables = ("link", "link_version", "site", "site_event", "link_candidate", "coordinate", "coordinate_proposal")
    query = "select count(*), bit_xor(hash(given)), sum(hash(given)::hugeint) from identity.{} as given"
    return [con.execute(query.format(table)).fetchall() for table in tables]


def main(
    registrations: Annotated[int, typer.Option()] = 400_000,
    permits: Annotated[int, typer.Option()] = 20_000,
    forms: Annotated[int, typer.Option()] = 15_000,
    points: Annotated[int, typer.Option()] = 10_000,
) -> None:
    """Link a whole province and the days after; print time and peak memory (invented records included)."""
    tables, truth = province(registrations, permits, forms, points)
    with TemporaryDirectory() as scratch, duckdb.connect(f"{scratch}/work.duckdb", config={"threads": 2}) as con:
        stage(con, tables, YEAR)
        whole = timed("everything", lambda: print(link_records(con, code="scale")))
        print(compare(con, "invented province", truth))
        parent = release(con, Path(scratch) / "2025.01.01-01")
        timed("nothing changed", lambda: link_records(con, parent, code="scale"))
        for day, count in enumerate((100, 1000), 2):
            change(con, count, day)
            former = parent
            spent = timed(f"{count} records changed", partial(link_records, con, former, code="scale"))
            print(f"  {spent / whole:.1%} of linking everything")
            parent = release(con, Path(scratch) / f"2025.01.{day:02d}-01")
        continued = outcome(con)
        timed("the same day anew", lambda: link_records(con, former))
        is_same = outcome(con) == continued
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB peak")
    if not is_same:
        raise SystemExit("The links differ from those of linking anew.")
    print("the same links, sites and events as linking anew")


if __name__ == "__main__":
    typer.run(main)
