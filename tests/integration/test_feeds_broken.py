"""The real feeds with one value broken: its row is refused, or the file is; either way with a sentence."""

import csv
import gzip
import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipelines import contracts
from pipelines.errors import FeedUnreadable
from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.reading.check import check_file
from pipelines.feeds.store.landing import land
from pipelines.feeds.store.raw import write_one
from pipelines.home import Home

Change = Callable[[list[list[Any]]], None]
SHEET = "Direct Emitters"
GHGRP_HEADER = 3  # position of the header row
TOTAL = "Total reported direct emissions"
CO2 = "CO2 emissions (non-biogenic)"
RATES = ("SO2_RATE (lbs/mmBtu)", "NOX_RATE (lbs/mmBtu)", "CO2_RATE (tons/mmBtu)")


def broken_hours(cases: Path, folder: Path, change: Change) -> Path:
    with zipfile.ZipFile(cases / "us_idaho_2017" / "raw" / "epacems2017id07.zip") as archive:
        rows = list(csv.reader(io.StringIO(archive.read(archive.namelist()[0]).decode())))
    change(rows)
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = folder / "hours.csv.gz"
    path.write_bytes(gzip.compress(out.getvalue().encode()))
    return path


def broken_report(cases: Path, folder: Path, change: Change) -> Path:
    book = CalamineWorkbook.from_path(cases / "us_idaho_2017" / "raw" / "ghgp_data_2017.xlsx")
    cells = book.get_sheet_by_name(SHEET).to_python()
    rows = cells[: GHGRP_HEADER + 1] + [row for row in cells[GHGRP_HEADER + 1 :] if row[4] == "ID"]
    change(rows)
    path = folder / "report.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet(SHEET)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def broken_register(cases: Path, folder: Path, change: Change) -> Path:
    text = (cases / "us_idaho_2017" / "raw" / "epa_eia_crosswalk.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    change(rows)
    path = folder / "register.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


FEEDS = {
    "monitoring": ("us-camd-hourly", broken_hours, 5_952),
    "statistics": ("us-ghgrp", broken_report, 36),
    "permit": ("us-camd-eia-crosswalk", broken_register, 6_935),
}


def put(row: int, column: str, make: Callable[[Any], Any], header: int = 0) -> Change:
    """Change one cell, found by header text (outer blanks apart); rows count from 1 as in the file."""

    def change(rows: list[list[Any]]) -> None:
        place = [str(cell).strip() for cell in rows[header]].index(column)
        rows[row - 1][place] = make(rows[row - 1][place])

    return change


def ghgrp(row: int, column: str, make: Callable[[Any], Any]) -> Change:
    return put(row, column, make, GHGRP_HEADER)


def running(column: str, make: Callable[[Any], Any]) -> Change:
    """Change a cell in the 100th row in which a unit runs at full load."""

    def change(rows: list[list[Any]]) -> None:
        load = rows[0].index("GLOAD (MW)")
        rates = [rows[0].index(name) for name in RATES]
        full = [
            number
            for number, row in enumerate(rows[1:], 2)
            if row[load] and all(float(row[rate] or 0) > 0 for rate in rates)
        ]
        put(full[100], column, make)(rows)

    return change


def again(row: int, column: str, make: Callable[[Any], Any], header: int = 0) -> Change:
    """Append a copy of a row in which one cell differs."""

    def change(rows: list[list[Any]]) -> None:
        rows.append(list(rows[row - 1]))
        put(len(rows), column, make, header)(rows)

    return change


def becomes(value: str) -> Callable[[Any], Any]:
    return lambda _: value


def thousandfold(cell: Any) -> float:
    return float(cell) * 1000


def minus(cell: Any) -> float:
    return -float(cell)


HOUR_KEY, YEAR_KEY, SITE_KEY = (
    ", ".join(contracts.load("raw")[name].key)
    for name in ("monitoring__hour", "statistics__site", "permit__site")
)
BREAKS = [
    ("monitoring", running("SO2_MASS (lbs)", minus), "out_of_band", "SO2_MASS (lbs)"),
    ("monitoring", running("SO2_MASS (lbs)", thousandfold), "out_of_band", "SO2_MASS (lbs)"),
    ("monitoring", running("NOX_MASS (lbs)", thousandfold), "out_of_band", "NOX_MASS (lbs)"),
    ("monitoring", running("CO2_MASS (tons)", thousandfold), "out_of_band", "CO2_MASS (tons)"),
    ("monitoring", running("HEAT_INPUT (mmBtu)", thousandfold), "out_of_band", "SO2_MASS (lbs)"),
    ("monitoring", running("GLOAD (MW)", thousandfold), "out_of_band", "HEAT_INPUT (mmBtu)"),
    ("monitoring", running("OP_TIME", becomes("60")), "out_of_band", "OP_TIME"),
    ("monitoring", running("OP_DATE", becomes("07-32-2017")), "date_malformed", "OP_DATE + OP_HOUR"),
    ("monitoring", again(500, "GLOAD (MW)", becomes("3")), "duplicate_key", HOUR_KEY),
    ("statistics", ghgrp(5, CO2, minus), "out_of_band", CO2),
    ("statistics", ghgrp(5, "Methane (CH4) emissions", thousandfold), "out_of_band", TOTAL),
    ("statistics", ghgrp(5, "Stationary Combustion", thousandfold), "out_of_band", TOTAL),
    ("statistics", ghgrp(5, TOTAL, thousandfold), "out_of_band", TOTAL),
    ("statistics", ghgrp(9, "County", becomes("Atlantis County")), "code_unknown", "County"),
    ("statistics", again(7, "City", becomes("Elsewhere"), GHGRP_HEADER), "duplicate_key", YEAR_KEY),
    ("statistics", ghgrp(7, "Facility Name", becomes("")), "value_missing", "Facility Name"),
    ("permit", put(3388, "CAMD_LATITUDE", becomes("478.034")), "out_of_band", "CAMD_LATITUDE"),
    ("permit", put(3388, "CAMD_FUEL_TYPE", becomes("Plutonium")), "code_unknown", "CAMD_FUEL_TYPE"),
    ("permit", put(3388, "CAMD_FACILITY_NAME", becomes("Another plant")), "duplicate_key", SITE_KEY),
]  # fmt: skip


@pytest.mark.parametrize(("feed", "change", "code", "column"), BREAKS)
def test_a_broken_value_refuses_its_row_with_a_sentence(
    cases: Path, tmp_path: Path, feed: str, change: Change, code: str, column: str
) -> None:
    profile, write, rows = FEEDS[feed]
    answer = check_file(write(cases, tmp_path, change), profile, territory="US-ID", year=2017)
    assert answer["reasons"] == {code: 1}
    [example] = answer["examples"]
    assert example["column"] == column
    assert example["message"].endswith(".")
    added = code == "duplicate_key" and feed != "permit"
    assert (answer["read"], answer["kept"]) == (rows + added, rows + added - 1)


def test_the_untouched_files_have_nothing_to_refuse(cases: Path, tmp_path: Path) -> None:
    for profile, write, rows in FEEDS.values():
        answer = check_file(write(cases, tmp_path, lambda _: None), profile, territory="US-ID", year=2017)
        assert (answer["read"], answer["kept"], answer["reasons"]) == (rows, rows, {})


def test_a_repeated_row_is_a_duplicate(cases: Path, tmp_path: Path) -> None:
    path = broken_hours(cases, tmp_path, lambda rows: rows.append(rows[100]))
    answer = check_file(path, "us-camd-hourly")
    assert (answer["read"], answer["kept"], answer["duplicates"]) == (5_953, 5_952, 1)


@pytest.mark.parametrize("name", ["epacems2017id03.zip", "ghgp_data_2017.xlsx"])
def test_a_truncated_archive_is_unreadable_and_stays_in_landing(
    cases: Path, tmp_path: Path, home: Home, name: str
) -> None:
    folder = tmp_path / "idaho"
    shutil.copytree(cases / "us_idaho_2017", folder, copy_function=shutil.copyfile)
    for path in (folder, folder / "raw"):
        path.chmod(0o755)
    whole = (folder / "raw" / name).read_bytes()
    (folder / "raw" / name).write_bytes(whole[: len(whole) // 2])
    feed_set = load_feed_set(folder)
    [receipt] = [receipt for receipt in land(feed_set, home) if receipt.file_name == name]
    assert write_one(home, receipt, feed_set).unreadable == "archive_damaged"
    assert [path.name for path in home.landing.rglob(name)] == [name]


def test_a_truncated_csv_loses_its_last_line_with_a_reason(cases: Path, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    data = (cases / "us_idaho_2017" / "raw" / "epa_eia_crosswalk.csv").read_bytes()
    path.write_bytes(data[: len(data) // 2])
    answer = check_file(path, "us-camd-eia-crosswalk")
    assert answer["reasons"] == {"row_malformed": 1}
    assert answer["examples"][0]["row"] == answer["read"] + 1


def test_a_wrong_encoding_is_unreadable(cases: Path, tmp_path: Path) -> None:
    text = (cases / "czech_2019_2020" / "raw" / "2020_zdroje.csv").read_text(encoding="utf-8")
    path = tmp_path / "zdroje.csv"
    path.write_bytes(text.encode("cp1250"))
    with pytest.raises(FeedUnreadable, match=r"zdroje\.csv \(cz-rezzo-sources\): line \d+ is not utf-8 text"):
        check_file(path, "cz-rezzo-sources")
