"""The back-test on two releases small enough to work by hand."""

from pathlib import Path

import duckdb
import pytest

from pipelines.report.backtest import backtest, markdown

COLUMNS = "site_id, source_id, species, month, mass_kg, method_code, uncertainty_pct"


def release(path: Path, values: str) -> Path:
    with duckdb.connect(str(path)) as con:
        con.execute("create schema v1")
        con.execute(f"create table v1.emission as select * from (values {values}) as t({COLUMNS})")
    return path


def test_errors_are_those_of_the_year_by_plant_and_county(tmp_path: Path) -> None:
    """2024: S1 told 10 + inferred 30 of 10 + 20; county 50 of 40: total 90 of 70, cells 10 + 10 of 70.

    S1's 30 ± 40 % holds 20 (difference 10 <= 12), the county's 50 ± 10 % does not hold 40.
    """
    early = release(
        tmp_path / "early.duckdb",
        """('S1', 'S1:A', 'X', date '2024-01-01', 10.0, 'cems', 10.0),
        ('S1', 'S1:A', 'X', date '2024-02-01', 30.0, 'nowcast', 40.0),
        (null, 'r:life', 'X', date '2024-01-01', 50.0, 'nowcast', 10.0),
        ('S1', 'S1:A', 'X', date '2023-01-01', 9e9, 'cems', 1.0)""",
    )
    late = release(
        tmp_path / "late.duckdb",
        """('S1', 'S1:A', 'X', date '2024-01-01', 10.0, 'cems', 10.0),
        ('S1', 'S1:A', 'X', date '2024-02-01', 20.0, 'cems', 10.0),
        (null, 'r:life', 'X', date '2024-01-01', 40.0, 'area', 10.0),
        ('S2', 'S2:A', 'Y', date '2024-01-01', 0.0, 'cems', 1.0)""",
    )
    [row] = backtest(early, late, 2024)
    assert row == {
        "species": "X",
        "final_t": pytest.approx(0.07),
        "told_share": pytest.approx(10 / 90),
        "total_error": pytest.approx(20 / 70),
        "cell_error": pytest.approx(20 / 70),
        "inside_share": 0.5,
    }
    assert markdown({3: [row]}).splitlines()[2] == "| X | 0 | 28.6% (+28.6%) | 11% | 50% |"
