"""Fingerprints and ids: what makes two refreshes the same, and what makes two releases different."""

from dataclasses import fields
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipelines import contracts
from pipelines.home import Home
from pipelines.release import ReleaseRecord, code_version, input_fingerprint, next_release_id

FILE = {"sha256": "aa", "profile": "p", "profile_sha256": "bb", "where": {"State": "X"}}
texts = st.text(max_size=4)
receipts = st.lists(
    st.fixed_dictionaries(
        {"sha256": texts, "profile": texts, "profile_sha256": texts, "where": st.none() | texts}
    ),
    max_size=4,
)


@given(receipts, st.randoms())
def test_the_order_of_files_does_not_count(files: list[dict[str, object]], random: object) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert input_fingerprint(files, {"name": "x"}, "c") == input_fingerprint(shuffled, {"name": "x"}, "c")


def test_anything_that_changes_results_changes_the_fingerprint() -> None:
    base = input_fingerprint([FILE], {"name": "x", "years": [2020]}, "code")
    others = {
        input_fingerprint([], {"name": "x", "years": [2020]}, "code"),
        input_fingerprint([FILE, FILE], {"name": "x", "years": [2020]}, "code"),
        *(input_fingerprint([{**FILE, key: "zz"}], {"name": "x", "years": [2020]}, "code") for key in FILE),
        input_fingerprint([FILE], {"name": "x", "years": [2021]}, "code"),
        input_fingerprint([FILE], {"name": "x", "years": [2020]}, "other"),
    }
    assert base not in others
    assert len(others) == 8
    assert input_fingerprint([{**FILE, "received_at": "now"}], {"years": [2020], "name": "x"}, "code") == base


def test_the_code_version_covers_code_models_and_rules(tmp_path: Path) -> None:
    seen = {code_version(tmp_path)}
    for name in (
        "pipelines/a.py",
        "dbt_project/models/m.sql",
        "dbt_project/seeds/s.csv",
        "expectations/waivers.csv",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("one")
        seen.add(code_version(tmp_path))
        path.write_text("two")
        seen.add(code_version(tmp_path))
    assert len(seen) == 9
    (tmp_path / "dbt_project/target").mkdir()
    (tmp_path / "dbt_project/target/run.sql").write_text("compiled")
    (tmp_path / "README.md").write_text("words")
    assert code_version(tmp_path) in seen


def test_the_record_has_the_columns_of_its_contract() -> None:
    assert [field.name for field in fields(ReleaseRecord)] == [
        c.name for c in contracts.load("public")["release"].columns
    ]


def test_ids_count_up_within_a_day(home: Home) -> None:
    assert next_release_id(home, date(2021, 3, 4)) == "2021.03.04-01"
    for name in (
        "2021.03.04-01",
        "2021.03.04-09",
        "2021.03.05-77",
        ".candidate-2021.03.04-50",
        "2021.03.04-x",
    ):
        (home.releases / name).mkdir()
    assert next_release_id(home, date(2021, 3, 4)) == "2021.03.04-10"
    (home.releases / "2021.03.04-99").mkdir()
    assert next_release_id(home, date(2021, 3, 4)) == "2021.03.04-100"
