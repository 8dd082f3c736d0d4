"""Feed sets, landing and raw on disk: nothing twice, nothing outside, nothing lost."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines import contracts
from pipelines.contracts import arrow_schema
from pipelines.errors import FeedUnreadable, UsageError
from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.reading.check import check_file
from pipelines.feeds.store.landing import land, landed_path
from pipelines.feeds.store.raw import write_raw
from pipelines.feeds.store.workfile import register_raw
from pipelines.home import Home

PROFILE = """
feed: statistics
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: id
      species: gas
      period_start: {constant: "{year}-01-01"}
      period_end: {constant: "{year}-12-31"}
      mass_kg: mass
"""
FEEDS = """
name: small
territory: "330000"
timezone_offset: "+08:00"
year: 2023
synthetic: true
files:
  - {feed: statistics, profile: small, path: "files/*.csv"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A feed folder with its own profile and two files, one of them with two bad rows."""
    root = tmp_path / "feeds"
    (root / "profiles").mkdir(parents=True)
    (root / "files").mkdir()
    (root / "profiles" / "small.yaml").write_text(PROFILE)
    (root / "feeds.yaml").write_text(FEEDS)
    (root / "files" / "a.csv").write_text("id,gas,mass\n1,SO2,5\n1,SO2,5\n2,SO2,-1\n3,XX,1\n")
    (root / "files" / "b.csv").write_text("id,gas,mass\n4,NOx,7\n")
    return root


def refuse(folder: Path, old: str, new: str, word: str, error: type[Exception] = UsageError) -> None:
    (folder / "feeds.yaml").write_text(FEEDS.replace(old, new))
    with pytest.raises(error, match=word):
        load_feed_set(folder)


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def test_a_feed_set_is_read_from_its_folder_or_its_file(folder: Path) -> None:
    feed_set = load_feed_set(folder)
    assert (feed_set.name, feed_set.territory, feed_set.years) == ("small", "330000", (2023,))
    assert feed_set.is_synthetic
    assert [path.name for _, path in feed_set.files()] == ["a.csv", "b.csv"]
    assert load_feed_set(folder / "feeds.yaml", [2022, 2021]).years == (2021, 2022)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("files/*.csv", "../*.csv", "inside the feed folder"),
        ("files/*.csv", "/etc/*.csv", "inside the feed folder"),
        ("profile: small", "profile: nobody", "no profile named nobody"),
        ("feed: statistics", "feed: permit", "reads statistics"),
        ("year: 2023", "years: []", "years"),
        ("year: 2023", "", "year"),
        ("+08:00", "8", "timezone_offset"),
        ("name: small", "nom: small", "name"),
    ],
)
def test_a_wrong_feed_set_is_a_sentence(folder: Path, old: str, new: str, word: str) -> None:
    refuse(folder, old, new, word)


def test_a_pattern_without_a_file_and_a_missing_feed_set(folder: Path) -> None:
    refuse(folder, "files/*.csv", "nothing/*.csv", r"nothing/\*\.csv \(statistics\)", FeedUnreadable)
    with pytest.raises(UsageError, match="no feed set"):
        load_feed_set(folder / "absent")


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("id,gas,mass\n")
    (folder / "files" / "c.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(UsageError, match=r"files/c\.csv leads out"):
        load_feed_set(folder)


def test_landing_keeps_the_bytes_and_changes_nothing_the_second_time(folder: Path, home: Home) -> None:
    before = snapshot(folder)
    feed_set = load_feed_set(folder)
    first = land(feed_set, home)
    landed = snapshot(home.landing)
    assert land(feed_set, home) == first
    assert (snapshot(home.landing), snapshot(folder)) == (landed, before)
    assert landed_path(home, first[0]).read_bytes() == before["files/a.csv"]
    (folder / "files" / "a.csv").rename(folder / "files" / "z.csv")
    assert {r.source_file_id for r in land(load_feed_set(folder), home)} == {r.source_file_id for r in first}


def test_a_broken_arrival_is_mended_and_keeps_its_first_time(folder: Path, home: Home) -> None:
    feed_set = load_feed_set(folder)
    first = land(feed_set, home)
    landed_path(home, first[0]).write_bytes(b"cut")
    assert land(feed_set, home) == first
    assert landed_path(home, first[0]).read_bytes() == (folder / "files" / "a.csv").read_bytes()


def test_raw_accounts_for_every_row_and_follows_the_contracts(folder: Path, home: Home) -> None:
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    counts = write_raw(home, receipts, feed_set)
    assert [(c.read, c.kept, c.rejected, c.duplicates) for c in counts] == [(4, 1, 2, 1), (1, 1, 0, 0)]
    assert counts[0].reasons == {"code_unknown": 1, "out_of_band": 1}
    folder_of_a = home.raw / receipts[0].source_file_id
    for name in ("statistics__emission", "rejected_row", "notice"):
        schema = pq.read_schema(folder_of_a / f"{name}.parquet")
        assert schema.equals(arrow_schema(contracts.load("raw")[name]))
    assert json.loads((folder_of_a / "receipt.json").read_text())["read"] == 4
    before = snapshot(home.raw)
    assert write_raw(home, receipts, feed_set) == counts
    assert snapshot(home.raw) == before


def test_other_rules_read_the_file_again_and_the_same_rules_give_the_same_bytes(
    folder: Path, home: Home
) -> None:
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    write_raw(home, receipts, feed_set)
    before = snapshot(home.raw)
    (folder / "profiles" / "small.yaml").write_text(
        PROFILE.replace("mass_kg: mass", "mass_kg: {from: mass, unit: t}")
    )
    write_raw(home, receipts, load_feed_set(folder))
    assert snapshot(home.raw) != before
    (folder / "profiles" / "small.yaml").write_text(PROFILE)
    write_raw(home, receipts, load_feed_set(folder))
    assert snapshot(home.raw) == before


def spoil(folder: Path) -> None:
    (folder / "files" / "a.csv").write_bytes("id,gas,mass\n张,SO2,1\n".encode("gb18030"))
    (folder / "files" / "b.csv").write_text("id,gas\n1,SO2\n")


def test_a_feed_without_a_readable_file_stops_with_all_of_them(folder: Path, home: Home) -> None:
    spoil(folder)
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    with pytest.raises(FeedUnreadable) as refused:
        write_raw(home, receipts, feed_set)
    assert refused.value.exit_code == 4
    assert "a.csv (statistics, small): line 2 is not utf-8 text" in refused.value.message
    assert "b.csv (statistics, small): line 1 (header) lacks the column mass" in refused.value.message
    assert "No file of the feed statistics could be read" in refused.value.message


def test_a_bad_file_never_blocks_the_good_ones(folder: Path, home: Home) -> None:
    spoil(folder)
    (folder / "files" / "good.csv").write_text("id,gas,mass\n4,NOx,7\n")
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    counts = write_raw(home, receipts, feed_set)
    assert [(c.unreadable, c.read, c.tables) for c in counts] == [
        ("encoding", 0, ()),
        ("header_lacks", 0, ()),
        (None, 1, ("statistics__emission",)),
    ]
    assert all(landed_path(home, receipt).is_file() for receipt in receipts)
    assert "第 2 行不是 utf-8 文本" in counts[0].told["zh"]
    before = snapshot(home.raw)
    assert write_raw(home, receipts, feed_set) == counts
    assert snapshot(home.raw) == before
    with duckdb.connect(str(home.work_db)) as con:
        register_raw(con, home, receipts, feed_set)
        assert query(con, "select record_key from raw.statistics__emission") == [("4",)]
        files = query(
            con,
            "select file_name, is_readable, unreadable_code, unreadable_reason, read_rows "
            "from raw.source_file order by 1",
        )
    assert [(name, is_readable, code, rows) for name, is_readable, code, _, rows in files] == [
        ("a.csv", False, "encoding", 0),
        ("b.csv", False, "header_lacks", 0),
        ("good.csv", True, None, 1),
    ]
    assert "line 2 is not utf-8 text" in files[0][3] and files[2][3] is None
    (folder / "files" / "b.csv").write_text("id,gas,mass\n5,NOx,7\n")  # mended, and handed in again
    assert [c.unreadable for c in write_raw(home, land(feed_set, home), feed_set)] == ["encoding", None, None]


BAD_LOGS = {
    "stack-2.log.gz": lambda log: gzip.compress(log)[:-9],
    "stack-3.zip": lambda log: b"PK\x03\x04" + log,
    "stack-4.log": lambda log: b"no telegram\n",
}


def test_a_bad_log_of_telegrams_never_blocks_the_good_one(tmp_path: Path, home: Home) -> None:
    segment = b"QN=20250101000000000;ST=31;CN=2061;PW=1;MN=A1;Flag=4;CP=&&DataTime=20250101000000;a21026-Avg=1.5&&"
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    log = b"##%04d%s%04X\r\n" % (len(segment), segment, register)
    files = "monitoring, profile: cn-hj212, path: "
    feeds = FEEDS.replace('statistics, profile: small, path: "files/*.csv"', files + '"stack*"')
    (tmp_path / "feeds.yaml").write_text(feeds)
    (tmp_path / "stack-1.log").write_bytes(log)
    for name, spoiled in BAD_LOGS.items():
        (tmp_path / name).write_bytes(spoiled(log))
    feed_set = load_feed_set(tmp_path)
    counts = write_raw(home, land(feed_set, home), feed_set)
    assert [(c.unreadable, c.read, c.kept) for c in counts] == [
        (None, 1, 1),
        *[("telegrams", 0, 0)] * len(BAD_LOGS),
    ]


def test_notices_are_a_raw_table(folder: Path, home: Home) -> None:
    marked = "record_key: {from: id, grammar: uscc, on_fault: mark}"
    (folder / "profiles" / "small.yaml").write_text(PROFILE.replace("record_key: id", marked))
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    counts = write_raw(home, receipts, feed_set)
    assert [c.notices for c in counts] == [1, 1]  # of the kept rows only
    with duckdb.connect(str(home.work_db)) as con:
        register_raw(con, home, receipts, feed_set)
        assert query(
            con,
            "select file_name, notice_no, row_no, column_name, value, notice.reason_code, notice_rows "
            "from raw.notice inner join raw.source_file as file using (source_file_id) order by 1",
        ) == [("a.csv", 1, 2, "id", "1", "uscc_length", 1), ("b.csv", 1, 2, "id", "4", "uscc_length", 1)]


def query(con: duckdb.DuckDBPyConnection, text: str) -> list[tuple[Any, ...]]:
    return con.execute(text).fetchall()


def test_the_work_file_sees_the_active_files_only(folder: Path, home: Home) -> None:
    feed_set = load_feed_set(folder)
    receipts = land(feed_set, home)
    write_raw(home, receipts, feed_set)
    with duckdb.connect(str(home.work_db)) as con:
        register_raw(con, home, receipts, feed_set)
        assert query(con, "select record_key, row_no, profile from raw.statistics__emission order by 1") == [
            ("1", 2, "small"),
            ("4", 2, "small"),
        ]
        assert query(con, "select count(*) from raw.rejected_row") == [(2,)]
        assert query(con, "from raw.feed_set") == [("small", "330000", "+08:00", 2023, 2023, True)]
        assert query(
            con,
            "select sum(read_rows - kept_rows - rejected_rows - duplicate_rows), bool_and(is_synthetic) "
            "from raw.source_file",
        ) == [(0, True)]
        tables = {
            name
            for (name,) in query(
                con,
                "select table_name from duckdb_tables() where schema_name = 'raw' "
                "union select view_name from duckdb_views() where schema_name = 'raw'",
            )
        }
        assert tables == {*contracts.load("raw"), "source_file", "feed_set"}
        (folder / "files" / "a.csv").unlink()
        again = land(load_feed_set(folder), home)
        register_raw(con, home, again, feed_set)
        assert query(con, "select record_key from raw.statistics__emission") == [("4",)]
        assert query(con, "select file_name from raw.source_file") == [("b.csv",)]


def test_check_takes_profile_and_filter_of_the_feed_set_beside_the_file(folder: Path) -> None:
    answer = check_file(folder / "files" / "a.csv")
    assert list(answer)[:6] == ["file", "profile", "read", "kept", "rejected", "duplicates"]
    assert (answer["profile"], answer["read"], answer["kept"], answer["rejected"]) == ("small", 4, 1, 2)
    assert answer["reasons"] == {"code_unknown": 1, "out_of_band": 1}
    first = answer["examples"][0]
    assert (first["row"], first["column"], first["value"], first["reason_code"]) == (
        4,
        "mass",
        "-1",
        "out_of_band",
    )
    assert first["message"] == "mass holds -1, but mass_kg must be at least 0 kg; check sign and unit."


def test_check_guesses_a_profile_by_the_header(folder: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose.csv"
    loose.write_text("mass,gas,id,note\n1,SO2,1,\n")
    assert check_file(loose, search=[folder / "profiles"])["profile"] == "small"
    loose.write_text("some,other,form\n1,2,3\n")
    with pytest.raises(UsageError, match="no profile fits"):
        check_file(loose)
    with pytest.raises(UsageError, match="no file"):
        check_file(tmp_path / "absent.csv")
