"""One broken value in a feed refuses its row or stops at a gate, with a sentence; readers keep the old release."""

import csv
import io
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
import yaml
from python_calamine import CalamineWorkbook

from pipelines.errors import FeedUnreadable, GateRefused
from pipelines.feeds.formats.reader import read_source
from pipelines.feeds.grammar.catalogue import load_profile
from pipelines.home import Home
from pipelines.release import current_id, rollback

Rows = list[list[Any]]
Change = Callable[[Rows, int, int], None]  # rows, first data row, column


@pytest.fixture(scope="module")
def province(small_feeds: Path) -> Path:
    return small_feeds


@pytest.fixture(scope="module")
def home(small_home: Home, copy_home: Callable, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose release rests on the unbroken province."""
    return copy_home(small_home, tmp_path_factory.mktemp("broken") / "home")


class Reader:
    """Someone who reads the current release all the time; `torn` counts reads that failed or saw another release."""

    def __init__(self, home: Home) -> None:
        self.home, self.reads, self.torn, self.stop = home, 0, 0, threading.Event()
        self.expected = self.look()
        self.thread = threading.Thread(target=self.run)

    def look(self) -> tuple:
        path = self.home.current.resolve() / "warehouse.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            return (
                con.execute(
                    "select (select release_id from release), count(*), fsum(mass_kg) from emission"
                ).fetchone()
                or ()
            )

    def run(self) -> None:
        while not self.stop.wait(0.2):
            self.reads += 1
            self.torn += self.look() != self.expected

    def __enter__(self) -> "Reader":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def load(path: Path) -> Rows:
    """Rows of a CSV (GB18030 or UTF-8) or a workbook."""
    if path.suffix == ".xlsx":
        return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return list(csv.reader(io.StringIO(text)))


def save(path: Path, rows: Rows) -> None:
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
            sheet = book.add_worksheet(CalamineWorkbook.from_path(path).sheet_names[0])
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        return
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def entries(feeds: Path) -> dict:
    return yaml.safe_load((feeds / "feeds.yaml").read_text(encoding="utf-8"))


def break_file(source: Path, target: Path, name: str, column: str, change: Change) -> Path:
    """A copy of the feed set with one file changed in one column (named as the file names it)."""
    feeds = Path(shutil.copytree(source, target))
    [profile] = [e["profile"] for e in entries(feeds)["files"] if feeds / name in feeds.glob(e["path"])]
    read = load_profile(profile).profile
    at = read_source(feeds / name, read, header_only=True).header.index(column)
    rows = load(feeds / name)
    change(rows, read.header_row + read.header_lines - 1, at)
    save(feeds / name, rows)
    return feeds


def becomes(value: str, where: str = "") -> Change:
    """A value in the first row that has one there, and `where` in some cell."""

    def change(rows: Rows, first: int, at: int) -> None:
        row = next(row for row in rows[first:] if row[at] not in ("", None) and (not where or where in row))
        row[at] = value

    return change


def again(rows: Rows, first: int, at: int) -> None:
    """The first row with an amount once more, with another one."""
    row = next(row for row in rows[first:] if isinstance(row[at], float | int))
    rows.insert(rows.index(row) + 1, [*row[:at], row[at] + 1, *row[at + 1 :]])


def cut(rows: Rows, first: int, at: int) -> None:
    rows[-1] = rows[-1][:at]


HOURS = "monitoring/synthetic_province_2025-01.csv"
FORM, NOX = "synthetic_envstat_site_", "废气污染物排放量 氮氧化物(吨)"
UNITS = "statistics/synthetic_envstat_unit_final.xlsx"
REFUSED_ROWS = {
    "negative mass, monitoring": (HOURS, "SO2排放量(kg)", becomes("-5", "N"), "out_of_band"),
    "negative amount, permit": (
        "permit/synthetic_permit_limit.xlsx",
        "许可年排放量限值(t/a) 第一年",
        becomes("-5"),
        "out_of_band",
    ),
    "unknown county, permit": ("permit/synthetic_permit_site.csv", "行政区划代码", becomes("999999"), "code_unknown"),
    "duplicate key, statistics": (UNITS, "二氧化硫 排放量", again, "duplicate_key"),
    "truncated file, monitoring": ("monitoring/synthetic_province_2025-02.csv", "流量(万m3/h)", cut, "row_malformed"),
}


@pytest.mark.parametrize("kind", REFUSED_ROWS)
def test_the_row_is_refused_with_a_sentence(kind: str, province: Path, home: Home, tmp_path: Path) -> None:
    from pipelines.feeds.reading.check import check_file

    name, column, change, code = REFUSED_ROWS[kind]
    before = check_file(province / name)
    after = check_file(break_file(province, tmp_path / "feeds", name, column, change) / name)
    assert after["reasons"].get(code, 0) == before["reasons"].get(code, 0) + 1
    assert after["read"] == after["kept"] + after["rejected"] + after["duplicates"]
    told = next(example for example in after["examples"] if example["reason_code"] == code)
    assert len(told["message"]) > 30 and told["row"] > 1


def test_a_unit_a_thousand_times_too_large_stops_at_the_gate(
    province: Path, home: Home, refresh: Callable, tmp_path: Path
) -> None:
    """The largest NOx total of the statistics is written in kg where t is meant; other feeds know the plant too."""
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        row_no, source = con.execute(
            "select candidate.row_no, file.file_name from emission_candidate as candidate"
            " inner join source_file as file using (source_file_id)"
            " where candidate.feed = 'statistics' and candidate.scope = 'site' and candidate.species = 'NOx'"
            " and candidate.is_eligible order by candidate.mass_kg desc limit 1"
        ).fetchone()
    assert source.startswith(FORM)

    def thousandfold(rows: Rows, first: int, at: int) -> None:
        rows[row_no - 1][at] = float(rows[row_no - 1][at]) * 1000

    feeds = break_file(province, tmp_path / "feeds", f"statistics/{source}", NOX, thousandfold)
    before = current_id(home)
    with Reader(home) as reader, pytest.raises(GateRefused) as refused:
        refresh(home, feeds)
    assert len(refused.value.message) > 40
    assert current_id(home) == before
    assert reader.reads > 5 and reader.torn == 0


def figures(home: Home) -> list[tuple]:
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        return con.execute("from emission order by all").fetchall()


def test_one_bad_file_of_every_sort_leaves_the_figures_as_they_are(
    province: Path, home: Home, refresh: Callable, tmp_path: Path
) -> None:
    """For every profile of the province one more file that cannot be read."""
    feeds = Path(shutil.copytree(province, tmp_path / "feeds"))
    content = entries(feeds)
    profiles = {entry["profile"]: entry["feed"] for entry in content["files"]}
    (feeds / "bad").mkdir()
    for profile, feed in profiles.items():
        (feeds / "bad" / f"{profile}.zip").write_bytes(b"PK\x03\x04 rubbish of " + profile.encode())
        content["files"].append({"feed": feed, "profile": profile, "path": f"bad/{profile}.zip"})
    (feeds / "feeds.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    before, release = figures(home), current_id(home)
    assert refresh(home, feeds).is_new
    assert figures(home) == before and before
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        bad = con.execute("select profile, feed from source_file where not is_readable").fetchall()
        lost = con.execute(
            "select count(*) from source_file where read_rows <> kept_rows + rejected_rows + duplicate_rows"
        ).fetchone()
    assert dict(bad) == profiles and set(profiles.values()) == {"permit", "statistics", "monitoring"}
    assert lost == (0,)
    rollback(home, release)


def test_a_feed_that_is_lost_as_a_whole_changes_nothing(
    province: Path, home: Home, refresh: Callable, tmp_path: Path
) -> None:
    feeds = Path(shutil.copytree(province, tmp_path / "feeds"))
    paths = [p for entry in entries(feeds)["files"] if entry["feed"] == "permit" for p in feeds.glob(entry["path"])]
    for path in paths:
        path.write_bytes(b"PK\x03\x04 rubbish of " + path.name.encode())
    before = current_id(home)
    with Reader(home) as reader, pytest.raises(FeedUnreadable) as refused:
        refresh(home, feeds)
    assert all(path.name in refused.value.message for path in paths)
    assert refused.value.exit_code == 4
    assert current_id(home) == before
    assert reader.reads > 1 and reader.torn == 0


def test_refused_rows_do_not_stop_a_refresh_and_stand_in_the_release(
    province: Path, refresh: Callable, tmp_path: Path, home: Home
) -> None:
    name, column, change, code = REFUSED_ROWS["negative mass, monitoring"]
    feeds = break_file(province, tmp_path / "feeds", name, column, change)
    outcome = refresh(home, feeds)
    assert outcome.is_new
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select rejected_row.row_no, value, message from rejected_row inner join source_file using (source_file_id)"
            " where reason_code = ? and file_name = ? and value = '-5'",
            [code, Path(name).name],
        ).fetchall()
    assert len(rows) == 1
