"""Writing the whole province: truth, three feeds made from it, the defects, `feeds.yaml` and a README.

Here: the order of the parts and the file names. Not here: what the parts hold.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pipelines.errors import UsageError
from pipelines.sample import feed, hours, situations, territory, world
from pipelines.sample.monitoring import loggers, stack, stackfiles
from pipelines.sample.permits import permitfiles, reports
from pipelines.sample.statistics import area, balance, survey, surveyfiles

README = Path(__file__).parent / "data" / "README.md"


def write_province(
    out: Path,
    sites: int = 200,
    months: int = 12,
    seed: int = 2025,
    year: int = 2025,
    territory_code: str = "330000",
    years: int = 1,
    through: str | None = None,
) -> dict[str, Any]:
    """Write a synthetic province. Same arguments and numpy, same bytes.

    Args:
        out: folder to write; it may exist, but must not hold a feed set that is not synthetic.
        sites: plants simulated one by one (registrations come on top, in the real proportion).
        months: months from January; yearly forms then cover January to the last of them.
        seed: seed of every draw.
        year: calendar year, the first one.
        territory_code: province, one of the folders of `data/`.
        years: number of years. The plants of later years are those of the first one, a little drifted; their files
            stand in a folder named by the year.
        through: last month (`YYYY-MM`, in the last year) of which the feeds tell. That year is unfinished: months of
            monitoring and whole quarters of reports, no yearly form. The truth knows the whole year.

    Returns:
        Counts: rows per file, sites, outlets, monitors, registrations, defects; true tonnes per species.

    Raises:
        UsageError: an argument is out of range, or `out` holds real feeds.
    """
    _check(out, sites, months, seed, year, years)
    reported = _reported(year + years - 1, years, months, through)
    place, streams = territory.load(territory_code), world.Streams(seed)
    told = _write_year(out, world.build(place, sites, months, seed, year), streams)
    for later in range(1, years):
        streams = world.Streams(seed, later)
        made = world.following(told.made, streams, reported if later == years - 1 else months)
        told.take(_write_year(out / str(made.year), made, streams, told.points), str(made.year))
    rows, truth, entries = told.rows, pd.concat(told.truth, ignore_index=True), told.entries
    stackfiles.write_profiles(out, entries)
    rows["truth/emission.csv"] = feed.write(out / "truth" / "emission.csv", truth)
    rows["truth/site.csv"] = feed.write(out / "truth" / "site.csv", told.links)
    rows["truth/defects.csv"] = feed.write(out / "truth" / "defects.csv", told.defects.table())
    _describe(out, place, [year + n for n in range(years)], entries, {"sites": sites, "months": months, "seed": seed})
    tonnes = truth.groupby("species", sort=True)["mass_kg"].sum() / 1000
    return {
        "territory": territory_code,
        "sites": sites,
        "outlets": int((told.made.outlets["code"] != "").sum()),
        "monitors": told.points["rank"].nunique(),
        "registrations": len(told.made.registrations),
        "defects": len(told.defects.rows),
        "rows": rows,
        "truth_t": {str(s): round(float(t), 3) for s, t in tonnes.items()},
    }


@dataclass
class Told:
    """What was written of one year, and with `take` of the years after it."""

    made: world.World
    points: pd.DataFrame  # loggers
    links: pd.DataFrame
    defects: feed.Defects
    rows: dict[str, int]
    truth: list[pd.DataFrame]
    entries: list[dict[str, str]]  # of feeds.yaml

    def take(self, later: "Told", folder: str) -> None:
        self.made = later.made
        self.defects.take(later.defects, folder)
        self.rows |= {f"{folder}/{name}": count for name, count in later.rows.items()}
        self.truth += later.truth
        self.entries += [entry | {"path": f"{folder}/{entry['path']}"} for entry in later.entries]


def _write_year(
    out: Path, made: world.World, streams: world.Streams, before: pd.DataFrame | None = None
) -> Told:
    """Simulate and write one year; `before` are the loggers of the year before it."""
    happened = hours.simulate(made, streams)
    signals = stack.listen(made, happened, streams)
    reported = reports.quarters(made, happened, stack.operator_quarters(made, signals), signals.rows, streams)
    defects = feed.Defects()

    if before is None:
        points = loggers.loggers(made, signals, streams, defects)
    else:
        points = loggers.following(before, made.months)
    forms = survey.fill_in(made, happened, reported, streams, defects)
    true_area = area.truth(made, streams)
    county_totals = area.statistics(made, true_area, happened, forms.listed, streams)
    surveyed: dict[str, int] = {}
    answered: list[dict[str, str]] = []
    if made.is_finished:
        surveyed, answered = surveyfiles.write(out, made, forms, county_totals, streams, defects)
        balanced, weighed = balance.write(out, made, happened, true_area, streams)
        surveyed, answered = surveyed | balanced, [*answered, *weighed]
    filed, permitted = permitfiles.write(out, made, happened, reported, streams, defects)
    sent, monitored = stackfiles.write(out, made, signals, points, streams, defects)
    if before is None:  # they look at the whole time of a plant
        situations.plant(made, happened, signals, points, defects)
    truth, links = _truth(made, happened, true_area), _links(made, forms, points)
    entries = [*permitted, *answered, *monitored]
    return Told(made, points, links, defects, filed | surveyed | sent, [truth], entries)


def _reported(last: int, years: int, months: int, through: str | None) -> int:
    """Months of the last year of which the feeds tell."""
    if through is None:
        return months
    match = re.fullmatch(r"(\d{4})-(\d{2})", through)
    if years < 2 or not match or int(match[1]) != last or not 1 <= int(match[2]) <= months:
        raise UsageError(
            f"--through {through}: name a month (YYYY-MM) of the last of at least two years,"
            f" here {last}-01 to {last}-{months:02d} with --years 2 or more.",
            zh=f"--through {through}：请写至少两年中最后一年的月份（YYYY-MM），"
            f"此处为 {last}-01 至 {last}-{months:02d}，并使 --years 不小于 2。",
        )
    return int(match[2])


def _check(out: Path, sites: int, months: int, seed: int, year: int, years: int) -> None:
    for name, value, low, high in (
        ("sites", sites, 5, 20_000),
        ("months", months, 1, 12),
        ("year", year, 2000, 2100),
        ("seed", seed, 0, 2**63 - 1),
        ("years", years, 1, 10),
    ):
        if not low <= value <= high:
            raise UsageError(
                f"--{name} {value} is out of range; use {low} to {high}.",
                zh=f"--{name} {value} 超出范围；请用 {low} 至 {high}。",
            )
    present = out / "feeds.yaml"
    if out.is_file():
        raise UsageError(
            f"{out} is a file; name a folder for the sample.", zh=f"{out} 是文件；请为合成省份指明文件夹。"
        )
    if out.is_dir() and any(out.iterdir()):
        text = present.read_text(encoding="utf-8") if present.is_file() else ""
        if "synthetic: true" not in text:
            raise UsageError(
                f"{out} is not empty and holds no synthetic province; name an empty folder.",
                zh=f"{out} 不是空文件夹，且其中没有合成省份；请指明空文件夹。",
            )
        kinds = ("*/synthetic_*", "*/*/synthetic_*", "profiles/synthetic-*")
        for old in sorted(file for kind in kinds for file in out.glob(kind)):
            old.unlink()  # files of an earlier, longer sample


def _truth(made: world.World, happened: hours.Hours, true_area: pd.DataFrame) -> pd.DataFrame:
    """truth_emission: plants by outlet (empty: what leaves by no stack), and area sources by county."""
    outlets, sites = made.outlets, made.sites
    months = np.array([f"{made.year}-{m + 1:02d}" for m in range(made.months)])
    frames = []
    for species in world.SPECIES:
        kg = happened.monthly_kg(species)
        site = np.repeat(outlets["site"].to_numpy(), made.months)
        frames.append(
            pd.DataFrame(
                {
                    "site_uid": sites["site_uid"].to_numpy()[site],
                    "region_code": sites["county"].to_numpy()[site],
                    "outlet": np.repeat(outlets["code"].to_numpy(), made.months),
                    "source_class": sites["source_class"].to_numpy()[site],
                    "industry_code": sites["industry"].to_numpy()[site],
                    "species": species,
                    "month": np.tile(months, len(outlets)),
                    "mass_kg": kg.ravel(),
                }
            )
        )
    frames.append(
        pd.DataFrame(
            {
                "site_uid": "",
                "region_code": true_area["county"],
                "outlet": "",
                "source_class": true_area["source_class"],
                "industry_code": "",
                "species": true_area["species"],
                "month": months[true_area["month"] - 1],
                "mass_kg": true_area["kg"],
            }
        )
    )
    table = pd.concat(frames, ignore_index=True)
    table["mass_kg"] = table["mass_kg"].round(6)
    return table[table["mass_kg"] > 0].reset_index(drop=True)


def _links(made: world.World, forms: survey.Survey, points: pd.DataFrame) -> pd.DataFrame:
    """truth_site: one row per plant × outlet × logger, with the keys under which each feed knows it."""
    stacks = made.outlets.loc[made.outlets["code"] != "", ["site", "site_uid", "code", "kind"]]
    table = stacks.merge(
        points[["site_uid", "outlet", "MN"]],
        left_on=["site_uid", "code"],
        right_on=["site_uid", "outlet"],
        how="left",
    )
    head = made.sites.iloc[table["site"]].reset_index(drop=True)
    return pd.DataFrame(
        {
            "site_uid": table["site_uid"],
            "type": head["type"],
            "name": head["name"],
            "region_code": head["county"],
            "industry_code": head["industry"],
            "lon_deg": head["lon"],
            "lat_deg": head["lat"],
            "legal_code": head["uscc"],
            "management_class": head["management"],
            "permit_key": head["permit"],
            "statistics_key": table["site"].map(forms.record_key).fillna(""),
            "outlet": table["code"],
            "outlet_kind": table["kind"],
            "monitor_key": table["MN"].fillna(""),
            "opened": head["opened"].dt.strftime("%Y-%m-%d"),
        }
    )


def _describe(
    out: Path, place: territory.Territory, years: list[int], entries: list[dict[str, str]], arguments: dict[str, int]
) -> None:
    settings = place.settings
    time: dict[str, int | list[int]] = {"year": years[0]} if len(years) == 1 else {"years": years}
    text = yaml.safe_dump(
        {
            "name": settings["name"],
            "territory": settings["territory"],
            "timezone_offset": settings["timezone_offset"],
            **time,
            "synthetic": True,
            "files": entries,
        },
        sort_keys=False,
    )
    head = "# SYNTHETIC DATA: plants and emissions are invented. 合成数据，企业与排放均为虚构。\n"
    (out / "feeds.yaml").write_text(head + text, encoding="utf-8", newline="\n")
    readme = README.read_text(encoding="utf-8").format(
        **arguments,
        year="–".join(str(year) for year in sorted({years[0], years[-1]})),
        title_en=settings["title"]["en"],
        title_zh=settings["title"]["zh"],
    )
    (out / "README.md").write_text(readme, encoding="utf-8", newline="\n")
