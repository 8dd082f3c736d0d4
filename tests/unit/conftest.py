"""Small feeds as staging tables of the contracts' shape, linked by the real room; a release for the next linking."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines.contracts import create_sql, load
from pipelines.identity import link_records
from pipelines.identity.link import LinkSummary

TABLES = {
    "permit__site": {},
    "permit__outlet": {},
    "permit__report": {},
    "statistics__site": {"valid_from": "date", "valid_to": "date"},  # the staging view adds the days of the form's year
    "statistics__emission": {},
    "monitoring__point": {"monitor_id": "varchar"},
}
Row = dict[str, Any]


@dataclass
class Feeds:
    """Rows of the feeds, to be linked with `link`."""

    folder: Path
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def permit(self, key: str, name: str, **more: Any) -> "Feeds":
        """A version of a permit or register entry."""
        more = {"valid_from": "2025-01-01"} | more
        return self.add("permit__site", scheme="P", record_key=key, site_name=name, **more)

    def outlet(self, key: str, code: str, **more: Any) -> "Feeds":
        """An outlet of a permit."""
        return self.add("permit__outlet", scheme="P", record_key=key, outlet_code=code, **more)

    def form(self, key: str, name: str, year: int = 2025, **more: Any) -> "Feeds":
        """A statistics form of one year."""
        days = {"valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31"}
        return self.add("statistics__site", scheme="F", record_key=key, site_name=name, year=year, **days | more)

    def point(self, key: str, name: str, **more: Any) -> "Feeds":
        """A monitoring point in one validity."""
        more = {"monitor_id": f"M:{key}", "valid_from": "2025-01-01"} | more
        return self.add("monitoring__point", scheme="M", monitor_key=key, site_name=name, **more)

    def add(self, table: str, **row: Any) -> "Feeds":
        """Any row."""
        given = self.rows[table]
        given.append({"profile": "test", "source_file_id": table, "row_no": len(given) + 2, **row})
        return self

    def shuffled(self, shuffle: random.Random) -> "Feeds":
        """The same rows in another order."""
        rows = {table: shuffle.sample(given, len(given)) for table, given in self.rows.items()}
        return Feeds(self.folder, rows)

    def only(self, *feeds: str) -> "Feeds":
        """The rows of these feeds."""
        return Feeds(self.folder, {t: rows if t.split("__")[0] in feeds else [] for t, rows in self.rows.items()})

    def link(
        self,
        parent: Path | None = None,
        decisions: Sequence[Path] = (),
        code: str | None = None,
        con: duckdb.DuckDBPyConnection | None = None,
    ) -> "Linked":
        """Link them, with the ids of a release written by `Linked.release`, in a work file that may have been used."""
        con = con or duckdb.connect()
        con.execute("drop schema if exists staging cascade; create schema staging")
        for table, added in TABLES.items():
            con.execute(create_sql(load("raw")[table], "staging"))
            con.execute(f"alter table staging.{table} rename to stg_{table}")
            for name, kind in added.items():
                con.execute(f"alter table staging.stg_{table} add column {name} {kind}")
            if self.rows[table]:
                names = sorted({name for row in self.rows[table] for name in row})
                columns = {name: [row.get(name) for row in self.rows[table]] for name in names}
                con.register("given", pa.table({name: pa.array(values) for name, values in columns.items()}))
                con.execute(f"insert into staging.stg_{table} by name select * from given")
                con.unregister("given")
        return Linked(con, link_records(con, parent, decisions, code))


@dataclass
class Linked:
    """What came of a linking."""

    con: duckdb.DuckDBPyConnection
    summary: LinkSummary

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    @property
    def links(self) -> list[tuple[Any, ...]]:
        """All links with everything they say, in stable order."""
        return self.query("select * from identity.link order by feed, scheme, record_key, valid_from")

    def site(self, key: str, on: str = "2025-06-30") -> str:
        """Site of the record with this key on a day."""
        [(site,)] = self.query(
            f"select site_id from identity.link where record_key = '{key}' and date '{on}' between"
            " coalesce(in_force_from, date '0001-01-01') and coalesce(in_force_to, date '9999-12-31')"
        )
        return site

    def how(self, key: str) -> tuple[str, float]:
        """Method and score of a record's link."""
        [(method, score)] = self.query(f"select method, score from identity.link where record_key = '{key}'")
        return method, score

    def places(self) -> set[frozenset[tuple[str, str]]]:
        """The records that are one place, whatever it is called."""
        return {frozenset(map(tuple, group)) for (group,) in self.query(
            "select list([feed, record_key || ' ' || valid_from]) from identity.link group by site_id"
        )}  # fmt: skip

    def events(self, kind: str) -> list[tuple[str | None, str]]:
        """(old id, id) of the events of one kind."""
        return self.query(f"select old_site_id, site_id from identity.site_event where event = '{kind}' order by all")

    def release(self, folder: Path) -> Path:
        """The tables of a release that the next linking reads, as Parquet in `folder`."""
        for public, table in (("crosswalk", "link_version"), ("site_event", "site_event")):
            place = folder / "parquet" / "v1" / public
            place.mkdir(parents=True)
            self.con.execute(f"copy identity.{table} to '{place}/part-0.parquet'")
        return folder


@pytest.fixture
def feeds(tmp_path: Path) -> Callable[[], Feeds]:
    """A maker of empty feeds."""
    return lambda: Feeds(tmp_path)


@pytest.fixture
def decided(tmp_path: Path) -> Callable[..., Path]:
    """Writes a decision file: tuples of left, right (register letter and key), verdict."""

    def write(*decisions: tuple[str, str, str]) -> Path:
        from pipelines.identity.clerical.decision import LinkDecision
        from pipelines.identity.clerical.decisions import add_decisions

        made = [
            LinkDecision(left[0], left[1:], right[0], right[1:], verdict, "Li Ming", date(2025, 6, 1), "seen")
            for left, right, verdict in decisions
        ]
        add_decisions(tmp_path / "decisions", made)
        return tmp_path / "decisions" / LinkDecision.FILE

    return write
