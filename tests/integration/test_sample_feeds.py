"""Files of the synthetic province: same seed, same bytes; the real engine meets every planted row."""

import gzip
import re
from pathlib import Path

import pandas as pd
import pytest

from pipelines.errors import UsageError
from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.reading.engine import read_file
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
    assert contents(first) == contents(second)
    assert contents(first)["truth/emission.csv"] != contents(other)["truth/emission.csv"]
    assert {name.split("/")[0] for name in contents(first)} == {
        "README.md", "feeds.yaml", "monitoring", "permit", "profiles", "statistics", "truth",
    }  # fmt: skip


def test_a_second_sample_replaces_the_first_but_never_a_real_feed_set(tmp_path: Path) -> None:
    write_province(tmp_path, sites=8, months=2, seed=3)
    write_province(tmp_path, sites=8, months=1, seed=3)
    months = {p.name for p in tmp_path.glob("monitoring/*_2025-*")}
    assert months and all("2025-01" in name for name in months)
    (tmp_path / "feeds.yaml").write_text("name: real\n", encoding="utf-8")
    with pytest.raises(UsageError, match="name an empty folder"):
        write_province(tmp_path, sites=8, months=1, seed=3)
    with pytest.raises(UsageError, match="--months 13 is out of range"):
        write_province(tmp_path / "new", months=13)


@pytest.mark.parametrize(
    ("sites", "months", "seed"),
    [
        pytest.param(8, 2, 20, id="no preliminary form"),
        pytest.param(60, 9, 12, id="the workbook's logger is silent for a month"),
        pytest.param(60, 12, 12, id="a log's loggers are silent for a month"),
    ],
)
def test_a_province_may_lack_anything(tmp_path: Path, sites: int, months: int, seed: int) -> None:
    counts = write_province(tmp_path, sites=sites, months=months, seed=seed)
    assert counts["sites"] == sites and counts["rows"]["truth/emission.csv"] > 0


def test_everything_is_marked_synthetic(province: Path) -> None:
    feed_set = load_feed_set(province)
    assert feed_set.is_synthetic
    assert feed_set.territory == "330000" and feed_set.years == (2025,)
    files = feed_set.files()
    assert {path.name.split("_")[0] for _, path in files} == {"synthetic"}
    assert "SYNTHETIC DATA" in (province / "README.md").read_text(encoding="utf-8")
    heads = pd.read_csv(province / "permit" / "synthetic_permit_site.csv", encoding="gb18030")
    assert heads["单位名称"].str.startswith("【合成】").all()
    assert not any("truth" in str(path.relative_to(province)) for _, path in files)


def test_every_file_is_read_and_every_planted_row_is_met(province: Path) -> None:
    feed_set = load_feed_set(province)
    planted = pd.read_csv(province / "truth" / "defects.csv", keep_default_na=False)
    planted = planted[planted["stage"] == "raw"]
    seen = set()
    for entry, path in feed_set.files():
        result = read_file(path, feed_set.profile(entry.profile).profile, feed_set.context(entry.year))
        assert result.read == result.kept + result.rejected + result.duplicates
        assert result.kept > 0 or result.read == 0, path.name  # a preliminary edition may hold no line yet
        name = str(path.relative_to(province))
        mine = planted[planted["file"] == name]
        refused = {(row["row_no"], row["reason_code"]) for row in result.rejects()}
        repeated = mine["expected"].str.match(r"duplicate(;|$)")
        noticed = mine["expected"].str.startswith("notice")
        expected = mine[~repeated & ~noticed]
        assert refused == set(zip(expected["row"], expected["expected"], strict=True)), name
        assert result.duplicates >= repeated.sum(), name
        assert sum(result.notice_reasons.values()) >= noticed.sum(), name
        seen |= set(mine["kind"])
    assert seen >= {
        "crc_broken", "length_broken", "truncated", "encrypted", "packet_lost", "resent_rf", "resent", "negative_mass",
        "negative_amount", "pollutant_swapped", "unit_misspelt",
    }  # fmt: skip


def test_a_slip_that_passes_the_reading_is_where_the_list_says(province: Path) -> None:
    planted = pd.read_csv(province / "truth" / "defects.csv", keep_default_na=False)
    slip = planted[planted["kind"] == "flow_in_m3_h"].iloc[0]
    frames = gzip.decompress((province / slip["file"]).read_bytes()).split(b"##")[1:]
    number = slip["record"].split()[0]
    assert f"MN={number};".encode() in frames[slip["row"] - 1]
    ratios = []
    for frame in (f for f in frames if f"MN={number};".encode() in f and b"a21002-Flag=N" in f):
        flow, concentration, mass = (
            float(re.search(name + rb"=([0-9.]+)", frame)[1])  # type: ignore[index]
            for name in (rb"a00000-Avg", rb"a21002-Avg", rb"a21002-Cou")
        )
        ratios += [flow * 3600 * concentration * 1e-6 / mass] if mass > 0.05 else []
    assert sorted(ratios)[len(ratios) // 2] == pytest.approx(3600, rel=0.05)


def test_truth_files_agree_with_each_other_and_with_the_counts(tmp_path: Path) -> None:
    counts = write_province(tmp_path, sites=12, months=2, seed=3)
    truth = pd.read_csv(tmp_path / "truth" / "emission.csv", dtype={"month": "str"})
    links = pd.read_csv(tmp_path / "truth" / "site.csv", dtype="str")
    tonnes = truth.groupby("species")["mass_kg"].sum() / 1000
    for species, total in counts["truth_t"].items():
        assert tonnes[species] == pytest.approx(total, abs=1e-3)
    assert set(truth["month"]) == {"2025-01", "2025-02"}
    assert set(truth.loc[truth["site_uid"].notna(), "site_uid"]) <= set(links["site_uid"])
    area = truth.loc[truth["site_uid"].isna(), "source_class"]
    assert set(area) >= {"life", "agriculture", "mobile", "industry_nonkey"}
    points = {
        name: pd.read_csv(tmp_path / "monitoring" / f"synthetic_{name}.csv", dtype="str")
        for name in ("cems_point", "point_platform")
    }
    assert set(links["monitor_key"].dropna()) == {*points["cems_point"]["MN"], *points["point_platform"]["监测点编号"]}
    heads = pd.read_csv(tmp_path / "permit" / "synthetic_permit_site.csv", encoding="gb18030")
    assert set(links["permit_key"]) <= set(heads["许可证编号"])


def test_every_mistake_of_the_brief_is_planted(sample_feeds: Path) -> None:
    planted = pd.read_csv(sample_feeds / "truth" / "defects.csv", keep_default_na=False)
    assert set(range(1, 18)) <= set(planted["part_d"])
    assert (planted["expected"] != "").all()
