"""HJ 212 logs as a feed: checked like any file, and from telegram to published hour."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.feeds.reading.check import check_file
from pipelines.home import Home

MN = "2D826B1AB29ED87C70DE891A"
PERMIT = "91330100799655058B001P"
# Worked example of the domain brief (part E): 245.3 m3/s and 12.35 mg/m3 give 883,080 m3/h and 10.906 kg/h.
AREA = "a00000-Avg=245.3,a00000-Flag=N;a21026-Avg=12.35,a21026-Flag=N"
FEEDS = """
name: one-stack
territory: "330000"
timezone_offset: "+08:00"
year: 2025
synthetic: true
files:
  - {feed: permit, profile: cn-permit-site, path: site.csv}
  - {feed: monitoring, profile: cn-cems-point-csv, path: point.csv}
  - {feed: monitoring, profile: cn-hj212, path: stack.log}
"""
SITE = (
    "许可证编号,单位名称,生产经营场所名称,统一社会信用代码,行政区划代码,行政区名称,行业类别代码,管理类别,经度,纬度,有效期起,有效期止\n"
    f"{PERMIT},【合成】甲热电有限公司,【合成】甲热电,91330100799655058B,330110,余杭区,4412,重点管理,120.1,30.4,2024-01-01,2028-12-31\n"
)
POINT = (
    "MN,监测点名称,企业名称,统一社会信用代码,排污许可证编号,排放口编号,行政区划代码,经度,纬度,启用日期,停用日期\n"
    f"{MN},1号烟囱,【合成】甲热电有限公司,91330100799655058B,{PERMIT},DA001,330110,120.1,30.4,,\n"
)


def crc16(segment: bytes) -> str:
    """CRC of HJ 212-2017 appendix A, byte by byte as the standard writes it."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register, low = register >> 1, register & 1
            register ^= 0xA001 if low else 0
    return f"{register:04X}"


def frame(hour: datetime, area: str = AREA) -> bytes:
    time = f"{hour:%Y%m%d%H%M%S}"
    segment = f"QN={time}000;ST=31;CN=2061;PW=123456;MN={MN};Flag=4;CP=&&DataTime={time};{area}&&".encode()
    return b"##%04d%s%s\r\n" % (len(segment), segment, crc16(segment).encode())


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A permit, a monitoring point, and its log of the first quarter with one broken frame and one sent twice."""
    folder = tmp_path_factory.mktemp("one-stack")
    for name, text in (("feeds.yaml", FEEDS), ("site.csv", SITE), ("point.csv", POINT)):
        (folder / name).write_text(text, encoding="utf-8")
    hours = [frame(datetime(2025, 1, 1) + timedelta(hours=n)) for n in range(90 * 24)]
    broken = frame(datetime(2025, 4, 1)).replace(b"12.35", b"12.36")
    (folder / "stack.log").write_bytes(b"".join([*hours, broken, hours[0]]))
    return folder


@pytest.fixture(scope="module")
def release(
    feeds: Path, refresh: Callable, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path_factory.mktemp("telegrams")).ensure()
    refresh(home, feeds)
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        yield con


def test_the_official_example_has_the_official_crc() -> None:
    example = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
    assert crc16(example) == "1C80"


def test_check_counts_frames_and_finds_the_profile(feeds: Path, tmp_path: Path) -> None:
    log = tmp_path / "elsewhere.log"
    log.write_bytes((feeds / "stack.log").read_bytes())
    answer = check_file(log)
    assert answer["profile"] == "cn-hj212"
    assert (answer["read"], answer["kept"], answer["rejected"], answer["duplicates"]) == (2162, 2160, 1, 1)
    assert answer["reasons"] == {"frame_crc": 1}
    (example,) = answer["examples"]
    assert "The CRC should be" in example["message"]
    assert example["message"].endswith("(line 2161)")
    (chinese,) = check_file(log, language="zh")["examples"]
    assert chinese["message"].startswith("CRC 应为")
    assert chinese["message"].endswith("（第 2161 行）")
    assert {**chinese, "message": example["message"]} == example


def test_logs_of_the_wild_are_accounted_for(cases: Path) -> None:
    for name in ("device_dialogue.log.gz", "receiver.log.gz"):
        answer = check_file(cases / "hj212" / name, "cn-hj212")
        assert answer["read"] == answer["kept"] + answer["rejected"] + answer["duplicates"] > 0, name


def test_the_worked_example_from_telegram_to_published_hour(release: duckdb.DuckDBPyConnection) -> None:
    hours, least, most, day = release.execute(
        "select count(*), min(mass_kg), max(mass_kg),"
        " fsum(mass_kg) filter (where cast(hour_start as date) = date '2025-02-03')"
        " from monitored_hour where species = 'SO2' and mass_kg is not null"
    ).fetchone()
    assert hours == 90 * 24
    assert (round(least, 3), round(most, 3), round(day, 2)) == (10.906, 10.906, 261.74)


def test_months_of_the_quarter_stand_in_the_inventory(release: duckdb.DuckDBPyConnection) -> None:
    rows = release.execute(
        "select cast(month as varchar), mass_kg, method_code, status from emission where species = 'SO2' order by month"
    ).fetchall()
    assert [row[0] for row in rows] == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert [round(row[1] / 10.906038, 3) for row in rows] == [31 * 24, 28 * 24, 31 * 24]
    assert {row[2:] for row in rows} == {("cems_substituted", "flash")}


def test_the_broken_frame_is_named_in_the_release(release: duckdb.DuckDBPyConnection) -> None:
    assert release.execute("select row_no, reason_code from rejected_row").fetchall() == [(2161, "frame_crc")]
