"""Permit forms as workbooks: header lines, notes, full width, day numbers, years side by side."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipelines.feeds.grammar.catalogue import load_profile
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_file
from pipelines.sample.files import write_workbook

PERMIT = "91330100799655058B001P"
PERIOD = [("报告期", "起"), ("报告期", "止")]
LIMIT = [
    "许可证编号", ("有效期限", "起"), ("有效期限", "止"), "发证日期", "排放口编号", "排放口名称", "污染物种类",
    ("许可排放限值", "浓度(mg/m3)"), ("许可排放限值", "速率(kg/h)"),
    *[("许可年排放量限值(t/a)", f"第{n}年") for n in "一二三四五"],
]  # fmt: skip
SOURCE = ["许可证编号", "排放口编号", "污染物", *PERIOD]
QUARTER = [*SOURCE, ("实际排放", "排放量"), ("实际排放", "计量单位"), "核算方法"]
YEAR = [*SOURCE, ("实际排放量", "全年合计"), ("实际排放量", "计量单位"), "核算方法"]


def read(folder: Path, profile: str, headers: list[Any], rows: list[list[Any]], footer: list[list[Any]]) -> RawResult:
    write_workbook(folder / "form.xlsx", "表", "标题", headers, rows, footer)
    result = read_file(folder / "form.xlsx", load_profile(profile).profile, Context(year=2025))
    assert result.read == result.kept + result.rejected + result.duplicates == len(rows)
    return result


def records(result: RawResult, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = result.rows(table).select(columns)
    return list(zip(*rows.to_pydict().values(), strict=True))


def test_limits_of_five_years_and_a_concentration_stand_side_by_side(tmp_path: Path) -> None:
    head = [PERMIT, date(2025, 7, 1), "2030年6月30日", 45839]  # the day number of 2025-07-01
    rows = [
        [*head, "ＤＡ００１", "锅炉", "二氧化硫", "３５", "/", 1.5, "1.5", "１.２", 1, 1],
        [*head, "DA002", "料仓", "颗粒物", 20, 0.12, "/", "/", "/", "/", "/"],
        [*head, "全厂合计", "/", "二氧化硫", "/", "/", 2, 2, 2, 2, 2],
    ]
    result = read(tmp_path, "cn-permit-limit", LIMIT, rows, [["注：一般排放口不许可排放量。"]])
    assert result.rejected == 0
    assert result.notice_reasons == {"outlet_spelling": 1}
    versions = set(records(result, "permit__limit", "valid_from", "valid_to", "issued_on"))
    assert versions == {(date(2025, 7, 1), date(2030, 6, 30), date(2025, 7, 1))}
    limits = records(
        result, "permit__limit", "outlet_code", "species", "permit_year", "permitted_kg", "concentration_limit_mg_m3",
        "rate_limit_kg_h",
    )  # fmt: skip
    assert [row for row in limits if row[0] == "DA001"] == [
        ("DA001", "SO2", None, None, 35.0, None),
        *[("DA001", "SO2", n, kg, None, None) for n, kg in enumerate((1500.0, 1500.0, 1200.0, 1000.0, 1000.0), 1)],
    ]
    assert [row for row in limits if row[0] == "DA002"] == [("DA002", "PM", None, None, 20.0, 0.12)]
    assert [row[3] for row in limits if row[0] is None and row[3]] == [2000.0] * 5


@pytest.mark.parametrize(("kind", "headers"), [("quarter", QUARTER), ("year", YEAR)])
def test_reports_are_read_by_the_unit_of_each_row(tmp_path: Path, kind: str, headers: list[Any]) -> None:
    rows = [
        [PERMIT, "DA001", "二氧化硫", "2025/1/1", 45747, "１２.５", "吨", "自动监测"],  # to 2025-03-31
        [PERMIT, "全厂合计", "烟尘", date(2025, 1, 1), date(2025, 6, 30), 30, "千克", "/"],
        [PERMIT, "DA001", "二氧化氮", date(2025, 1, 1), date(2025, 3, 31), 1, "吨", "手工监测"],
        [PERMIT, "DA001", "氮氧化物", date(2025, 1, 1), date(2025, 3, 31), -1, "吨", "手工监测"],
        [PERMIT, "DA001", "氮氧化物", date(2025, 4, 1), date(2025, 6, 30), 1, "顿", "手工监测"],
    ]
    result = read(
        tmp_path, f"cn-permit-report-{kind}", headers, rows, [["合计", "", "", "", "", 99], ["注：含非正常情况。"]]
    )
    columns = ("outlet_code", "species", "period_start", "period_end", "mass_kg", "basis")
    assert records(result, "permit__report", *columns) == [
        ("DA001", "SO2", date(2025, 1, 1), date(2025, 3, 31), 12_500.0, "automatic"),
        (None, "PM", date(2025, 1, 1), date(2025, 6, 30), 30.0, "unstated"),
    ]
    assert [(row["row_no"], row["reason_code"]) for row in result.rejects()] == [
        (6, "code_unknown"), (7, "out_of_band"), (8, "unit_unknown"),
    ]  # fmt: skip


def test_heads_are_read_in_either_encoding_and_say_how_a_version_came_about(tmp_path: Path) -> None:
    header = (
        "许可证编号,单位名称,生产经营场所名称,统一社会信用代码,行政区划代码,行政区名称,行业类别代码,管理类别,"
        "经度,纬度,有效期起,有效期止"
    )
    row = f"{PERMIT},甲公司,甲厂,91330100799655058B,330110,余杭区,4412,重点管理,120.1,30.4,2024-01-01,2028-12-31"
    cases = [
        (f"{header}\n{row}\n".encode(), (None, None)),
        (f"{header},业务类型,发证日期\r\n{row},变更,2025年7月1日\r\n".encode("gb18030"), ("change", date(2025, 7, 1))),
    ]
    for data, expected in cases:
        (tmp_path / "site.csv").write_bytes(data)
        result = read_file(tmp_path / "site.csv", load_profile("cn-permit-site").profile, Context(territory="330000"))
        assert (result.kept, result.rejected) == (1, 0)
        assert records(result, "permit__site", "site_name", "change_kind", "issued_on") == [("甲厂", *expected)]
