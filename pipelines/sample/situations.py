"""Mistakes that no single row can show: the same tonnes in three feeds, monitors on a part, quarters without capture.

Here: where the province invites them, as entries of the list of defects. Nothing is spoilt here.

An entry `within 0.2` asks that the fused figure of the plant (or class) and species of the record lies within 20 % of
the truth; `at least 0.5` that it is half of it or more; `nearer than the monitors` that it lies nearer to it than the
sum of the monitored stacks.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from pipelines.sample import feed
from pipelines.sample.hours import Hours
from pipelines.sample.monitoring.stack import N, Signals
from pipelines.sample.world import World

EACH = 3
CAPTURE_FLOOR, DOUBT = 0.75, 0.03  # HJ 75-2017; quarters so near to it are left out
NOT_ELIGIBLE = "no monitored month is eligible"


def plant(world: World, happened: Hours, signals: Signals, points: pd.DataFrame, defects: feed.Defects) -> None:
    """Note the situations."""
    _captures(world, signals, points, defects)

    def note(record: str, kind: str, part_d: int, expected: str) -> None:
        defects.plant("", -1, record, kind, "", "reconciliation", expected, part_d=part_d)

    sites = world.sites
    key = sites["management"].to_numpy() == "key"
    for species in ("NOx", "SO2"):
        share = _monitored_share(world, happened, species)
        for site in np.flatnonzero(key & (share > 0.95) & ~sites["newer"])[:EACH]:
            note(f"{sites.at[site, 'site_uid']} {species}", "same_tonnes_in_three_feeds", 1, "within 0.3")
    share = _monitored_share(world, happened, "PM")
    for site in np.flatnonzero(key & (share > 0.1) & (share < 0.8))[:EACH]:
        note(f"{sites.at[site, 'site_uid']} PM", "monitors_see_a_part", 16, "nearer than the monitors")
    for kind in ("coal_power", "coal_chp"):
        for site in np.flatnonzero(sites["type"] == kind)[:1]:
            note(f"{sites.at[site, 'site_uid']} PM2.5", "controlled_dust_fraction", 11, "within 0.5")
    fossil, grown = (np.bincount(world.outlets["site"], happened.monthly_kg(s).sum(axis=1)) for s in ("CO2", "CO2_bio"))
    for site in np.flatnonzero(key & (fossil > 0) & (grown > 0.5 * fossil))[:EACH]:
        note(f"{sites.at[site, 'site_uid']} CO2", "biogenic_carbon", 12, "within 0.5")
    note("industry_nonkey NOx", "registrations_have_no_report", 15, "at least 0.5")


def _monitored_share(world: World, happened: Hours, species: str) -> np.ndarray:
    """Share of each plant's true emission that leaves by monitored stacks."""
    outlets = world.outlets
    kg = happened.monthly_kg(species).sum(axis=1)
    seen = kg * (outlets["has_cems"] & outlets["monitored"].str.split().map(lambda names: species in names))
    total = np.bincount(outlets["site"], kg, len(world.sites))
    return np.divide(
        np.bincount(outlets["site"], seen, len(world.sites)), total, out=np.zeros(len(total)), where=total > 0
    )


def _captures(world: World, signals: Signals, points: pd.DataFrame, defects: feed.Defects) -> None:
    """Quarters of a logger with less than 75 % valid hours of those in which its source was not tagged as stopped."""
    edges = np.r_[world.month_starts[:-1:3], world.hours]
    whole = points[(points["first_month"] == 0) & (points["last_month"] == world.months - 1)]
    for point in whole.itertuples():
        running = signals.tag[point.rank] != 2
        valid = running & signals.arrived[point.rank] & (signals.flag["NOx"][point.rank] == N)
        if not valid.any():
            continue
        for begin, end in pairwise(edges):
            hours = running[begin:end].sum()
            if end - begin > 24 * 85 and hours > 0 and valid[begin:end].sum() < (CAPTURE_FLOOR - DOUBT) * hours:
                record = f"{point.MN} {world.start + begin}/{world.start + end}"
                defects.plant("", -1, record, "capture_below_75", "", "coverage", NOT_ELIGIBLE, part_d=2)
