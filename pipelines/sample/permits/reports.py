"""Execution reports of the permit feed: what firms believe they emitted, and the absurd rows among it.

Here: operators' totals and spot samples by quarter and year, written as firms write them. Not here: how the forms look
(`permitfiles`), the monitors (`stack`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.files import FORM_LINES
from pipelines.sample.hours import Hours
from pipelines.sample.permits.permit import PLANT, POLLUTANT, REPORTED, is_reported, permitted
from pipelines.sample.world import Streams, World

QUARTER_FILE = "permit/synthetic_permit_report_quarter.xlsx"
YEAR_FILE = "permit/synthetic_permit_report_year.xlsx"


@dataclass(frozen=True)
class Quarters:
    """Reported emission before anything absurd, kg: outlets × quarters per species (nan: not reported)."""

    kg: dict[str, np.ndarray]
    automatic: dict[str, np.ndarray]  # the same shape: rests on the outlet's own monitor


def quarters(
    world: World, hours: Hours, operator: dict[str, np.ndarray], rows: np.ndarray, streams: Streams
) -> Quarters:
    """What firms believe they emitted: their monitor's total where there is one, else a few spot samples."""
    rng = streams.of_year("manual monitoring")
    first = np.arange(0, world.months, 3)
    kg, automatic = {}, {}
    for species in REPORTED:
        truth = np.add.reduceat(hours.monthly_kg(species), first, axis=1)
        manual = truth * np.exp(noise.MANUAL_BIAS + noise.MANUAL_SIGMA * rng.standard_normal(truth.shape))
        measured = np.full_like(truth, np.nan)
        if species in operator:
            measured[rows] = operator[species]
        automatic[species] = ~np.isnan(measured)
        kg[species] = np.where(automatic[species], measured, manual)
        kg[species][~is_reported(world.outlets, species)] = np.nan
    return Quarters(kg, automatic)


def believed(world: World, done: Quarters, streams: Streams) -> pd.DataFrame:
    """Quarterly amounts as the firm knows them: permit, outlet (or whole plant), species, kg, automatic, begin, end.

    By outlet for key permits, whole plant for simplified ones; general outlets where the firm reports them.
    """
    rng, listed = streams.of("reports"), permitted(world)
    told = (rng.random(len(world.sites)) < noise.GENERAL_REPORTED)[listed["site"]]
    by_outlet = listed[(listed["management"] == "key") & ((listed["kind"] == "main") | told)]
    whole = listed[listed["management"] == "simplified"]
    starts = [world.day(world.month_starts[m]) for m in range(0, world.months, 3)]
    ends = [world.day(world.month_starts[min(m + 3, world.months)] - 1) for m in range(0, world.months, 3)]
    frames = []
    for species in REPORTED:
        for q, (begin, end) in enumerate(zip(starts, ends, strict=True)):
            own = pd.DataFrame(
                {
                    "permit": by_outlet["permit"],
                    "outlet": by_outlet["code"],
                    "kg": done.kg[species][by_outlet.index, q],
                    "automatic": done.automatic[species][by_outlet.index, q],
                }
            )
            plant = pd.DataFrame({"permit": whole["permit"], "kg": done.kg[species][whole.index, q]})
            plant = plant.groupby("permit", sort=False, as_index=False)["kg"].sum(min_count=1)
            frames.append(
                pd.concat([own, plant.assign(outlet=PLANT, automatic=False)]).assign(
                    species=species, begin=begin, end=end
                )
            )
    table = pd.concat(frames).dropna(subset=["kg"])
    table = table[table["end"] <= world.reported_until]
    opened = world.sites.set_index("permit")["opened"]
    table = table[table["end"] >= opened.reindex(table["permit"]).dt.strftime("%Y-%m-%d").to_numpy()]
    return table.sort_values(["permit", "outlet", "begin", "species"], kind="stable").reset_index(drop=True)


def quarterly(world: World, table: pd.DataFrame, streams: Streams, defects: feed.Defects) -> pd.DataFrame:
    """季度执行报告: some never filed, absurd rows in it, a few rows of registrations, which owe no report."""
    rng = streams.of_year("quarterly reports")
    missed = _missed(table, rng) if files_year(world) else []
    for permit, begin in missed:
        expected = "the rest of the yearly report stands for it"
        defects.plant(QUARTER_FILE, -1, f"{permit} {begin}", "quarter_missing", "", "coverage", expected)
    filed = table[~pd.MultiIndex.from_frame(table[["permit", "begin"]]).isin(missed)].reset_index(drop=True)
    written = _as_written(filed, QUARTER_FILE, rng, defects)
    return _with_registrations(world, filed, written, rng, defects)


def files_year(world: World) -> bool:
    """Under three months of life a permit owes no yearly report (brief 03 §3.3)."""
    return world.is_finished and world.months > 3


def yearly(table: pd.DataFrame, streams: Streams, defects: feed.Defects) -> pd.DataFrame:
    """年度执行报告: the quarters added up, filed beside them."""
    rng = streams.of_year("yearly reports")
    whole = table.groupby(["permit", "outlet", "species"], sort=True, as_index=False).agg(
        kg=("kg", "sum"), automatic=("automatic", "all"), begin=("begin", "min"), end=("end", "max")
    )
    expected = "stands beside its quarters, is not added to them"
    defects.plant(YEAR_FILE, -1, "", "year_beside_quarters", "", "sanity", expected, part_d=10)
    return _as_written(whole, YEAR_FILE, rng, defects)


def _missed(table: pd.DataFrame, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Permits and first days of quarterly reports that were never filed, at least one."""
    owed = table[["permit", "begin"]].drop_duplicates().sort_values(["permit", "begin"])
    count = max(1, round(noise.QUARTER_MISSED * len(owed)))
    chosen = owed.iloc[np.sort(rng.choice(len(owed), count, replace=False))]
    return list(chosen.itertuples(index=False, name=None))


def _as_written(table: pd.DataFrame, file: str, rng: np.random.Generator, defects: feed.Defects) -> pd.DataFrame:
    """Tonnes, names and absurdities of the report as firms send it."""
    count = len(table)
    manual = ~table["automatic"].to_numpy(bool) & (table["kg"].to_numpy() > 0)
    unit = np.where((rng.random(count) < noise.REPORTED_IN_KG) & manual, "千克", "吨").astype(object)
    amount = feed.significant(np.where(unit == "千克", table["kg"], table["kg"] / 1000), 5)
    variant, draw = rng.random(count) < noise.NAME_VARIANTS, rng.random(count)
    words = [POLLUTANT[s] for s in table["species"]]
    other = [w[1 + int(d * (len(w) - 1))] for w, d in zip(words, draw, strict=True)]
    name = np.where(variant, other, [w[0] for w in words]).astype(object)
    for i, absurdity in _choose_absurd(rng, manual, table["species"].to_numpy()):
        kind, column, factor, word, stage, expected = absurdity
        record = " ".join(table.loc[i, ["permit", "outlet", "species", "begin"]])
        if kind == "absurd_amount":
            amount[i], unit[i] = noise.ABSURD_T, "吨"
        amount[i] *= factor
        if column == "污染物":
            name[i] = word
        if column == "计量单位":
            unit[i] = word
        defects.plant(file, i, record, kind, column, stage, expected, part_d=7, header_lines=FORM_LINES)
    return pd.DataFrame(
        {
            "许可证编号": table["permit"],
            "排放口编号": table["outlet"],
            "污染物": name,
            "起": table["begin"],
            "止": table["end"],
            "排放量": amount,
            "计量单位": list(unit),
            "核算方法": np.where(table["automatic"], "自动监测", "手工监测"),
        }
    )


def _with_registrations(
    world: World, table: pd.DataFrame, written: pd.DataFrame, rng: np.random.Generator, defects: feed.Defects
) -> pd.DataFrame:
    """Rows under the number of a registration behind the others: somebody copied the number of a neighbour's form."""
    if not len(world.registrations):
        return written
    numbers = rng.choice(world.registrations["permit"], noise.REGISTRATIONS_REPORTING, replace=False)
    copied = written.iloc[: len(numbers)].assign(许可证编号=numbers, 排放口编号=PLANT, 污染物="二氧化硫", 计量单位="吨")
    copied["起"], copied["止"] = table["begin"].min(), table["end"][table["begin"] == table["begin"].min()].iloc[0]
    copied["排放量"], copied["核算方法"] = feed.significant(rng.uniform(5, 50, len(numbers)), 3), "手工监测"
    for i, number in enumerate(numbers, start=len(written)):
        expected = "a registration has no report: not used"
        defects.plant(
            QUARTER_FILE, i, str(number), "registration_report", "许可证编号", "sanity", expected, 15, FORM_LINES
        )
    return pd.concat([written, copied], ignore_index=True)


# kind, column, factor of the amount, word written, stage that meets it, outcome
Absurdity = tuple[str, str, float, str, str, str]
ABSURDITIES: tuple[tuple[float, Absurdity], ...] = (
    (0.0, ("absurd_amount", "实际排放量", 1, "", "sanity", "beyond any plant: not used")),
    (noise.SLIP_1E3, ("unit_slip_1e3", "实际排放量", 1e3, "", "sanity", "1000 times too large: not used")),
    (noise.SLIP_1E6, ("unit_slip_1e6", "实际排放量", 1e6, "", "sanity", "1e6 times too large: not used")),
    (noise.NEGATIVE, ("negative_amount", "实际排放量", -1, "", "raw", "out_of_band")),
    (noise.NAME_SWAPPED, ("pollutant_swapped", "污染物", 1, "二氧化氮", "raw", "code_unknown")),
    (noise.UNIT_MISSPELT, ("unit_misspelt", "计量单位", 1, "顿", "raw", "unit_unknown")),
)


def _choose_absurd(rng: np.random.Generator, manual: np.ndarray, species: np.ndarray) -> list[tuple[int, Absurdity]]:
    """Distinct rows and what is wrong with each: every kind at its share of manual rows, at least once."""
    free = rng.permutation(np.flatnonzero(manual))
    chosen: list[tuple[int, Absurdity]] = []
    for share, absurdity in ABSURDITIES:
        swapped = absurdity[0] == "pollutant_swapped"
        fits = free[np.isin(species[free], ["SO2", "PM"])] if swapped else free
        rows = fits[: max(1, round(share * int(manual.sum())))]
        chosen += [(int(i), absurdity) for i in rows]
        free = free[~np.isin(free, rows)]
    return sorted(chosen, key=lambda item: item[0])
