"""Weekly, daily and monthly profiles: whole, of known classes, with a mean of one."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

SEEDS = {"weekday_profile": ("weekday", range(1, 8)), "hour_profile": ("hour_of_day", range(24)),
         "month_profile": ("month_of_year", range(1, 13))}  # fmt: skip


def factors(repository: Path, seed: str) -> dict[tuple[str, str], dict[int, float]]:
    """{(territory, class): {index: factor}} of a seed."""
    found: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    with (repository / "dbt_project/seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["territory"], row["source_class_code"]][int(row[SEEDS[seed][0]])] = float(row["factor"])
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_profile_is_whole_and_has_the_mean_one(repository: Path, seed: str) -> None:
    """Printed tables are rounded: residential weeks of table B.1 sum to 1.001."""
    profiles = factors(repository, seed)
    assert profiles
    for key, profile in profiles.items():
        assert sorted(profile) == list(SEEDS[seed][1]), key
        assert sum(profile.values()) / len(profile) == pytest.approx(1, abs=0.01), key


@pytest.mark.parametrize("seed", ["weekday_profile", "hour_profile"])
def test_every_family_has_an_hourly_profile(repository: Path, seed: str) -> None:
    """Other classes share that of the nearest class above them."""
    with (repository / "dbt_project/seeds/source_class.csv").open(encoding="utf-8", newline="") as file:
        families = {row["source_class_code"] for row in csv.DictReader(file) if row["level"] == "1"}
    assert families - {code for territory, code in factors(repository, seed) if territory == "*"} == set()
