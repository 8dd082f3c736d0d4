"""All files of the permit feed: the forms with their two header lines, and the habits of those who fill them in.

Here: titles, headers, footers, cells typed as text, in full width or as day numbers; slips in permitted amounts.
Not here: what permits and reports say (`permit`, `reports`), the bytes of a workbook (`files`).
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.sample import feed, files, noise
from pipelines.sample.hours import Hours
from pipelines.sample.permits import permit, reports
from pipelines.sample.world import Streams, World

SITE_FILE = "permit/synthetic_permit_site.csv"
OUTLET_FILE = "permit/synthetic_permit_outlet.xlsx"
LIMIT_FILE = "permit/synthetic_permit_limit.xlsx"
FUEL_FILE = "permit/synthetic_permit_fuel.xlsx"
PROFILES = {
    SITE_FILE: "cn-permit-site",
    OUTLET_FILE: "cn-permit-outlet",
    LIMIT_FILE: "cn-permit-limit",
    reports.QUARTER_FILE: "cn-permit-report-quarter",
    reports.YEAR_FILE: "cn-permit-report-year",
    FUEL_FILE: "cn-permit-fuel",
}
# Forms: sheet, title, group of a column in the upper header line, notes below.
FORMS: dict[str, tuple[str, str, dict[str, Sequence[str]], Sequence[Sequence[str]]]] = {
    OUTLET_FILE: (
        "表1",
        "大气排放口基本情况表（合成数据）",
        {"排放口参数": ["高度(m)", "出口内径(m)", "排气温度(℃)"], "地理坐标": ["经度", "纬度"]},
        [["注：排放口编号按 HJ 608 填写。"]],
    ),
    LIMIT_FILE: (
        "表3",
        "大气污染物有组织排放许可限值（合成数据）",
        {
            "有效期限": ["起", "止"],
            "许可排放限值": ["浓度(mg/m3)", "速率(kg/h)"],
            "许可年排放量限值(t/a)": permit.YEARS,
        },
        [["注：一般排放口不许可排放量。"]],
    ),
    reports.QUARTER_FILE: (
        "实际排放量",
        "排污许可证执行报告（季度）实际排放量（合成数据）",
        {"报告期": ["起", "止"], "实际排放": ["排放量", "计量单位"]},
        [["合计", "", "", "", "", "——"], ["注：实际排放量包括正常和非正常情况。"]],
    ),
    reports.YEAR_FILE: (
        "实际排放量",
        "排污许可证执行报告（年度）实际排放量（合成数据）",
        {"报告期": ["起", "止"], "实际排放量": ["全年合计", "计量单位"]},
        [["注：全年合计为各季度之和。"]],
    ),
    FUEL_FILE: (
        "燃料",
        "燃料消耗情况（合成数据）",
        {"报告期": ["起", "止"], "燃料品质": ["低位发热量(GJ/吨或GJ/万立方米)", "硫分(%)", "灰分(%)"]},
        [["注：未检测的留空。"]],
    ),
}
DATES = ("起", "止", "发证日期")
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９.")


def write(
    folder: Path, world: World, happened: Hours, done: reports.Quarters, streams: Streams, defects: feed.Defects
) -> tuple[dict[str, int], list[dict[str, str]]]:
    """Write the feed.

    Returns:
        Rows per file, and the entries of `feeds.yaml`.
    """
    issued = permit.versions(world, streams)
    _note_versions(world, issued, defects)
    known = reports.believed(world, done, streams)
    tables = {
        OUTLET_FILE: permit.outlets(world, streams),
        LIMIT_FILE: _slip(world, permit.limits(world, issued), streams.of("limits"), defects),
    }
    if len(known):
        tables[reports.QUARTER_FILE] = reports.quarterly(world, known, streams, defects)
    if world.is_finished:
        tables[FUEL_FILE] = permit.fuel(world, happened, streams)
    if reports.files_year(world):
        tables[reports.YEAR_FILE] = reports.yearly(known, streams, defects).rename(columns={"排放量": "全年合计"})
    rows = {SITE_FILE: files.write_csv_gb18030(folder / SITE_FILE, permit.heads(world, issued))}
    for name, table in tables.items():
        rows[name] = _write_form(folder, name, table, streams.of_year(f"typing {name}"))
    return rows, [{"feed": "permit", "profile": PROFILES[name], "path": name} for name in rows]


def _note_versions(world: World, issued: pd.DataFrame, defects: feed.Defects) -> None:
    for site, day in issued.loc[issued["kind"] == "变更", ["site", "issued"]].itertuples(index=False):
        record, expected = world.sites.at[site, "permit"], f"the new amounts hold from {day.date()}"
        defects.plant(LIMIT_FILE, -1, record, "permit_changed_mid_year", "", "sanity", expected)


def _slip(world: World, table: pd.DataFrame, rng: np.random.Generator, defects: feed.Defects) -> pd.DataFrame:
    """Amounts in kg written under t/a (all years of a row, or the first alone), and limits of registrations."""
    years, table = list(permit.YEARS), table.copy()
    with_amount = np.flatnonzero(table[years[0]].notna() & (table["排放口编号"] != permit.PLANT))
    count = max(1, round(noise.PERMIT_SLIP * len(with_amount)))
    chosen = rng.choice(with_amount, min(2 * count, len(with_amount)), replace=False)
    for n, row in enumerate(chosen):
        columns, kind = (years, "permitted_x1000") if n % 2 == 0 else (years[:1], "permitted_x1000_one_year")
        table.loc[row, columns] *= 1000
        record = " ".join(table.loc[row, ["许可证编号", "排放口编号", "污染物种类"]])
        expected = "1000 times too large: no share rests on it"
        defects.plant(LIMIT_FILE, int(row), record, kind, years[0], "sanity", expected, 7, files.FORM_LINES)
    copied = table.iloc[:0]
    if len(world.registrations):
        numbers = rng.choice(world.registrations["permit"], noise.REGISTRATIONS_REPORTING, replace=False)
        copied = table.iloc[with_amount[: len(numbers)]].assign(许可证编号=numbers[: len(with_amount)])
        for i, number in enumerate(copied["许可证编号"], start=len(table)):
            expected = "a registration has no limits: not used"
            defects.plant(
                LIMIT_FILE, i, number, "registration_limit", "许可证编号", "sanity", expected, 15, files.FORM_LINES
            )
    return pd.concat([table, copied], ignore_index=True)


def _write_form(folder: Path, name: str, table: pd.DataFrame, rng: np.random.Generator) -> int:
    sheet, title, groups, footer = FORMS[name]
    group = {column: above for above, columns in groups.items() for column in columns}
    headers: list[str | tuple[str, str]] = [(group[c], c) if c in group else c for c in table.columns]
    columns = [_typed(table[column], column in DATES, rng) for column in table.columns]
    return files.write_workbook(folder / name, sheet, title, headers, list(zip(*columns, strict=True)), footer)


def _typed(column: pd.Series, is_date: bool, rng: np.random.Generator) -> list[Any]:
    """Cells as people leave them: numbers as text or in full width, dates as date, text or day number."""
    draw = rng.random(len(column))
    if is_date:
        return [_date(text, d) for text, d in zip(column, draw, strict=True)]
    if column.dtype.kind == "f":
        return [_number(value, d) for value, d in zip(column, draw, strict=True)]
    return list(column)


def _number(value: float, draw: float) -> float | str | None:
    if value != value:
        return "/" if draw < noise.TYPED_NUMBERS else None
    text = f"{value:.12g}"
    if draw < noise.FULL_WIDTH:
        return text.translate(FULL_WIDTH) if "e" not in text else text
    return text if draw < noise.TYPED_NUMBERS else value


def _date(text: str, draw: float) -> date | str | float:
    day = date.fromisoformat(text)
    forms: list[Callable[[], date | str | float]] = [
        lambda: text,
        lambda: f"{day.year}/{day.month}/{day.day}",
        lambda: f"{day.year}年{day.month}月{day.day}日",
        lambda: float((day - date(1899, 12, 30)).days),
    ]
    return forms[int(draw / noise.TYPED_NUMBERS * len(forms))]() if draw < noise.TYPED_NUMBERS else day
