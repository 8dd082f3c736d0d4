"""The candidate on disk: Parquet by contract, the same bytes twice, a DuckDB file anybody can read."""

import hashlib
import json
import re
import struct
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipelines import contracts, release
from pipelines.errors import GateRefused, InventoryError
from pipelines.home import Home
from pipelines.release import StoredView

from .conftest import KNOWN_AT, record


def parquet_hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("parquet/**/*.parquet"))
    }


def test_two_exports_are_byte_equal(work: duckdb.DuckDBPyConnection, home: Home) -> None:
    first = parquet_hashes(release.export_candidate(work, home, "a", record(home)))
    work.execute("create or replace temp table shuffled as from marts.emission order by hash(emission_id)")
    work.execute("delete from marts.emission")
    work.execute("insert into marts.emission from shuffled")
    work.execute("set threads = 1")
    second = parquet_hashes(release.export_candidate(work, home, "b", record(home)))
    work.execute("reset threads")
    assert len(first) == len(contracts.load("public")) - 1  # all tables but the audit, one file each
    assert first == second


def test_parquet_files_have_the_contract_schema(template: Home) -> None:
    folder = template.current.resolve() / "parquet/v1"
    assert {path.name for path in folder.iterdir()} == set(contracts.load("public"))
    for name, contract in contracts.load("public").items():
        for path in (folder / name).rglob("*.parquet"):
            schema = pq.read_schema(path)
            assert schema.equals(contracts.arrow_schema(contract))
            assert schema.metadata[b"contract"] == f"public/{name}".encode()
            assert all({b"en", b"zh"} <= field.metadata.keys() for field in schema)
    mass = pq.read_schema(next((folder / "emission").rglob("*.parquet"))).field("mass_kg")
    assert mass.metadata[b"unit"] == b"kg"


def test_pandas_reads_every_table_as_a_folder(template: Home) -> None:
    folder = template.current.resolve() / "parquet/v1"
    emission = pd.read_parquet(folder / "emission")
    assert set(emission["year"].astype(int)) == {2020}
    assert emission["mass_kg"].sum() == pytest.approx(15360)
    for name in contracts.load("public"):
        assert len(pd.read_parquet(folder / name)) >= 0


def test_the_warehouse_is_commented_and_readable_by_old_versions(template: Home) -> None:
    path = template.current.resolve() / "warehouse.duckdb"
    with path.open("rb") as stream:
        stream.seek(12)  # after checksum and magic bytes: the storage version; 64 is DuckDB 0.9 to 1.1
        assert struct.unpack("<Q", stream.read(8)) == (64,)
    with release.open_release(template) as opened:
        counted = opened.con.execute(
            "select schema_name, count(*), count(comment) from duckdb_columns() where not internal group by 1"
        ).fetchall()
        public = contracts.load("public")
        columns = sum(len(contract.columns) for contract in public.values())
        assert sorted(counted) == [("main", columns, columns), ("v1", columns, columns)]
        for kind, function in (("table", "duckdb_tables()"), ("view", "duckdb_views()")):
            found = opened.con.execute(
                f"select {kind}_name, comment from {function} where not internal"
            ).fetchall()
            assert {name for name, comment in found if " | " in comment} == set(public)
        with pytest.raises(duckdb.Error):
            opened.con.execute("delete from v1.emission")


def test_hours_are_stored_wide_and_shown_long(work: duckdb.DuckDBPyConnection, home: Home) -> None:
    work.execute("begin")
    work.execute("alter table marts.monitored_hour rename to long_hour")
    work.execute("create schema monitoring")
    work.execute(
        "create table monitoring.hour as select monitor_id, source_id, hour_start, state, flag, "
        "any_value(mass_kg) filter (where species = 'NOx') as nox_kg, "
        "any_value(mass_kg) filter (where species = 'CO2') as co2_kg from marts.long_hour group by all"
    )
    long = " union all ".join(
        "select monitor_id, source_id, "
        f"'{species}' as species, hour_start, {column} as reported_kg, {column} as accepted_kg, "
        f"null as filled_kg, null as fill_rule, state, flag, {column} as mass_kg, null as revised_kg, null as origin "
        'from "warehouse"."monitoring"."hour"'
        for species, column in (("NOx", "nox_kg"), ("CO2", "co2_kg"))
    )
    work.execute(f'create view "warehouse"."marts"."monitored_hour" as ({long})')
    work.execute("commit")
    try:
        views = {"monitored_hour": StoredView({"monitored_hour_wide": "monitoring.hour"})}
        folder = release.export_candidate(work, home, "wide", record(home), views)
    finally:
        work.execute("drop view marts.monitored_hour")
        work.execute("alter table marts.long_hour rename to monitored_hour")
        work.execute("drop schema monitoring cascade")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from storage.monitored_hour_wide").fetchone() == (8784,)
        counted = con.execute("select count(*), fsum(mass_kg) from monitored_hour").fetchone()
        assert counted == (2 * 8784, pytest.approx(12120))
        [(sql,)] = con.execute(
            "select sql from duckdb_views() where schema_name = 'v1' and view_name = 'monitored_hour'"
        ).fetchall()
        assert "monitored_hour_wide" in sql
        assert "warehouse" not in sql


def test_a_view_that_needs_the_work_file_is_refused(work: duckdb.DuckDBPyConnection, home: Home) -> None:
    outside = StoredView(sql="select * from warehouse.marts.monitor")
    with pytest.raises(InventoryError, match=r"v1.monitor cannot be read by itself"):
        release.export_candidate(work, home, "outside", record(home), {"monitor": outside})
    assert release.stale_candidates(home) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("update marts.emission set mass_kg = null where emission_id = 'c1:01'", "'mass_kg' with null"),
        ("update marts.emission set month = null where emission_id = 'c1:01'", "have no year"),
        ("alter table marts.site drop column site_name", "site_name"),
        ("drop table marts.coverage", "coverage"),
    ],
)
def test_tables_that_do_not_fit_leave_no_candidate(
    work: duckdb.DuckDBPyConnection, home: Home, change: str, sentence: str
) -> None:
    work.execute("begin")
    work.execute(change)
    try:
        with pytest.raises(GateRefused, match=sentence):
            release.export_candidate(work, home, "bad", record(home))
    finally:
        work.execute("rollback")
    assert release.stale_candidates(home) == []


def test_manifest_and_data_package_describe_the_files(template: Home) -> None:
    folder = template.current.resolve()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["release_id"] == folder.name == f"{KNOWN_AT:%Y.%m.%d}-01"
    assert manifest["contracts"] == contracts.serialise()
    assert manifest["rows"]["emission"] == 48
    assert manifest["rows"]["release"] == 1
    assert {row["file_name"] for row in manifest["inputs"]} == {"stat.csv", "hours.csv", "permit.csv"}
    assert "warehouse.duckdb" in manifest["files"]
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert set(resources) == set(contracts.load("public"))
    assert resources["emission"]["path"] == ["parquet/v1/emission/year=2020/part-0.parquet"]
    assert all((folder / path).is_file() for resource in resources.values() for path in resource["path"])
    fields = {field["name"]: field for field in resources["emission"]["schema"]["fields"]}
    assert fields["mass_kg"]["unit"] == "kg"


def test_data_docs_are_readable_without_a_network(template: Home) -> None:
    docs = template.current.resolve() / "docs"
    pages = sorted(docs.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        html = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|link)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", html)
        assert "<style>" in html and "<script" not in html and loaded == [], page
    index = (docs / "index.html").read_text(encoding="utf-8")
    links = re.findall(r"href='((?:validations|expectations)/[^']+)'", index)
    assert len(links) == len(pages) - 1
    assert [link for link in links if not (docs / link).is_file()] == []
