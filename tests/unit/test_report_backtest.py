"""The back-test on two releases small enough to work by hand."""

from pathlib import Path

import duckdb
import pytest

from pipelines.report.backtest import backtest, markdown

COLUMNS = "site_id, source_id, species, month, mass_kg, method_code, candidate_id"
# A share of a nowcast (s1) and one of a measured value (s2).
LEDGER = "('n1', 'nowcast', null, 8), ('c1', 'cems', null, 8), ('s1', 'share', 'n1', 8), ('s2', 'share', 'c1', 8)"


def release(path: Path, values: str) -> Path:
    with duckdb.connect(str(path)) as con:
        con.execute("create schema v1")
        con.execute(f"create table v1.emission as select * from (values {values}) as t({COLUMNS})")
        con.execute(
            "create table v1.emission_candidate as "
            f"select * from (values {LEDGER}) as t(candidate_id, method_code, parent_candidate_id, mass_kg)"
        )
        con.execute("create table v1.method as select 'nowcast' as method_code, 20.0 as uncertainty_pct")
    return path


def test_errors_are_those_of_the_year_by_plant_and_county(tmp_path: Path) -> None:
    """2024: S1 told 10 + inferred 30 of 10 + 20; county 50 of 25: total 90 of 55, cells 10 + 25 of 55.

    Of S1's year 30 / 40 is inferred, 20 × 1.75 = 35 % of 30 holds 20 (10 <= 10.5); of the county's all, 40 % of 50 = 20
    does not hold 25. Of the shares Z, that of the nowcast is inferred (3 of 4 kg), that of the measurement told.
    """
    early = release(
        tmp_path / "early.duckdb",
        """('S1', 'S1:A', 'X', date '2024-01-01', 10.0, 'cems', 'c1'),
        ('S1', 'S1:A', 'X', date '2024-02-01', 30.0, 'nowcast', 'n1'),
        (null, 'r:life', 'X', date '2024-01-01', 50.0, 'nowcast', 'n2'),
        ('S1', 'S1:A', 'Z', date '2024-01-01', 1.0, 'share', 's2'),
        ('S1', 'S1:A', 'Z', date '2024-02-01', 3.0, 'share', 's1'),
        ('S1', 'S1:A', 'X', date '2023-01-01', 9e9, 'cems', 'c1')""",
    )
    late = release(
        tmp_path / "late.duckdb",
        """('S1', 'S1:A', 'X', date '2024-01-01', 10.0, 'cems', 'c1'),
        ('S1', 'S1:A', 'X', date '2024-02-01', 20.0, 'cems', 'c1'),
        (null, 'r:life', 'X', date '2024-01-01', 25.0, 'area', 'c9'),
        ('S1', 'S1:A', 'Z', date '2024-01-01', 1.0, 'share', 's2'),
        ('S1', 'S1:A', 'Z', date '2024-02-01', 2.0, 'share', 's2'),
        ('S2', 'S2:A', 'Y', date '2024-01-01', 0.0, 'cems', 'c1')""",
    )
    [row, share] = backtest(early, late, 2024)
    assert row == {
        "species": "X",
        "final_t": pytest.approx(0.055),
        "told_share": pytest.approx(10 / 90),
        "total_error": pytest.approx(35 / 55),
        "cell_error": pytest.approx(35 / 55),
        "inside_share": 0.5,
    }
    assert markdown({3: [row]}).splitlines()[2] == "| X | 0 | 63.6% (+63.6%) | 11% | 50% |"
    assert (share["species"], share["told_share"], share["inside_share"]) == ("Z", 0.25, 1.0)
