"""Permits from form to figure, on the synthetic province: what is withheld, why, and that nothing honest is."""

from pathlib import Path

import duckdb
import pandas as pd


def planted(sample_feeds: Path) -> pd.DataFrame:
    """Defects in rows of permit forms that reading alone does not meet."""
    defects = pd.read_csv(sample_feeds / "truth" / "defects.csv", keep_default_na=False)
    return defects[(defects["stage"] == "sanity") & defects["file"].str.startswith("permit/") & (defects["row"] > 0)]


def test_exactly_the_planted_rows_are_withheld(sample: duckdb.DuckDBPyConnection, sample_feeds: Path) -> None:
    defects = planted(sample_feeds)
    assert set(defects["kind"]) >= {
        "absurd_amount", "unit_slip_1e3", "unit_slip_1e6", "registration_report", "registration_limit",
        "permitted_x1000", "permitted_x1000_one_year",
    }  # fmt: skip
    withheld = sample.execute(
        "select 'permit/' || file_name, row_no from rejected_row join source_file using (source_file_id)"
        " where stage = 'quarantine' and feed = 'permit'"
    ).fetchall()
    expected = set(zip(defects["file"], defects["row"], strict=True))
    assert expected - set(withheld) == set(), "planted, but not met"
    assert set(withheld) - expected == set(), "honest, but withheld"
    assert len(withheld) == len(set(withheld))


def test_receipts_count_the_withheld_rows_among_the_kept(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        "select quarantined_rows, kept_rows, (select count(*) from rejected_row as r"
        " where r.source_file_id = f.source_file_id and stage = 'quarantine') from source_file as f"
    ).fetchall()
    assert any(count for count, *_ in rows)
    assert all(count == listed <= kept for count, kept, listed in rows)


def test_what_is_withheld_is_used_for_nothing(sample: duckdb.DuckDBPyConnection) -> None:
    found = sample.execute(
        "select count(*), count_if(c.is_chosen or c.is_eligible), count_if(c.reason not like 'out_of_band: %')"
        " from rejected_row as r join emission_candidate as c using (source_file_id, row_no)"
        " where r.stage = 'quarantine' and r.table_name = 'permit__report'"
    ).fetchone()
    assert found is not None
    candidates, used, unexplained = found
    assert candidates > 0 and used == unexplained == 0
    assert sample.execute("select count(*) from permit_limit where not is_credible").fetchone() != (0,)


def test_a_change_ends_the_version_before_it(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        "select valid_from, issued_on, lag(valid_to) over versions, lag(valid_from) over versions, change_kind"
        " from permit window versions as (partition by scheme, permit_key order by valid_from)"
    ).fetchall()
    changes = [row for row in rows if row[4] == "change"]
    assert changes
    for begins, issued, ended, began, _ in changes:
        assert begins == issued and began < begins
        assert (begins - ended).days == 1
