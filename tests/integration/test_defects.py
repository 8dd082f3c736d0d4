"""Verdicts on planted defects: none of the sample's is missed, and one that really passes unnoticed is said to be."""

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines import contracts
from pipelines.contracts.duck import create_sql
from pipelines.errors import UsageError
from pipelines.home import Home
from pipelines.report.defects import Verdict, judge, statements, summary, table, verdicts

HOUR = "MN1 2025-01-05T03/2025-01-05T04"
MONITOR = "insert into v1.monitor values ('CN-CEMS:MN1', 'MN1', 'site', 'site/DA001', '2025-01-01', null)"


def test_no_planted_defect_is_missed(sample_home: Home, sample_feeds: Path, show: Callable[[str], None]) -> None:
    found = judge(sample_home, sample_feeds)
    console = Console(width=150, file=io.StringIO())
    console.print(table(found))
    show(console.file.getvalue())
    missed = [one for one in found if one.verdict == "missed"]
    assert not missed, missed[:20]
    assert {one.part_d for one in found} >= set(range(1, 18))
    assert {one.verdict for one in found} == {"caught", "harmless"}


@pytest.fixture
def release() -> duckdb.DuckDBPyConnection:
    """An empty release and work file in memory."""
    con = duckdb.connect()
    con.execute("create schema v1; attach ':memory:' as work; create schema work.monitoring")
    con.execute(
        "create table work.monitoring.crosscheck (monitor_id varchar, species varchar, year bigint, hours bigint,"
        " agree_hours bigint, median_ratio double, slip varchar, slip_hours bigint)"
    )
    for contract in contracts.load("public").values():
        con.execute(create_sql(contract, "v1"))
    return con


def planted(folder: Path, *rows: dict[str, object]) -> Path:
    """A truth folder with these defects, and one plant with one logger."""
    (folder / "truth").mkdir()
    names = ["file", "row", "record", "kind", "part_d", "column", "stage", "expected"]
    blank = dict.fromkeys(names, "") | {"file": "monitoring/log.gz", "row": 7, "kind": "k", "part_d": 2, "record": HOUR}
    _write(folder / "truth" / "defects.csv", names, [blank | row for row in rows])
    keys = {"site_uid": "S1", "permit_key": "P1", "statistics_key": "F1", "monitor_key": "MN1", "outlet": "DA001"}
    _write(folder / "truth" / "site.csv", list(keys), [keys])
    cell = {"site_uid": "S1", "source_class": "power", "species": "NOx", "month": "2025-01", "mass_kg": 100}
    _write(folder / "truth" / "emission.csv", list(cell), [cell, cell | {"month": "2026-01"}])
    for year in ("", "2026/"):
        (folder / year / "monitoring").mkdir(parents=True)
        (folder / year / "monitoring" / "log.gz").write_text(f"log {year}")
    return folder


def _write(path: Path, names: list[str], rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


def _receive(con: duckdb.DuckDBPyConnection, file_id: str, text: str) -> None:
    con.execute(
        "insert into v1.source_file by name select ? as source_file_id, 'log.gz' as file_name, ? as sha256",
        [file_id, hashlib.sha256(text.encode()).hexdigest()],
    )


def hours(con: duckdb.DuckDBPyConnection, reported: float, accepted: float | None, state: str = "running") -> None:
    con.execute(MONITOR)
    con.execute(
        "insert into v1.monitored_hour by name select 'CN-CEMS:MN1' as monitor_id, 'site/DA001' as source_id,"
        " 'NOx' as species, timestamp '2025-01-05 03:00' as hour_start, ? as reported_kg, ? as accepted_kg, ? as state,"
        " 'N' as flag",
        [reported, accepted, state],
    )


def one(con: duckdb.DuckDBPyConnection, folder: Path) -> Verdict:
    (found,) = verdicts(con, folder)
    return found


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("raw", "frame_crc"), ("raw", "notice out_of_band"), ("raw", "duplicate; NOx 10 kg"),
        ("monitoring", "NOx 10 kg"), ("monitoring", "no accepted mass"), ("monitoring", "stopped, 0 kg"),
        ("monitoring", "slip 3600"), ("coverage", "no monitored month is eligible"),
        ("identity", "same plant"), ("sanity", "not used"),
        ("reconciliation", "within 0.2"),
    ],
)  # fmt: skip
def test_what_leaves_no_evidence_is_missed(
    release: duckdb.DuckDBPyConnection, tmp_path: Path, stage: str, expected: str
) -> None:
    assert one(release, planted(tmp_path, {"stage": stage, "expected": expected})).verdict == "missed"


@pytest.mark.parametrize(
    ("expected", "reported", "accepted", "verdict"),
    [
        ("NOx 10 kg", 10.0, 10.05, "harmless"),
        ("NOx 10 kg", 10.0, 20.0, "missed"),  # summed twice
        ("NOx 10 kg", 10.0, None, "missed"),  # lost
        ("no accepted mass", 10.0, None, "caught"),
        ("no accepted mass", 10.0, 10.0, "missed"),
        ("NOx 12 kg or no accepted mass", 10.0, None, "caught"),
        ("NOx 12 kg or no accepted mass", 10.0, 10.0, "missed"),
    ],
)
def test_an_hour_is_judged_by_its_accepted_mass(
    release: duckdb.DuckDBPyConnection, tmp_path: Path, expected: str, reported: float, accepted: float | None,
    verdict: str,
) -> None:  # fmt: skip
    hours(release, reported, accepted)
    assert one(release, planted(tmp_path, {"stage": "monitoring", "expected": expected})).verdict == verdict


@pytest.mark.parametrize(("row", "reason", "verdict"), [(7, "frame_crc", "caught"), (8, "frame_crc", "missed"),
                                                        (7, "frame_length", "missed")])  # fmt: skip
def test_only_the_very_row_and_reason_count_as_refused(
    release: duckdb.DuckDBPyConnection, tmp_path: Path, row: int, reason: str, verdict: str
) -> None:
    _receive(release, "f1", "log ")
    release.execute(
        "insert into v1.rejected_row by name select 'f1' as source_file_id, ? as row_no, ? as reason_code",
        [row, reason],
    )
    assert one(release, planted(tmp_path, {"stage": "raw", "expected": "frame_crc"})).verdict == verdict


def test_a_file_of_another_year_with_the_same_name_is_no_evidence(
    release: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    _receive(release, "f1", "log ")
    _receive(release, "f2", "log 2026/")
    release.execute(
        "insert into v1.rejected_row by name select 'f2' as source_file_id, 7 as row_no, 'frame_crc' as reason_code"
    )
    rows = [{"stage": "raw", "expected": "frame_crc", "file": f"{year}monitoring/log.gz"} for year in ("", "2026/")]
    assert [found.verdict for found in verdicts(release, planted(tmp_path, *rows))] == ["missed", "caught"]


@pytest.mark.parametrize(("fused", "verdict"), [(115.0, "harmless"), (125.0, "missed"), (300.0, "missed")])
def test_a_plant_is_judged_by_its_fused_figure(
    release: duckdb.DuckDBPyConnection, tmp_path: Path, fused: float, verdict: str
) -> None:
    release.execute("insert into v1.crosswalk by name select 'permit' as feed, 'P1' as record_key, 'site' as site_id")
    for month, mass_kg in (("2025-01-01", fused), ("2026-01-01", 100.0)):
        release.execute(
            "insert into v1.emission by name"
            " select 'site' as site_id, 'NOx' as species, ?::date as month, ? as mass_kg",
            [month, mass_kg],
        )
    row = {"stage": "reconciliation", "expected": "within 0.2", "record": "S1 NOx", "file": "", "row": 0}
    assert one(release, planted(tmp_path, row)).verdict == verdict


def test_the_summary_counts_every_defect_once(release: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hours(release, 10.0, 10.0)
    rows = [{"stage": "monitoring", "expected": text} for text in ("NOx 10 kg", "no accepted mass")]
    (line,) = summary(verdicts(release, planted(tmp_path, *rows)))
    assert [line[name] for name in ("planted", "caught", "harmless", "missed")] == [2, 0, 1, 1]


def test_every_piece_of_evidence_says_what_it_takes() -> None:
    names = [name for name, _ in statements()]
    assert len(names) == len(set(names)) > 10


def test_only_a_sample_with_a_list_and_a_home_with_a_release_can_be_judged(home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no release"):
        judge(home, tmp_path)
    with duckdb.connect() as con, pytest.raises(UsageError, match="list of defects"):
        verdicts(con, tmp_path)
