"""The unit form (基102, 基103) through its profile: a workbook with a title, merged headers and a footer."""

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from pipelines.feeds.grammar.catalogue import folders, load_profile
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import read_file
from pipelines.feeds.reading.result import RawResult

UNIT_HEADER: list[tuple[str, str]] = [
    ("", "统计年份"), ("", "数据版本"), ("", "调查单位编号"),
    *(("设备", c) for c in ("序号", "名称", "类型", "燃烧方式", "对应机组装机容量(万千瓦)", "运行时间(小时)")),
    *(("额定出力", c) for c in ("数值", "计量单位")),
    *(("产品", c) for c in ("名称", "产量", "计量单位")),
    *(("燃料一", c) for c in ("类型", "消耗量", "消耗量单位", "低位发热量", "发热量单位")),
    *(("燃料一", c) for c in ("收到基含硫量(%)", "收到基灰分(%)", "收到基挥发分(%)")),
    *(("燃料二", c) for c in ("类型", "消耗量", "消耗量单位", "低位发热量", "发热量单位")),
    *(("燃料二", c) for c in ("收到基含硫量(%)", "收到基灰分(%)")),
    ("", "其他燃料消耗总量(吨标准煤)"), ("", "排放口编号"), ("", "统计期起"), ("", "统计期止"),
    *((g, c) for g in ("脱硫", "脱硝", "除尘") for c in ("工艺", "去除效率(%)", "投运率(%)")),
    *((g, c) for g in ("二氧化硫", "氮氧化物", "颗粒物", "挥发性有机物", "二氧化碳") for c in ("排放量", "计量单位")),
]  # fmt: skip
BOILER: dict[tuple[str, str], Any] = {
    ("", "统计年份"): 2023, ("", "数据版本"): "审核", ("", "调查单位编号"): "K1",
    ("设备", "序号"): "1", ("设备", "名称"): "1号锅炉",
    ("设备", "类型"): "燃煤锅炉", ("设备", "燃烧方式"): "循环流化床锅炉", ("设备", "运行时间(小时)"): 7200,
    ("额定出力", "数值"): 75, ("额定出力", "计量单位"): "蒸吨/时",
    ("燃料一", "类型"): "烟煤", ("燃料一", "消耗量"): "１２．５", ("燃料一", "消耗量单位"): "万吨",
    ("燃料一", "低位发热量"): "20908", ("燃料一", "发热量单位"): "千焦/千克", ("燃料一", "收到基含硫量(%)"): 0.6,
    ("燃料二", "类型"): "一般烟煤", ("燃料二", "消耗量"): 300, ("燃料二", "消耗量单位"): "吨",
    ("", "排放口编号"): "DA001", ("", "统计期起"): "2023-01-01", ("", "统计期止"): "2023-12-31",
    ("脱硫", "工艺"): "石灰石-石膏湿法", ("脱硫", "去除效率(%)"): 97, ("脱硫", "投运率(%)"): 99.5,
    ("二氧化硫", "排放量"): 12.5, ("二氧化硫", "计量单位"): "吨",
    ("挥发性有机物", "排放量"): 340, ("挥发性有机物", "计量单位"): "千克",
}  # fmt: skip


def read(path: Path, profile: str) -> RawResult:
    return read_file(path, load_profile(profile, folders(path.parent)).profile, Context(territory="330000", year=2023))


def workbook(path: Path, rows: list[dict[tuple[str, str], Any]]) -> Path:
    """A title, a header of two lines with merged groups, rows, a footer."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, len(UNIT_HEADER) - 1, "2023年工业企业锅炉、燃气轮机和炉窑情况")
        for group in dict.fromkeys(g for g, _ in UNIT_HEADER if g):
            at = [i for i, (g, _) in enumerate(UNIT_HEADER) if g == group]
            page.merge_range(1, at[0], 1, at[-1], group)
        for i, (group, name) in enumerate(UNIT_HEADER):
            page.write(2, i, name) if group else page.merge_range(1, i, 2, i, name)
        for r, row in enumerate(rows, 3):
            for i, key in enumerate(UNIT_HEADER):
                if key in row:
                    page.write(r, i, row[key])
        page.write(3 + len(rows), 0, "单位负责人：甲　填表人：乙")
    return path


def test_one_wide_row_feeds_units_fuels_and_emissions(tmp_path: Path) -> None:
    result = read(workbook(tmp_path / "unit.xlsx", [BOILER]), "cn-envstat-unit")
    assert (result.read, result.kept, result.rejected) == (1, 1, 0)
    (unit,) = result.rows("statistics__unit").to_pylist()
    wanted = {
        "record_key": "K1", "year": 2023, "edition": "checked", "unit_code": "1", "unit_kind": "boiler",
        "technology": "fluidised_bed", "rated_mw": 52.5, "operating_hours": 7200, "outlet_code": "DA001",
        "control_so2": "石灰石-石膏湿法", "control_so2_efficiency_pct": 97, "control_so2_operating_pct": 99.5,
        "control_nox": None, "capacity_mw": None,
    }  # fmt: skip
    assert {name: unit[name] for name in wanted} == pytest.approx(wanted)
    fuels = {row["fuel_no"]: row for row in result.rows("statistics__fuel").to_pylist()}
    assert set(fuels) == {1, 2}
    assert (fuels[1]["amount"], fuels[1]["ncv_gj_per_unit"], fuels[1]["sulphur_pct"]) == (125000, 20.908, 0.6)
    assert (fuels[2]["fuel_code"], fuels[2]["amount"], fuels[2]["ncv_gj_per_unit"]) == ("bituminous_coal", 300, None)
    emission = result.rows("statistics__emission").to_pylist()
    assert {(row["species"], row["part_code"], row["mass_kg"]) for row in emission} == {
        ("SO2", "1", 12500.0), ("VOCs", "1", 340.0),
    }  # fmt: skip


def test_a_turbine_and_a_kiln(tmp_path: Path) -> None:
    turbine = BOILER | {
        ("设备", "序号"): "2", ("设备", "类型"): "燃气轮机", ("设备", "燃烧方式"): "燃气轮机", ("额定出力", "数值"): 30,
        ("额定出力", "计量单位"): "万千瓦", ("燃料一", "类型"): "天然气", ("燃料一", "消耗量单位"): "立方米",
        ("燃料一", "消耗量"): 250000, ("燃料一", "低位发热量"): 35.5, ("燃料一", "发热量单位"): "兆焦/立方米",
        ("燃料二", "消耗量"): "0",
    }  # fmt: skip
    kiln = BOILER | {
        ("设备", "序号"): "3", ("设备", "类型"): "工业炉窑", ("设备", "燃烧方式"): "炉窑", ("产品", "名称"): "熟料",
        ("产品", "产量"): 85, ("产品", "计量单位"): "万吨", ("额定出力", "数值"): "-",
    }  # fmt: skip
    result = read(workbook(tmp_path / "unit.xlsx", [turbine, kiln]), "cn-envstat-unit")
    assert result.rejected == 0
    units = {row["unit_code"]: row for row in result.rows("statistics__unit").to_pylist()}
    assert (units["2"]["unit_kind"], units["2"]["rated_mw"]) == ("turbine", 300)
    assert (units["3"]["unit_kind"], units["3"]["output_amount"], units["3"]["output_unit"]) == ("kiln", 85, "万吨")
    fuels = [row for row in result.rows("statistics__fuel").to_pylist() if row["unit_code"] == "2"]
    assert [(row["amount"], row["ncv_gj_per_unit"]) for row in fuels] == [(25.0, 355.0)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({("燃料一", "消耗量单位"): "万立方米"}, "unit_unknown"),
        ({("二氧化硫", "计量单位"): "顿"}, "unit_unknown"),
        ({("脱硫", "去除效率(%)"): 970}, "out_of_band"),
        ({("设备", "运行时间(小时)"): 9000}, "out_of_band"),
        ({("设备", "类型"): "熔炉"}, "code_unknown"),
    ],
)
def test_a_bad_cell_refuses_its_row_and_no_other(change: dict, reason: str, tmp_path: Path) -> None:
    path = workbook(tmp_path / "unit.xlsx", [BOILER | change, BOILER | {("设备", "序号"): "2"}])
    result = read(path, "cn-envstat-unit")
    assert [(row["row_no"], row["reason_code"]) for row in result.rejects()] == [(4, reason)]
    assert result.kept == 1
