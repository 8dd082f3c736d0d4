"""One broken value in a feed refuses its row or stops at a gate, with a sentence; readers keep the old release."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import FeedUnreadable, GateRefused
from pipelines.home import Home
from pipelines.release import current_id

Change = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pipelines.sample import write_province

    folder = tmp_path_factory.mktemp("province") / "sample"
    write_province(folder, sites=12, months=2, seed=11)
    return folder


@pytest.fixture(scope="module")
def home(province: Path, refresh: Callable, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose release rests on the unbroken province."""
    home = Home(tmp_path_factory.mktemp("broken")).ensure()
    refresh(home, province)
    return home


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


def cell(header: list[str], line: str, column: str, change: Callable[[str], str]) -> str:
    values = line.split(",")
    at = [name.strip('"') for name in header].index(column)
    values[at] = change(values[at])
    return ",".join(values)


def on_row(column: str, change: Callable[[str], str], where: str = "") -> Change:
    """Change `column` of the first line that contains `where`."""

    def apply(lines: list[str]) -> list[str]:
        number = next(
            n
            for n, line in enumerate(lines[1:], 1)
            if where in line and cell(lines[0].split(","), line, column, str)
        )
        return [
            *lines[:number],
            cell(lines[0].split(","), lines[number], column, change),
            *lines[number + 1 :],
        ]

    return apply


def break_file(source: Path, target: Path, name: str, change: Change) -> Path:
    """A copy of the feed set with one file changed."""
    shutil.copytree(source, target)
    path = target / name
    path.write_text("\n".join(change(path.read_text(encoding="utf-8").split("\n"))), encoding="utf-8")
    return target


HOURS = "monitoring/synthetic_cems_hour_2025-01.csv"
FORM = "statistics/synthetic_envstat_emission.csv"
REFUSED_ROWS = {
    "negative mass, monitoring": (HOURS, on_row("二氧化硫排放量(kg)", lambda v: "-5", ",N,"), "out_of_band"),
    "negative mass, permit": (
        "permit/synthetic_permit_limit.csv",
        on_row("许可排放量(t/a)", lambda v: "-5"),
        "out_of_band",
    ),
    "unknown county, permit": (
        "permit/synthetic_permit_site.csv",
        on_row("行政区划代码", lambda v: '"999999"'),
        "code_unknown",
    ),
    "duplicate key, statistics": (
        FORM,
        lambda lines: [
            *lines[:2],
            cell(lines[0].split(","), lines[1], "排放量", lambda v: v + "1"),
            *lines[2:],
        ],
        "duplicate_key",
    ),
    "truncated file, monitoring": (
        "monitoring/synthetic_cems_hour_2025-02.csv",
        lambda lines: [*lines[:-2], lines[-2][: len(lines[-2]) // 3]],
        "row_malformed",
    ),
}


@pytest.mark.parametrize("kind", REFUSED_ROWS)
def test_the_row_is_refused_with_a_sentence(kind: str, province: Path, home: Home, tmp_path: Path) -> None:
    from pipelines.feeds.check import check_file

    name, change, code = REFUSED_ROWS[kind]
    before = check_file(province / name)
    after = check_file(break_file(province, tmp_path / "feeds", name, change) / name)
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
            " order by candidate.mass_kg desc limit 1"
        ).fetchone()
    assert source == Path(FORM).name

    def thousandfold(lines: list[str]) -> list[str]:
        line = cell(lines[0].split(","), lines[row_no - 1], "排放量", lambda v: str(float(v) * 1000))
        return [*lines[: row_no - 1], line, *lines[row_no:]]

    feeds = break_file(province, tmp_path / "feeds", FORM, thousandfold)
    before = current_id(home)
    with Reader(home) as reader, pytest.raises(GateRefused) as refused:
        refresh(home, feeds)
    assert len(refused.value.message) > 40
    assert current_id(home) == before
    assert reader.reads > 5 and reader.torn == 0


def test_a_wrong_encoding_is_unreadable_and_changes_nothing(
    province: Path, home: Home, refresh: Callable, tmp_path: Path
) -> None:
    feeds = Path(shutil.copytree(province, tmp_path / "feeds"))
    path = feeds / "permit/synthetic_permit_site.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    before = current_id(home)
    with Reader(home) as reader, pytest.raises(FeedUnreadable) as refused:
        refresh(home, feeds)
    assert path.name in refused.value.message and "encoding" in refused.value.message
    assert refused.value.exit_code == 4
    assert current_id(home) == before
    assert reader.reads > 1 and reader.torn == 0


def test_refused_rows_do_not_stop_a_refresh_and_stand_in_the_release(
    province: Path, refresh: Callable, tmp_path: Path, home: Home
) -> None:
    name, change, code = REFUSED_ROWS["negative mass, monitoring"]
    feeds = break_file(province, tmp_path / "feeds", name, change)
    outcome = refresh(home, feeds)
    assert outcome.is_new
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(
            "select rejected_row.row_no, value, message from rejected_row inner join source_file using (source_file_id)"
            " where reason_code = ? and file_name = ? and value = '-5'",
            [code, Path(name).name],
        ).fetchall()
    assert len(rows) == 1
