"""Reading releases that earlier code published: what they lack is said in a sentence, what they hold is read."""

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.home import Home
from pipelines.release import open_release
from pipelines.report.explain import explain
from pipelines.report.reasons import read_reasons


def change(home: Home, sql: str) -> str:
    """Make the current release one that lacks something; its id."""
    path = home.current.resolve() / "warehouse.duckdb"
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        con.execute(sql)
    return path.parent.name


def test_a_release_of_earlier_code_says_what_it_lacks(copy: Home) -> None:
    release_id = change(
        copy,
        "drop view main.site_event; drop table v1.site_event;"
        " alter table v1.emission_candidate drop column parent_candidate_id",
    )
    with pytest.raises(UsageError) as found, open_release(copy) as release:
        explain(release.con, "Plant", "NOx", "2020")
    assert found.value.message.startswith(f"Release {release_id} was published by an earlier version")
    for language in ("en", "zh"):
        told = found.value.tell(language)
        assert "site_event" in told and "fusedinv refresh" in told and "parent_candidate_id" not in told
    column = r"lacks emission_candidate\.parent_candidate_id"
    with pytest.raises(UsageError, match=column), open_release(copy) as release:
        release.con.execute("select parent_candidate_id from v1.emission_candidate")


def test_a_query_that_no_release_answers_stays_what_it_is(template: Home) -> None:
    with pytest.raises(duckdb.CatalogException), open_release(template) as release:
        release.con.execute("from v1.no_such_table")


def test_reasons_of_a_release_without_sentences_stand_in_english(copy: Home) -> None:
    change(copy, "drop view main.reason; drop table v1.reason")
    with open_release(copy) as release:
        assert read_reasons(release.con).sentences == []
