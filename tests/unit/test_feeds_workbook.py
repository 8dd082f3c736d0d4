"""Workbooks as they really come: merged headers, footers, full width, texts for numbers, day numbers, macros."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from pipelines.feeds.formats.reader import Unreadable, read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_rows

PROFILE = """
feed: statistics
format: xlsx
%s
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: 企业
      period_start: {from: 起, format: [excel_serial, "%%Y/%%m/%%d", "%%Y年%%m月%%d日"]}
      period_end: {constant: "2020-12-31"}
    melt:
      - by: {species: {SO2: 二氧化硫 排放量, NOx: 氮氧化物 排放量}}
        value: {mass_kg: {unit: t}}
    drop_null: [mass_kg]
"""
TWO_LINES = "header_row: 2\nheader_lines: 2"
Draw = Callable[[xlsxwriter.Workbook, Any], None]


def workbook(draw: Draw, macro: bool = False) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    draw(book, book.add_worksheet())
    if macro:
        book.add_vba_project(io.BytesIO(b"not even a macro"), is_stream=True)
    book.close()
    return data.getvalue()


def read(data: bytes, keys: str = TWO_LINES, name: str = "f.xlsx") -> RawResult:
    profile = parse(PROFILE % keys, "test.yaml")
    result = read_rows(read_bytes(data, name, profile), profile, Context())
    assert result.read == result.kept + result.rejected + result.duplicates
    return result


def values(result: RawResult, column: str = "mass_kg") -> list[Any]:
    return result.rows("statistics__emission")[column].to_pylist()


def form(rows: list[list[Any]], merged: bool = True) -> Draw:
    """A form with title, two header lines (groups merged over two columns), rows from line 4."""

    def draw(book: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.write(0, 0, "2020 年排放情况表")
        if merged:
            sheet.merge_range(1, 0, 2, 0, "企业")
            sheet.merge_range(1, 1, 2, 1, "起")
            sheet.merge_range(1, 2, 1, 3, "二氧化硫")
            sheet.merge_range(1, 4, 1, 5, "氮氧化物")
        else:
            sheet.write_row(1, 0, ["企业", "起", "二氧化硫", "", "氮氧化物"])
        sheet.write_row(2, 2, ["浓度", "排放量"] * 2)
        for number, row in enumerate(rows, 3):
            sheet.write_row(number, 0, row)

    return draw


@pytest.mark.parametrize("merged", [True, False])
def test_a_header_of_two_lines_is_joined(merged: bool) -> None:
    result = read(workbook(form([["a", "2020/01/01", 30, 1.5, 50, 2]], merged)))
    assert values(result) == [1500.0, 2000.0]
    assert result.rows("statistics__emission")["row_no"].to_pylist() == [4, 4]


def test_a_csv_header_of_two_lines_is_joined_too() -> None:
    keys = TWO_LINES + "\nencoding: gb18030"
    text = "表,,,,,\n企业,起,二氧化硫,,氮氧化物,\n,,浓度,排放量,浓度,排放量\na,2020/01/01,30,1,50,2\nb,2020/01/01,x\n"
    profile = parse((PROFILE % keys).replace("format: xlsx", "format: csv"), "test.yaml")
    result = read_rows(read_bytes(text.encode("gb18030"), "f.csv", profile), profile, Context())
    assert values(result) == [1000.0, 2000.0]
    assert [(row["row_no"], row["reason_code"]) for row in result.rejects()] == [(5, "row_malformed")]


@pytest.mark.parametrize(
    "cell", ["43831", 43831, "2020/01/01", "2020年01月01日", "２０２０/０１/０１", "４３８３１", date(2020, 1, 1)]
)
def test_a_date_in_any_of_its_forms(cell: Any) -> None:
    def draw(book: xlsxwriter.Workbook, sheet: Any) -> None:
        form([["a", None, 1, 1, 1, 1]])(book, sheet)
        if isinstance(cell, date):
            sheet.write_datetime(3, 1, datetime.combine(cell, datetime.min.time()), book.add_format({"num_format": 14}))
        else:
            sheet.write(3, 1, cell)

    assert set(values(read(workbook(draw)), "period_start")) == {date(2020, 1, 1)}


def test_day_numbers_are_read_only_where_the_profile_says_so() -> None:
    keys = PROFILE.replace("[excel_serial, ", "[")
    profile = parse(keys % TWO_LINES, "test.yaml")
    data = workbook(form([["a", 43831, 1, 1, 1, 1]]))
    result = read_rows(read_bytes(data, "f.xlsx", profile), profile, Context())
    assert result.reasons == {"date_malformed": 1}


def test_numbers_as_text_and_in_full_width() -> None:
    rows = [["a", 43831, "", "１２．５", "", "1.25"], ["b", 43831, "", " 3 ", "", "三"]]
    result = read(workbook(form(rows)))
    assert values(result) == [12_500.0, 1_250.0]
    assert [(row["row_no"], row["value"]) for row in result.rejects()] == [(5, "三")]


FOOTED = [
    ["a", 43831, "", 1, "", 1],
    ["b", 43831, "", 2, "", 2],
    ["合　计", "", "", 3, "", 3],
    ["注：本表不含移动源"],
    ["填表人：某某"],
]


@pytest.mark.parametrize("footer", ["skip_footer: 3", "stop_at: [合计]", "stop_at: [填表人, 合 计]"])
def test_a_footer_is_no_data(footer: str) -> None:
    result = read(workbook(form(FOOTED)), f"{TWO_LINES}\n{footer}")
    assert (result.read, values(result)) == (2, [1000.0, 1000.0, 2000.0, 2000.0])


def test_a_marker_counts_in_the_first_filled_cell_only() -> None:
    rows = [["a", 43831, "", 1, "", 1], ["", 43831, "合计", 2, "", 2], ["", "", "合计", 1, "", 1]]
    result = read(workbook(form(rows)), f"{TWO_LINES}\nstop_at: [合计]")
    assert (result.read, result.kept, result.reasons) == (2, 1, {"value_missing": 1})


def test_a_footer_of_a_csv_may_have_fewer_fields() -> None:
    text = "企业,起,二氧化硫 排放量,氮氧化物 排放量\na,2020/01/01,1,2\n合 计,3\n注,,,\n"
    profile = parse((PROFILE % "stop_at: [合计]").replace("format: xlsx", "format: csv"), "test.yaml")
    result = read_rows(read_bytes(text.encode(), "f.csv", profile), profile, Context())
    assert (result.read, result.kept) == (1, 1)


def test_names_merged_downwards_are_filled_only_where_the_profile_says_so() -> None:
    def draw(book: xlsxwriter.Workbook, sheet: Any) -> None:
        form([["", 43831, "", 1, "", ""], ["", 43831, "", "", "", 1], ["b", 43831, "", 5, "", ""]])(book, sheet)
        sheet.merge_range(3, 0, 4, 0, "a")
        sheet.merge_range(3, 2, 4, 2, 7)

    assert values(read(workbook(draw), f"{TWO_LINES}\nfill_merged: [企业]"), "record_key") == ["a", "a", "b"]
    assert read(workbook(draw)).reasons == {"value_missing": 1}


def test_macros_and_formulas_are_data() -> None:
    def draw(book: xlsxwriter.Workbook, sheet: Any) -> None:
        form([["a", 43831, "", None, "", 1]])(book, sheet)
        sheet.write_formula(3, 3, '=WEBSERVICE("http://example.invalid")', None, 4)

    assert values(read(workbook(draw, macro=True), name="f.xlsm")) == [4000.0, 1000.0]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("header_row: 2\nheader_lines: 2\nsheet: 汇总", "it has no sheet named 汇总; its sheets are Sheet1"),
        ("header_row: 9", "row 9 of sheet Sheet1 should be the header"),
        ("header_row: 2", "lacks the column 二氧化硫 排放量"),
        ("header_row: 2\nheader_lines: 2\nfill_merged: [单位]", "lacks the column 单位"),
    ],
)
def test_an_unreadable_workbook_says_why(keys: str, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(workbook(form([["a", 43831, "", 1, "", 1]])), keys)
    assert words in str(refused.value)
    assert refused.value.tell("zh") != str(refused.value)
