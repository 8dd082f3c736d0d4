"""Files of the statistics: workbooks of the forms 基101, 基102/103 and 综表, the calculation form as CSV in GB18030.

Here: columns and their units, slips of writing, and the lines at which flaws stand. Not here: editions (`editions`),
what is reported (`survey`, `units`, `calculation`, `area`).
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.sample import feed, files
from pipelines.sample.monitoring.stack import MEASURED
from pipelines.sample.statistics.editions import EDITIONS, editions
from pipelines.sample.statistics.survey import Survey
from pipelines.sample.statistics.surveylist import FORM, Flaw, Forms
from pipelines.sample.statistics.units import BY_UNIT, IN_KG
from pipelines.sample.world import Streams, World

FOLDER = "statistics"
KINDS = {"site": "xlsx", "unit": "xlsx", "g106": "csv"}
GASES = ("CO2", "CH4", "N2O")
CONTROL = dict(zip(MEASURED, ("脱硫", "脱硝", "除尘"), strict=True))
FOOTER = [["单位负责人：（合成）　填表人：（合成）"]]
Entry = dict[str, str]


def write(
    out: Path, world: World, survey: Survey, area: pd.DataFrame, streams: Streams, defects: feed.Defects
) -> tuple[dict[str, int], list[Entry]]:
    """Write all files; return rows per file and the entries of `feeds.yaml`."""
    rng = streams.of_year("survey editions")
    filed = editions(survey.forms, survey.flaws, rng)
    mended = set(filed["final"].plants["key"])
    rows: dict[str, int] = {}
    for edition, forms in filed.items():
        word = EDITIONS[edition]
        names = {form: _name(form, edition) for form in KINDS}
        rows[names["site"]] = _site(out / names["site"], world, forms.plants, word)
        amount_unit = list(forms.units["amount_unit"])
        if edition == "preliminary":
            _misspell(amount_unit, forms.units, mended, names["unit"], defects)
        rows[names["unit"]] = _unit(out / names["unit"], world, forms, word, amount_unit)
        lines = _lines(world, forms.lines, word, rng)
        if edition == "final":
            _slip(lines, names["g106"], defects)
        if len(lines):  # few plants have only a preliminary form
            rows[names["g106"]] = files.write_csv_gb18030(out / names["g106"], lines)
        places = {
            "site": (names["site"], forms.plants["key"]),
            "unit": (names["unit"], forms.units["key"] + " " + forms.units["unit"].astype(str)),
        }
        for flaw in survey.flaws:
            if flaw.edition in ("", edition):
                _plant(flaw, *places[flaw.form], defects)
    name = f"{FOLDER}/synthetic_envstat_area.xlsx"
    headers = [("排放量", c) if c in ("数值", "计量单位") else c for c in area.columns]
    title = f"{world.year}年排放源统计综合表"
    rows[name] = files.write_workbook(out / name, "综表", title, headers, area.values.tolist(), FOOTER)
    entries = [
        {"feed": "statistics", "profile": f"cn-envstat-{form}", "path": _name(form, "*")} for form in KINDS
    ]
    return rows, [*entries, {"feed": "statistics", "profile": "cn-envstat-area", "path": name}]


def _name(form: str, edition: str) -> str:
    return f"{FOLDER}/synthetic_envstat_{form}_{edition}.{KINDS[form]}"


def _plant(flaw: Flaw, file: str, records: pd.Series, defects: feed.Defects) -> None:
    """Note the flaw at the row of its record in this file, if it is there."""
    record = flaw.key if flaw.line is None else f"{flaw.key} {flaw.line}"
    for row in np.flatnonzero(records == record)[:1]:
        defects.plant(
            file,
            int(row),
            flaw.key,
            flaw.kind,
            flaw.column,
            flaw.stage,
            flaw.expected,
            flaw.part_d,
            files.FORM_LINES,
        )


def _site(path: Path, world: World, plants: pd.DataFrame, edition: str) -> int:
    """基101: heads as people type them, totals in the unit of their column."""
    given = [c for c in plants.columns if not c.startswith("kg_") and c != "key"]
    columns: dict[str | tuple[str, str], list[Any]] = {
        "统计年份": [world.year] * len(plants),
        "数据版本": [edition] * len(plants),
        "调查单位编号": list(plants["key"]),
        **{name: list(plants[name]) for name in given},
        "统计期起": [world.period[0]] * len(plants),
        "统计期止": [world.period[1]] * len(plants),
    }
    for species, word in FORM.items():
        group = "温室气体排放量" if species in GASES else "废气污染物排放量"
        in_kg = species in IN_KG
        kg = plants[f"kg_{species}"].where(plants[f"kg_{species}"] > 0)
        columns[group, f"{word}({'千克' if in_kg else '吨'})"] = list(feed.significant(kg if in_kg else kg / 1000, 5))
    rows = list(zip(*columns.values(), strict=True))
    title = f"{world.year}年工业企业污染物和温室气体排放及治理情况（基101表）"
    footer: list[list[Any]] = [["合计", len(rows)], *FOOTER]
    return files.write_workbook(path, "基101", title, list(columns), rows, footer)


def _unit(path: Path, world: World, forms: Forms, edition: str, amount_unit: list[str]) -> int:
    """基102, 基103: one row per unit."""
    units = forms.units
    heads = dict(zip(forms.plants["key"], forms.plants["单位详细名称"], strict=True))
    columns: dict[str | tuple[str, str], Any] = {
        "统计年份": [world.year] * len(units),
        "数据版本": [edition] * len(units),
        "调查单位编号": units["key"],
        "单位详细名称": units["key"].map(heads),
        ("设备", "序号"): units["unit"].astype(str),
        ("设备", "名称"): units["name"],
        ("设备", "类型"): units["kind"],
        ("设备", "燃烧方式"): units["burning"],
        ("设备", "对应机组装机容量(万千瓦)"): units["capacity"],
        ("设备", "运行时间(小时)"): units["hours"],
        ("额定出力", "数值"): units["rated"],
        ("额定出力", "计量单位"): units["rated_unit"],
        ("产品", "名称"): units["product"],
        ("产品", "产量"): units["output"],
        ("产品", "计量单位"): units["output_unit"],
        ("燃料一", "类型"): units["fuel_name"],
        ("燃料一", "消耗量"): _typed(units["amount"]),
        ("燃料一", "消耗量单位"): amount_unit,
        ("燃料一", "低位发热量"): units["heat"],
        ("燃料一", "发热量单位"): units["heat_unit"],
        ("燃料一", "收到基含硫量(%)"): units["sulphur"],
        ("燃料一", "收到基灰分(%)"): units["ash"],
        ("燃料一", "收到基挥发分(%)"): [None] * len(units),
        **{("燃料二", c): [None] * len(units) for c in
           ("类型", "消耗量", "消耗量单位", "低位发热量", "发热量单位", "收到基含硫量(%)", "收到基灰分(%)")},
        "其他燃料消耗总量(吨标准煤)": [None] * len(units),
        "排放口编号": units["outlet"],
        "统计期起": [world.period[0]] * len(units),
        "统计期止": [world.period[1]] * len(units),
    }  # fmt: skip
    for species, word in CONTROL.items():
        columns[word, "工艺"] = units[f"treatment_{species}"]
        columns[word, "去除效率(%)"] = units[f"efficiency_pct_{species}"]
        columns[word, "投运率(%)"] = units[f"operating_rate_{species}"].astype(float) * 100
    for species in BY_UNIT:
        in_kg = species in IN_KG
        kg = units[f"kg_{species}"]
        columns[FORM[species], "排放量"] = feed.significant(kg if in_kg else kg / 1000, 6)
        columns[FORM[species], "计量单位"] = np.where(kg.notna(), "千克" if in_kg else "吨", "")
    title = f"{world.year}年工业企业锅炉、燃气轮机和炉窑情况（基102、基103表）"
    rows = list(zip(*(list(values) for values in columns.values()), strict=True))
    return files.write_workbook(path, "基102", title, list(columns), rows, FOOTER)


def _typed(amount: pd.Series) -> list[object]:
    """Every seventh amount is kept as text, every other one of those in digits of full width."""
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    texts = [f"{value:.10g}" for value in amount]
    return [
        value if n % 7 else texts[n].translate(wide) if n % 14 else texts[n]
        for n, value in enumerate(amount)
    ]


def _misspell(
    amount_unit: list[str], units: pd.DataFrame, mended: set[str], name: str, defects: feed.Defects
) -> None:
    """Units nobody can convert, in forms that a final one replaces: a word with a slip, and coal in volumes."""
    solid = np.flatnonzero(units["fuel"].isin(["bituminous_coal", "biomass", "msw"]) & units["key"].isin(mended))
    slips = (("unit_misspelt", "顿"), ("coal_in_cubic_metres", "万立方米"))
    for row, (kind, word) in zip(solid[:2].tolist(), slips, strict=False):
        amount_unit[row] = word
        key = units.at[row, "key"]
        defects.plant(name, row, key, kind, "燃料一 消耗量单位", "raw", "unit_unknown", 5, files.FORM_LINES)


def _lines(world: World, lines: pd.DataFrame, edition: str, rng: np.random.Generator) -> pd.DataFrame:
    """G106 as exported: amounts in t or kg, each beside its unit."""
    in_kg = (rng.random(len(lines)) < 0.15) | lines["污染物排放量"].lt(1).to_numpy()
    table = lines.drop(columns="key").copy()
    for column in ("污染物产生量", "污染物排放量", "排污许可证执行报告排放量"):
        table[column] = feed.significant(np.where(in_kg, lines[column], lines[column] / 1000), 5)
    unit = np.where(in_kg, "千克", "吨")
    table.insert(table.columns.get_loc("污染物产生量") + 1, "污染物产生量计量单位", unit)
    table.insert(table.columns.get_loc("污染物排放量") + 1, "污染物排放量计量单位", unit)
    place = table.columns.get_loc("污染治理设施实际运行率k") + 1
    rate = lines["污染治理设施实际运行率k"].astype(float)
    table.insert(place, "污染治理设施实际运行参数一名称", np.where(rate.notna(), "治理设施运行时间占比", ""))
    table.insert(place + 1, "污染治理设施实际运行参数一数值", rate * 100)
    table.insert(place + 2, "污染治理设施实际运行参数一计量单位", np.where(rate.notna(), "%", ""))
    front = {
        "年度": world.year, "数据版本": edition, "调查单位编号": lines["key"],
        "序号": lines.groupby("key", sort=False).cumcount() + 1,
        "统计期起": world.period[0], "统计期止": world.period[1],
    }  # fmt: skip
    return pd.concat([pd.DataFrame(front, index=table.index), table], axis=1)


def _slip(lines: pd.DataFrame, name: str, defects: feed.Defects) -> None:
    """In one line the emission is given in kg and called t."""
    fits = np.flatnonzero((lines["污染物排放量计量单位"] == "吨") & (lines["污染物处理工艺名称"] != ""))
    for row in fits[len(fits) // 2 :][:1].tolist():
        lines.loc[row, "污染物排放量"] *= 1000
        defects.plant(
            name, row, lines.at[row, "调查单位编号"], "calculation_slip_1e3", "污染物排放量", "sanity",
            "generated less treatment is not emitted: the outlet's calculation is not used", 5,
        )  # fmt: skip
