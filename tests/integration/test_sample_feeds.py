"""Files of the synthetic province: same seed, same bytes; the real engine meets every planted row."""

from pathlib import Path

import pandas as pd
import pytest

from pipelines.errors import UsageError
from pipelines.feeds.engine import read_file
from pipelines.feeds.feedset import load_feed_set
from pipelines.sample import write_province


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    write_province(folder, sites=60, months=4, seed=11)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    counts = write_province(first, sites=12, months=2, seed=3)
    assert counts == write_province(second, sites=12, months=2, seed=3)
    write_province(other, sites=12, months=2, seed=4)
    assert len(contents(first)) == 17
    assert contents(first) == contents(second)
    assert contents(first)["truth/truth_emission.csv"] != contents(other)["truth/truth_emission.csv"]


def test_a_second_sample_replaces_the_first_but_never_a_real_feed_set(tmp_path: Path) -> None:
    write_province(tmp_path, sites=8, months=2, seed=3)
    write_province(tmp_path, sites=8, months=1, seed=3)
    assert [p.name for p in tmp_path.glob("monitoring/*hour*")] == ["synthetic_cems_hour_2025-01.csv"]
    (tmp_path / "feeds.yaml").write_text("name: real\n", encoding="utf-8")
    with pytest.raises(UsageError, match="name an empty folder"):
        write_province(tmp_path, sites=8, months=1, seed=3)
    with pytest.raises(UsageError, match="--months 13 is out of range"):
        write_province(tmp_path / "new", months=13)


def test_everything_is_marked_synthetic(province: Path) -> None:
    feed_set = load_feed_set(province)
    assert feed_set.is_synthetic
    assert feed_set.territory == "330000" and feed_set.years == (2025,)
    files = feed_set.files()
    assert {path.name.split("_")[0] for _, path in files} == {"synthetic"}
    assert "SYNTHETIC DATA" in (province / "README.md").read_text(encoding="utf-8")
    for name in ("permit/synthetic_permit_site.csv", "statistics/synthetic_envstat_site.csv"):
        names = pd.read_csv(province / name).filter(regex="名称$").drop(columns="行政区名称")
        assert names.iloc[:, 0].str.startswith("【合成】").all()
    assert not any("truth" in str(path.relative_to(province)) for _, path in files)


def test_every_file_is_read_and_every_planted_row_is_met(province: Path) -> None:
    feed_set = load_feed_set(province)
    planted = pd.read_csv(province / "truth" / "truth_defects.csv")
    planted = planted[planted["stage"] == "raw"]
    seen, tables = set(), set()
    for entry, path in feed_set.files():
        result = read_file(path, feed_set.profile(entry.profile).profile, feed_set.context(entry))
        assert result.read == result.kept + result.rejected + result.duplicates
        assert result.kept > 0
        tables |= set(result.tables)
        name = str(path.relative_to(province))
        mine = planted[planted["file"] == name]
        refused = {(row["row_no"], row["reason_code"]) for row in result.rejects()}
        expected = mine[mine["expected"] != "duplicate"]
        assert refused == set(zip(expected["row"], expected["expected"], strict=True)), name
        assert result.duplicates == (mine["expected"] == "duplicate").sum(), name
        seen |= set(mine["kind"])
    assert seen == {
        "resent", "resent_changed", "negative_mass", "negative_amount", "pollutant_swapped", "unit_misspelt",
    }
    assert tables == {
        "permit__site", "permit__outlet", "permit__limit", "permit__report", "permit__fuel",
        "statistics__site", "statistics__emission", "statistics__fuel", "statistics__area",
        "monitoring__point", "monitoring__hour",
    }


def test_slips_that_pass_the_reading_are_where_the_list_says(province: Path) -> None:
    planted = pd.read_csv(province / "truth" / "truth_defects.csv")
    report = pd.read_csv(province / "permit" / "synthetic_permit_report.csv")
    absurd = planted[planted["kind"] == "absurd_amount"].iloc[0]
    assert report.iloc[absurd["row"] - 2]["实际排放量"] == 11.19e9
    slip = planted[planted["kind"] == "flow_in_m3_s"].iloc[0]
    hours = pd.read_csv(province / slip["file"])
    row = hours.iloc[slip["row"] - 2]
    assert row["MN"] == slip["record"]
    mine = hours[(hours["MN"] == slip["record"]) & (hours["颗粒物数据标记"] == "N")]
    mine = mine[mine["颗粒物排放量(kg)"] > 0.05]
    ratio = mine["颗粒物排放量(kg)"] / (mine["流量(m3/h)"] * mine["颗粒物实测浓度(mg/m3)"] * 1e-6)
    assert ratio.median() == pytest.approx(3600, rel=0.05)


def test_truth_files_agree_with_each_other_and_with_the_counts(tmp_path: Path) -> None:
    counts = write_province(tmp_path, sites=12, months=2, seed=3)
    truth = pd.read_csv(tmp_path / "truth" / "truth_emission.csv", dtype={"month": "str"})
    links = pd.read_csv(tmp_path / "truth" / "truth_site.csv", dtype="str")
    tonnes = truth.groupby("species")["mass_kg"].sum() / 1000
    for species, total in counts["truth_t"].items():
        assert tonnes[species] == pytest.approx(total, abs=1e-3)
    assert set(truth["month"]) == {"2025-01", "2025-02"}
    assert set(truth.loc[truth["site_uid"].notna(), "site_uid"]) <= set(links["site_uid"])
    area = truth.loc[truth["site_uid"].isna(), "source_class"]
    assert set(area) == {"life", "agriculture", "mobile", "industry_nonkey"}
    points = pd.read_csv(tmp_path / "monitoring" / "synthetic_cems_point.csv")
    assert set(links["monitor_key"].dropna()) == set(points["MN"])
    heads = pd.read_csv(tmp_path / "permit" / "synthetic_permit_site.csv")
    assert set(links["permit_key"]) <= set(heads["许可证编号"])
    forms = pd.read_csv(tmp_path / "statistics" / "synthetic_envstat_site.csv")
    assert set(links["statistics_key"].dropna()) <= set(forms["调查单位编号"])
    totals = pd.read_csv(tmp_path / "statistics" / "synthetic_envstat_area.csv")
    assert set(totals["统计期止"]) == {"2025-02-28"}
