"""Native files of the sample: the same content gives the same bytes, and both read back as written."""

from datetime import date
from pathlib import Path

from python_calamine import CalamineWorkbook

from pipelines.sample.files import FORM_LINES, write_csv_gb18030, write_workbook

HEADERS = ["许可证编号", ("限值", "浓度"), ("限值", "速率"), "日期"]
ROWS = [["甲", 1.5, "１２", date(2025, 7, 1)], ["乙", float("nan"), None, "2025/7/1"]]


def write(path: Path) -> bytes:
    assert write_workbook(path, "表1", "标题", HEADERS, ROWS, [["合计", 1.5], ["注：无"]]) == 2
    return path.read_bytes()


def test_a_form_has_title_two_header_lines_rows_and_footer(tmp_path: Path) -> None:
    write(tmp_path / "form.xlsx")
    sheet = CalamineWorkbook.from_path(tmp_path / "form.xlsx").get_sheet_by_name("表1")
    cells = sheet.to_python(skip_empty_area=False)
    assert cells[0][0] == "标题"
    assert cells[1:FORM_LINES] == [["许可证编号", "限值", "", "日期"], ["", "浓度", "速率", ""]]
    assert cells[FORM_LINES] == ["甲", 1.5, "１２", date(2025, 7, 1)]
    assert cells[FORM_LINES + 1 :] == [["乙", "", "", "2025/7/1"], ["合计", 1.5, "", ""], ["注：无", "", "", ""]]
    assert set(sheet.merged_cell_ranges or []) == {
        ((0, 0), (0, 3)), ((1, 0), (2, 0)), ((1, 1), (1, 2)), ((1, 3), (2, 3)),
    }  # fmt: skip


def test_the_same_form_has_the_same_bytes(tmp_path: Path) -> None:
    assert write(tmp_path / "first.xlsx") == write(tmp_path / "second.xlsx")


def test_an_export_is_gb18030_with_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "export.csv"
    assert write_csv_gb18030(path, {"名称": ["甲,乙", "㐀"], "量": [1.5, float("nan")]}) == 2
    lines = path.read_bytes().decode("gb18030").split("\r\n")
    assert lines[1:] == ['"甲,乙",1.5', '"㐀",', ""]
    assert lines[0].replace('"', "") == "名称,量"
