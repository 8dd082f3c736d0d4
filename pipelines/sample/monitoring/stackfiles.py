"""All files of the online monitoring feed: which mishaps happen where, and which writer makes which files.

Here: the plan of mishaps, the call of the writers, profiles of loggers with special wiring. Not here: what the files
look like (`hourlog`, `exports`), the signals themselves (`stack`).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pipelines.sample import feed
from pipelines.sample.monitoring import exports, hourlog, mishaps, telegram
from pipelines.sample.monitoring.broken import BREAKS
from pipelines.sample.monitoring.loggers import FAMILIES, PLATFORM_POINT_FILE, POINT_FILE, point_files
from pipelines.sample.monitoring.mishaps import Mishap, Spots
from pipelines.sample.monitoring.stack import Signals
from pipelines.sample.world import Streams, World

POINT_PROFILES = {POINT_FILE: "cn-cems-point-csv", PLATFORM_POINT_FILE: "cn-platform-point"}
DIALECTS = {telegram.LOWER_CASE: "crc_lower_case", telegram.MODBUS_SWAPPED: "crc_modbus_swapped"}
WIRED = {
    "synthetic-hj212-flow-wet": {"gas_state": {"flow_moisture": "wet"}},
    "synthetic-hj212-flow-working": {"gas_state": {"flow": "working", "flow_moisture": "wet"}},
    "synthetic-hj212-flow-m3-h": {"units": {"a00000": "m3/h"}},
}


def write(
    folder: Path, world: World, signals: Signals, points: pd.DataFrame, streams: Streams, defects: feed.Defects
) -> tuple[dict[str, int], list[dict[str, str]]]:
    """Write the feed.

    Returns:
        Rows (frames) per file, and the entries of `feeds.yaml`.
    """
    rng = streams.of_year("hour files")
    rows: dict[str, int] = {}
    entries: list[dict[str, str]] = []
    family = np.zeros(len(signals.rows), int)
    family[points["rank"].to_numpy(int)] = points["family"]
    spots = Spots(world, signals, family, rng)
    planned = mishaps.choose(spots) + exports.marks(spots) + _broken(spots)
    habits = hourlog.habits(spots, planned, streams.of("loggers' habits"))
    for dialect, kind in DIALECTS.items():
        for rank, hour in spots.hours(np.flatnonzero(habits.dialect == dialect), 1):
            planned.append(Mishap(kind, rank, hour, hour + 1, 14, mishaps.right(signals, rank, hour)))
    logs = hourlog.Logs(folder, world, signals, points, planned, habits, defects, rng)
    tables = exports.Exports(folder, world, signals, points, planned, defects, rng)
    for name, table in point_files(points).items():
        if len(table):
            rows[name] = feed.write(folder / name, table)
            entries.append({"feed": "monitoring", "profile": POINT_PROFILES[name], "path": name})
    for one in FAMILIES:
        written = (logs if one.form == "telegram" else tables).write(one)
        rows |= written
        if written:
            entries.append({"feed": "monitoring", "profile": one.profile, "path": _pattern(list(written))})
    return rows, entries


def _broken(spots: Spots) -> list[Mishap]:
    found = []
    for kind, one in BREAKS.items():
        for rank, hour in spots.hours(spots.of(one.family)):
            right = mishaps.right(spots.signals, rank, hour)
            kept = {"": right, "duplicate": f"duplicate; {right}"}.get(one.expected, one.expected)
            found.append(Mishap(kind, rank, hour, hour + 1, one.part_d, kept))
    return found


def _pattern(names: list[str]) -> str:
    """One path, or a pattern that fits the months of a family."""
    if len(names) == 1:
        return names[0]
    stem, _, rest = names[0].rpartition("_")
    return f"{stem}_*{rest[7:]}"


def write_profiles(folder: Path, entries: list[dict[str, str]]) -> None:
    """Profiles of loggers with special wiring that some entry names."""
    for name in sorted({entry["profile"] for entry in entries} & WIRED.keys()):
        _write_profile(folder / "profiles" / f"{name}.yaml", WIRED[name])


def _write_profile(path: Path, telegrams: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(
        {
            "feed": "monitoring",
            "description": "Synthetic province, loggers that send the flow otherwise than the standard asks",
            "telegrams": {"scheme": "CN-CEMS", **telegrams},
        },
        sort_keys=False,
    )
    path.write_text(text, encoding="utf-8", newline="\n")
