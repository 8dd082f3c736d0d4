"""Hourly exports as they arrive (GB18030 CSV and XLSX, wide, long, national platform) to published hours.

Every file holds the first quarter of 2025, each hour alike but for one, so that every figure is worked by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from pipelines.feeds.reading.check import check_file
from pipelines.home import Home

PERMIT = "91330100799655058B001P"
HOURS = [datetime(2025, 1, 1) + timedelta(hours=n) for n in range(90 * 24)]
ODD = HOURS[100]  # the one hour that differs
FEEDS = """
name: exports
territory: "330000"
timezone_offset: "+08:00"
year: 2025
synthetic: true
files:
  - {feed: permit, profile: cn-permit-site, path: site.csv}
  - {feed: monitoring, profile: cn-cems-point-csv, path: point.csv}
  - {feed: monitoring, profile: cn-platform-point, path: platform_point.csv}
  - {feed: monitoring, profile: cn-cems-hour, path: wide.csv}
  - {feed: monitoring, profile: cn-cems-hour, path: wide.xlsx}
  - {feed: monitoring, profile: cn-cems-long, path: long.csv}
  - {feed: monitoring, profile: cn-platform-hour, path: platform.csv}
  - {feed: monitoring, profile: cn-platform-hour, path: platform.xlsx}
"""
SITE = (
    "许可证编号,单位名称,生产经营场所名称,统一社会信用代码,行政区划代码,行政区名称,行业类别代码,管理类别,经度,纬度,有效期起,有效期止\n"
    f"{PERMIT},【合成】甲热电有限公司,【合成】甲热电,91330100799655058B,330110,余杭区,4412,重点管理,120.1,30.4,2024-01-01,2028-12-31\n"
)
POINT_HEADER = "监测点名称,企业名称,统一社会信用代码,排污许可证编号,排放口编号,行政区划代码,经度,纬度,启用日期,停用日期"
Row = Sequence[object]


def points(key: str, outlets: dict[str, str]) -> str:
    rows = [
        f"{point},{outlet},【合成】甲热电有限公司,91330100799655058B,{PERMIT},{outlet},330110,120.1,30.4,,"
        for point, outlet in outlets.items()
    ]
    return "\n".join([f"{key},{POINT_HEADER}", *rows]) + "\n"


def csv(path: Path, header: Row, rows: list[Row]) -> None:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in [header, *rows]]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gb18030"))


def xlsx(path: Path, header: Row, rows: list[Row]) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("小时数据")
        for at, row in enumerate([header, *rows]):
            sheet.write_row(at, 0, row)


def platform_rows(point: str) -> list[Row]:
    """Flow and SO2 of the worked example; the odd hour under maintenance, marked, and revised twice."""
    rows: list[Row] = []
    for hour in HOURS:
        rows.append((point, hour, "a00000", 883080, 245.3, "N", None, None, None, None))
        if hour != ODD:
            rows.append((point, hour, "a21026", 10.906, 12.35, "N", None, None, None, None))
    for kg, day in ((7.5, 3), (8.5, 2)):
        rows.append((point, ODD, "a21026", 99, 112, "M", "维护", 2, kg, datetime(2025, 2, day)))
    return rows


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    point, platform_point = points("MN", {"M1": "DA001", "M2": "DA002", "M3": "DA003"}), points(
        "监测点编号", {"P1": "DA004", "P2": "DA005"})  # fmt: skip
    texts = {"feeds.yaml": FEEDS, "site.csv": SITE, "point.csv": point, "platform_point.csv": platform_point}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    csv(
        folder / "wide.csv",
        ["MN", "监测时间", "标干流量（万m³/h）", "SO2浓度(ppm)", "NO浓度（毫克/立方米）", "NO2浓度(mg/Nm³)",
         "烟尘排放量(g)", "二氧化碳浓度(%)", "二氧化硫折算浓度(mg/m³)"],
        [("M1", hour, "１０", 100, 30, 4, 2500, 12, 9999) for hour in HOURS],
    )  # fmt: skip
    xlsx(
        folder / "wide.xlsx",
        ["MN", "数据时间", "工况流量(m³/s)", "烟温（℃）", "含湿量(%)", "烟气静压(Pa)", "二氧化硫实测浓度(mg/m³)",
         "二氧化硫排放量(t)", "二氧化硫标记", "工况标记"],
        [("M2", hour, 500 / 9, 273, 10, 0, 50, 0.0045, "N", "停运" if hour == ODD else "正常") for hour in HOURS],
    )  # fmt: skip
    csv(
        folder / "long.csv",
        ["MN", "数据时间", "污染物名称", "实测浓度", "单位", "排放量(kg)", "数据标记"],
        [row for hour in HOURS for row in (
            ("M3", hour, "烟气流量", 10, "m3/s", None, "N"),
            ("M3", hour, "SO2", 20, "毫克/立方米", None, "D" if hour == ODD else "N"),
            ("M3", hour, "氮氧化物", 20, None, 2592, "N"),  # 3600 times flow x concentration
        )],
    )  # fmt: skip
    interface = ["mp_id", "monitor_time", "pollutant_code", "cou_value", "avg_value", "flag", "revise_flag", "rstatus",
                 "cou_revised", "revised_time"]  # fmt: skip
    chinese = ["监测点编号", "监测时间", "污染物编码", "排放量", "实测浓度", "数据标记", "企业标记", "修订状态",
               "修订排放量", "修订时间"]  # fmt: skip
    csv(folder / "platform.csv", interface, [*platform_rows("P1"), ("P1", ODD, "zzz", 1, 1, *[None] * 5)])
    xlsx(folder / "platform.xlsx", chinese, platform_rows("P2"))
    return folder


@pytest.fixture(scope="module")
def release(
    feeds: Path, refresh: Callable, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path_factory.mktemp("exports-home")).ensure()
    refresh(home, feeds)
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        con.execute(f"attach '{home.root / 'work' / 'warehouse.duckdb'}' as work (read_only)")
        yield con


def hour(con: duckdb.DuckDBPyConnection, outlet: str, species: str, at: datetime = HOURS[0]) -> tuple:
    found = con.execute(
        "select h.reported_kg, h.revised_kg, h.accepted_kg, h.filled_kg, h.origin, h.state from monitored_hour h"
        " where source_id like ? and species = ? and hour_start = ?",
        [f"%{outlet}", species, at],
    ).fetchall()
    assert len(found) == 1, found
    return tuple(round(value, 6) if isinstance(value, float) else value for value in found[0])


def test_units_are_read_from_the_header_of_a_wide_export(release: duckdb.DuckDBPyConnection) -> None:
    # 100 ppm SO2 = 100 x 64 / 22.4 mg/m3, on 100,000 m3/h; NOx = 30 x 46 / 30 + 4; 12 % CO2 = 12 x 44 / 22.4 x 10 g/m3
    assert hour(release, "DA001", "SO2")[:3] == (28.571429, None, 28.571429)
    assert hour(release, "DA001", "NOx")[2] == 5.0
    assert hour(release, "DA001", "PM")[2] == 2.5
    assert hour(release, "DA001", "CO2")[2] == 23571.428571


def test_a_working_wet_flow_of_a_workbook_becomes_dry_standard(release: duckdb.DuckDBPyConnection) -> None:
    assert hour(release, "DA002", "SO2")[:3] == (4.5, None, 4.5)
    assert hour(release, "DA002", "SO2", ODD)[2:] == (0.0, None, None, "stopped")
    # 200,000 m3/h x 273 / 546 x 0.9 = 90,000 m3/h; x 50 mg/m3 = 4.5 kg agrees with the export's own mass
    assert release.execute(
        "select hours, agree_hours, slip from work.monitoring.crosscheck where monitor_id = 'CN-CEMS:M2'"
    ).fetchall() == [(2160, 2160, None)]


def test_a_long_export_becomes_hours_and_its_slip_is_told(release: duckdb.DuckDBPyConnection) -> None:
    assert hour(release, "DA003", "SO2")[:3] == (0.72, None, 0.72)
    assert hour(release, "DA003", "SO2", ODD)[2:5] == (None, 0.72, "reported")
    assert hour(release, "DA003", "NOx")[:3] == (2592.0, None, 2592.0)  # shown, never corrected
    assert release.execute(
        "select species, hours, agree_hours, slip, slip_hours from work.monitoring.crosscheck"
        " where monitor_id = 'CN-CEMS:M3'"
    ).fetchall() == [("NOx", 2160, 0, "1/3600", 2160)]
    assert release.execute(
        "select count(*) from emission where source_id like '%DA003' and species = 'NOx'"
    ).fetchall() == [(0,)]


@pytest.mark.parametrize("outlet", ["DA004", "DA005"])
def test_platform_records_keep_both_versions(release: duckdb.DuckDBPyConnection, outlet: str) -> None:
    assert hour(release, outlet, "SO2") == (10.906, None, 10.906, None, "reported", "unknown")
    assert hour(release, outlet, "SO2", ODD) == (99.0, 7.5, 7.5, None, "revised", "unknown")
    assert release.execute(
        "select round(sum(mass_kg), 3) from monitored_hour where source_id like ? and species = 'SO2'", [f"%{outlet}"]
    ).fetchall() == [(round(2159 * 10.906 + 7.5, 3),)]


def test_both_versions_stay_in_raw_and_the_unknown_code_is_named(release: duckdb.DuckDBPyConnection) -> None:
    versions = release.execute(
        "select monitor_key, revised_kg from work.raw.monitoring__record where revised_kg is not null order by all"
    ).fetchall()
    assert versions == [("P1", 7.5), ("P1", 8.5), ("P2", 7.5), ("P2", 8.5)]
    assert release.execute("select reason_code, value from rejected_row").fetchall() == [("code_unknown", "zzz")]


def test_the_profile_of_each_file_is_guessed(feeds: Path, tmp_path: Path) -> None:
    wanted = {"wide.csv": "cn-cems-hour", "wide.xlsx": "cn-cems-hour", "long.csv": "cn-cems-long",
              "platform.csv": "cn-platform-hour", "platform.xlsx": "cn-platform-hour"}  # fmt: skip
    for name, profile in wanted.items():
        copy = tmp_path / name  # beside no feed set that would name its profile
        copy.write_bytes((feeds / name).read_bytes())
        assert check_file(copy)["profile"] == profile, name
