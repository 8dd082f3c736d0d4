"""From feed files to linked records and to figures: the common part of all identity benchmarks.

Here: landing and raw through the feeds room, staging tables of the contracts' shape, linking through the identity room,
and the count of right, wrong and missing links per stage. Not here: what is true (the cases), dirt.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from pipelines.contracts import create_sql, load
from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.store.landing import land
from pipelines.feeds.store.raw import write_raw
from pipelines.feeds.store.workfile import register_raw
from pipelines.home import Home
from pipelines.identity import LinkSummary, link_records

STAGED = (
    "permit__site", "permit__outlet", "permit__report", "statistics__site", "statistics__emission", "monitoring__point"
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Links against the truth: counts per stage, and the two measures."""

    name: str
    stages: pd.DataFrame  # index method; columns right, wrong
    missing: int
    true_links: int

    @property
    def precision(self) -> float:
        right, wrong = int(self.stages["right"].sum()), int(self.stages["wrong"].sum())
        return right / (right + wrong) if right + wrong else 0.0

    @property
    def recall(self) -> float:
        return int(self.stages["right"].sum()) / self.true_links

    def __str__(self) -> str:
        table = self.stages.to_string() if len(self.stages) else "(no links)"
        return (
            f"{self.name}\n{table}\nmissing {self.missing} of {self.true_links}"
            f" · precision {self.precision:.4f} · recall {self.recall:.4f}\n"
        )


def read_raw(folder: Path, home: Path, tables: Collection[str]) -> dict[str, pd.DataFrame]:
    """Raw tables of a feed set; files that make none of them are not read."""
    room = Home(home).ensure()
    feed_set = load_feed_set(folder)
    receipts = [
        receipt
        for receipt in land(feed_set, room)
        if not {part.table for part in feed_set.profile(receipt.profile).profile.tables}.isdisjoint(tables)
    ]
    write_raw(room, receipts, feed_set)
    with duckdb.connect() as con:
        register_raw(con, room, receipts, feed_set)
        return {table: con.sql(f"from raw.{table} order by source_file_id, row_no").df() for table in tables}


def link(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pd.DataFrame], year: int) -> LinkSummary:
    """Stage the tables (see `stage`) and link them."""
    stage(con, tables, year)
    return link_records(con)


def stage(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pd.DataFrame], year: int) -> None:
    """Staging tables as dbt makes them: days of a form's year, first day of an entry without validity."""
    con.execute("create schema if not exists staging")
    for name in STAGED:
        con.execute(create_sql(load("raw")[name], "staging"))
        con.execute(f"alter table staging.{name} rename to stg_{name}")
        if name == "statistics__site":
            con.execute(f"alter table staging.stg_{name} add column valid_from date default '{year}-01-01'")
            con.execute(f"alter table staging.stg_{name} add column valid_to date default '{year}-12-31'")
        if name in tables:
            con.register("rows_", tables[name])
            con.execute(f"insert into staging.stg_{name} by name select * from rows_")
            con.unregister("rows_")
        if "valid_from" in con.sql(f"from staging.stg_{name}").columns:
            con.execute(f"update staging.stg_{name} set valid_from = '{year}-01-01' where valid_from is null")


def compare(con: duckdb.DuckDBPyConnection, name: str, truth: pd.DataFrame) -> Result:
    """Links against the truth: one row per record (scheme, record_key) and what it should be linked to.

    Args:
        con: where `link` linked.
        name: title of the result.
        truth: columns scheme, record_key, true_scheme, true_key. The record is linked if its site has a record of
            true_scheme; rightly, if it is the one of true_key. Without true_key it has no counterpart there.
    """
    con.register("truth_", truth)
    rows = con.sql(
        """
        with linked as (select distinct scheme, site_id from identity.link),

        home as (select distinct scheme as true_scheme, record_key as true_key, site_id from identity.link)

        select
            link.method,
            (truth.true_scheme, link.site_id) in (select (scheme, site_id) from linked) as is_linked,
            (truth.true_scheme, truth.true_key, link.site_id) in (
                select (true_scheme, true_key, site_id) from home
            ) as is_right,
            truth.true_key is not null as is_true,
            count(*) as count
        from truth_ as truth
        inner join identity.link as link on link.scheme = truth.scheme and link.record_key = truth.record_key
        group by all order by all
        """
    ).df()
    con.unregister("truth_")
    rows["is_right"] = rows["is_right"].fillna(False).astype(bool)
    linked = rows[rows["is_linked"]]
    stages = (
        pd.DataFrame(
            {
                "right": linked[linked["is_right"]].groupby("method")["count"].sum(),
                "wrong": linked[~linked["is_right"]].groupby("method")["count"].sum(),
            }
        )
        .fillna(0)
        .astype(int)
    )
    true_links = int(rows[rows["is_true"]]["count"].sum())
    return Result(name, stages, true_links - int(stages["right"].sum()), true_links)
