"""The labelled benchmarks of `make bench-identity`, real cases whole and the dirty province at reduced size."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from benchmarks.identity import cases as real
from benchmarks.identity import province, scale
from benchmarks.identity.__main__ import TARGETS
from benchmarks.identity.records import Result, compare, link

CZECH, IDAHO, NINGXIA, PROVINCE = TARGETS


def run(case: real.Case, name: str, year: int) -> Result:
    tables, truth = case
    with duckdb.connect() as con:
        link(con, tables, year)
        return compare(con, name, truth)


def reaches(result: Result) -> bool:
    precision, recall = TARGETS[result.name]
    print(result)
    return result.precision >= precision and result.recall >= recall


def folder(cases: Path, name: str) -> Path:
    if not (cases / name).is_dir():
        pytest.skip(f"the case {name} is not here")
    return cases


@pytest.mark.cases
def test_two_years_of_a_register_without_their_ids(cases: Path) -> None:
    result = run(real.czech(folder(cases, "czech_2019_2020")), CZECH, 2020)
    assert result.true_links == 8722
    assert reaches(result)


@pytest.mark.cases
def test_hourly_plants_and_the_yearly_report(cases: Path, tmp_path: Path) -> None:
    result = run(real.idaho(folder(cases, "us_idaho_2017"), tmp_path), IDAHO, 2017)
    assert result.true_links == 5
    assert reaches(result)


@pytest.mark.cases
def test_enterprises_and_outlets_by_name_alone(cases: Path, tmp_path: Path) -> None:
    result = run(real.ningxia(folder(cases, "cn_ningxia"), tmp_path), NINGXIA, 2019)
    assert result.true_links == 220
    assert reaches(result)


def test_a_dirty_province(tmp_path: Path) -> None:
    """A seventh of the benchmark: the tolerance is that of so few records."""
    result = run(province.make(tmp_path, 150, province.TEST_SEED), PROVINCE, province.YEAR)
    print(result)
    assert result.true_links > 200
    assert result.stages.loc["probabilistic", "right"] > 10
    assert result.precision >= 0.99
    assert result.recall >= 0.96


def test_a_small_whole_province_links_every_record() -> None:
    with duckdb.connect() as con:
        tables, truth = scale.province(2_000, 400, 300, 200)
        summary = link(con, tables, scale.YEAR)
        assert compare(con, "whole province", truth).precision > 0.99
    assert summary.records == 2_900
    assert 2_400 <= summary.sites < 2_450
    assert summary.links["statistics/probabilistic"] > 0


def test_a_wrong_and_a_missing_link_are_counted() -> None:
    con = duckdb.connect()
    con.execute("create schema identity")
    con.execute("create table identity.link (scheme varchar, record_key varchar, site_id varchar, method varchar)")
    rows = [("P", "1", "S1", "anchor"), ("P", "2", "S2", "anchor"), ("F", "a", "S1", "code"), ("F", "b", "S1", "code"),
            ("F", "c", "S3", "unmatched"), ("F", "d", "S4", "unmatched")]  # fmt: skip
    con.executemany("insert into identity.link values (?, ?, ?, ?)", rows)
    truth = pd.DataFrame(
        {"scheme": "F", "record_key": list("abcd"), "true_scheme": "P", "true_key": ["1", "2", "2", None]}
    )
    result = compare(con, "by hand", truth)
    assert result.stages.loc["code"].to_dict() == {"right": 1, "wrong": 1}
    assert (result.precision, result.recall, result.missing) == (0.5, pytest.approx(1 / 3), 2)
