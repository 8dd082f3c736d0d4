"""What the list of defects says of the statistics becomes of them in the release."""

from pathlib import Path

import duckdb
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def planted(sample_feeds: Path) -> pd.DataFrame:
    table = pd.read_csv(sample_feeds / "truth" / "defects.csv", keep_default_na=False, dtype={"record": "str"})
    return table[table["file"].str.startswith("statistics/")]


def candidates(con: duckdb.DuckDBPyConnection, file: str, row: int | None = None) -> pd.DataFrame:
    """Candidates that rest on a file (or one line of it)."""
    return con.execute(
        "select candidate.* from emission_candidate as candidate inner join source_file as file using (source_file_id)"
        " where file.file_name = ? and coalesce(candidate.row_no = ?, true)",
        [Path(file).name, row],
    ).df()


@pytest.mark.parametrize("kind", ["own_power_plant_twice", "waste_to_energy_twice"])
def test_a_plant_filed_twice_counts_once(kind: str, sample: duckdb.DuckDBPyConnection, planted: pd.DataFrame) -> None:
    found = planted[planted["kind"] == kind]
    assert len(found)
    for flaw in found.itertuples():
        mine = candidates(sample, flaw.file, flaw.row)
        assert len(mine) and not mine["is_chosen"].any()
        assert mine["reason"].str.contains("counted once|superseded").all()


def test_an_earlier_edition_never_counts_beside_the_final_one(
    sample: duckdb.DuckDBPyConnection, planted: pd.DataFrame
) -> None:
    (flaw,) = planted[planted["kind"] == "preliminary_slip_1e3"].itertuples()
    mine = candidates(sample, flaw.file, flaw.row)
    assert len(mine) and mine["reason"].str.startswith("superseded").all()
    everything = candidates(sample, flaw.file)  # some plants have no other edition
    assert everything["reason"].str.startswith("superseded").mean() < 1


def test_what_only_a_preliminary_form_says_is_not_final(
    sample: duckdb.DuckDBPyConnection, planted: pd.DataFrame
) -> None:
    keys = planted.loc[planted["kind"] == "only_preliminary", "record"].tolist()
    assert keys
    statuses = sample.execute(
        "select distinct status from emission inner join crosswalk using (site_id)"
        " where crosswalk.feed = 'statistics' and list_contains(?, crosswalk.record_key)",
        [keys],
    ).fetchall()
    assert statuses and ("final",) not in statuses


def test_a_calculation_that_does_not_work_out_is_not_used(
    sample: duckdb.DuckDBPyConnection, planted: pd.DataFrame
) -> None:
    (flaw,) = planted[planted["kind"] == "calculation_slip_1e3"].itertuples()
    mine = candidates(sample, flaw.file)
    beyond = mine[mine["reason"].str.startswith("out_of_band")]
    assert len(beyond) == 1 and not beyond["is_chosen"].any()


def test_execution_reports_in_the_calculation_form_are_evidence_only(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        "select feed, is_chosen, ratio_to_chosen from emission_candidate where reason like 'repeats%execution report%'"
    ).fetchall()
    assert rows
    assert all(feed == "statistics" and not chosen for feed, chosen, _ in rows)


def test_a_missing_sulphur_content_is_shown_as_missing(
    sample: duckdb.DuckDBPyConnection, planted: pd.DataFrame
) -> None:
    bare = planted[planted["kind"] == "sulphur_missing"]
    assert len(bare)
    for flaw in bare.itertuples():
        rows = sample.execute(
            "select sulphur_pct from activity inner join source_file as file using (source_file_id)"
            " where file.file_name = ? and row_no = ?",
            [Path(flaw.file).name, flaw.row],
        ).fetchall()
        assert all(value is None for (value,) in rows)


def test_units_that_share_a_stack_both_count(sample: duckdb.DuckDBPyConnection) -> None:
    shared = sample.execute(
        "select count(*) from (select source_id from activity where feed = 'statistics' group by source_id"
        " having count(distinct unit_code) > 1 and not contains(source_id, ':SITE'))"
    ).fetchone()
    assert shared is not None and shared[0] > 0
