"""A sample over several years: the first is what it was alone, the last may be unfinished."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipelines.errors import UsageError
from pipelines.sample import world, write_province


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same small province over one year, and over two of which the second is known for a quarter and a month."""
    one, two = (tmp_path_factory.mktemp(name) for name in ("one", "two"))
    write_province(one, sites=8, months=6)
    write_province(two, sites=8, months=6, years=2, through="2026-04")
    return one, two


def test_the_first_year_is_the_same_bytes(folders: tuple[Path, Path]) -> None:
    one, two = folders
    files = [path.relative_to(one) for path in one.glob("*/synthetic*")]
    assert len(files) > 15
    assert [name for name in files if (one / name).read_bytes() != (two / name).read_bytes()] == []


def test_an_unfinished_year_has_months_and_quarters_but_no_yearly_form(folders: tuple[Path, Path]) -> None:
    later = folders[1] / "2026"
    assert not (later / "statistics").exists()
    names = {path.name for path in later.glob("permit/*")}
    assert "synthetic_permit_report_quarter.xlsx" in names
    assert not names & {"synthetic_permit_report_year.xlsx", "synthetic_permit_fuel.xlsx"}
    months = {path.name[-14:-7] for path in later.glob("monitoring/*_2026-??.log.gz")}
    assert months == {f"2026-{month:02d}" for month in range(1, 5)}
    form = later / "permit" / "synthetic_permit_report_quarter.xlsx"
    quarters = pd.read_excel(form, header=None, engine="calamine").to_string()
    assert "2026-03-31" in quarters and "2026-06-30" not in quarters


def test_the_feed_set_names_both_years_and_the_truth_knows_all_of_them(folders: tuple[Path, Path]) -> None:
    two = folders[1]
    told = yaml.safe_load((two / "feeds.yaml").read_text(encoding="utf-8"))
    assert told["years"] == [2025, 2026]
    assert all(list(two.glob(entry["path"])) for entry in told["files"])
    alone, truth = (pd.read_csv(folder / "truth" / "emission.csv") for folder in folders)
    assert sorted(set(truth["month"])) == [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 7)]
    pd.testing.assert_frame_equal(truth[truth["month"] < "2026"].reset_index(drop=True), alone)


def test_plants_drift_a_little_and_keep_their_names(folders: tuple[Path, Path]) -> None:
    truth = pd.read_csv(folders[1] / "truth" / "emission.csv").query("species == 'CO2' and source_class != 'mobile'")
    totals = truth.groupby(["site_uid", truth["month"].str[:4]])["mass_kg"].sum().unstack().dropna()
    ratio = totals["2026"] / totals["2025"]
    assert len(ratio) > 3 and (ratio != 1).all() and ratio.median() == pytest.approx(1, abs=0.3)


def test_what_lasts_and_what_happens_anew_draw_from_different_streams() -> None:
    first, later = world.Streams(3), world.Streams(3, 1)
    assert first.of("lines").random() == later.of("lines").random()
    assert first.of("stops").random() == first.of_year("stops").random() != later.of_year("stops").random()


@pytest.mark.parametrize(
    ("years", "through"), [(1, "2025-03"), (2, "2025-03"), (2, "2026-13"), (2, "March"), (2, "2026-00"), (0, None)]
)
def test_a_month_outside_the_last_year_is_refused_in_a_sentence(
    tmp_path: Path, years: int, through: str | None
) -> None:
    with pytest.raises(UsageError, match=r"--through|--years"):
        write_province(tmp_path, sites=8, years=years, through=through)
