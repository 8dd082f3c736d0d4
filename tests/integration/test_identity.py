"""Who is who through the whole job: ids over refreshes, a decision that merges two sites, explain with a former id."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from pipelines.cli.messages import Messages
from pipelines.home import Home
from pipelines.identity.clerical.decision import LinkDecision
from pipelines.identity.clerical.decisions import add_decisions
from pipelines.report.explain import explain
from pipelines.report.tree import draw


def warehouse(home: Home) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True)


def sites(home: Home) -> dict[tuple[str, str], str]:
    """Site of every record of the current release."""
    with warehouse(home) as con:
        rows = con.execute("select scheme, record_key, site_id from crosswalk order by all").fetchall()
    return {(scheme, key): site for scheme, key, site in rows}


@pytest.fixture(scope="module")
def merged(
    small_feeds: Path, small_home: Home, copy_home: Callable, refresh: Callable,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Home, dict, str, str]:  # fmt: skip
    """A home whose second release merges the sites of two permits: (home, sites before, kept id, former id)."""
    home = copy_home(small_home, tmp_path_factory.mktemp("identity") / "home")
    before = sites(home)
    with warehouse(home) as con:
        # A plant with figures, and an entry of the register that nobody else knows.
        entry = "select scheme, record_key from crosswalk inner join coverage using (site_id) where feed = 'permit'"
        [(scheme, one)] = con.execute(f"{entry} and in_statistics order by 2 limit 1").fetchall()
        [(_, other)] = con.execute(f"{entry} and feed_count = 1 order by 2 limit 1").fetchall()
    decision = LinkDecision(scheme, one, scheme, other, "same", "Li Ming", date(2025, 7, 1), "one gate")
    add_decisions(home.decisions, [decision])
    refresh(home, small_feeds)
    after = sites(home)
    kept = after[scheme, one]
    [former] = {before[scheme, one], before[scheme, other]} - {kept}
    return home, before, kept, former


def test_a_decision_merges_two_sites_and_touches_no_other_id(merged: tuple) -> None:
    home, before, kept, former = merged
    expected = {record: kept if site == former else site for record, site in before.items()}
    assert sites(home) == expected
    with warehouse(home) as con:
        events = con.execute("select event, old_site_id, site_id from site_event where event <> 'new'").fetchall()
        assert events == [("merge", former, kept)]
        assert con.execute("select count(*) from site where site_id = ?", [former]).fetchone() == (0,)


def test_every_site_was_founded_once_and_every_record_stands_at_one(merged: tuple) -> None:
    home, *_ = merged
    with warehouse(home) as con:
        assert con.execute("select count(*) from site anti join (from site_event where event = 'new') using (site_id)"
                           ).fetchone() == (0,)  # fmt: skip
        doubled = "select count(*) from (select feed, scheme, record_key from crosswalk group by all" \
                  " having count(distinct site_id) > 1)"  # fmt: skip
        assert con.execute(doubled).fetchone() == (0,)
        records, links = con.execute("""
            select sum(record_count), (select count(distinct (feed, scheme, record_key)) from crosswalk) from coverage
        """).fetchone() or (0, 0)
        assert records == links > 20


def test_a_former_id_still_explains_and_shows_how_the_feeds_were_linked(merged: tuple) -> None:
    home, _, kept, former = merged
    with warehouse(home) as con:
        species, month = con.execute(
            "select species, strftime(min(month), '%Y-%m') from emission where site_id = ? group by species order by 1",
            [kept],
        ).fetchall()[0]
        told = explain(con, former, species, month)
    assert told["site"]["site_id"] == kept
    assert {link["feed"] for link in told["links"]} >= {"permit", "statistics"}
    assert all(0 <= link["score"] <= 1 and link["reason"] for link in told["links"])
    [reviewed] = [link for link in told["links"] if link["method"] == "reviewed"]
    assert reviewed["reviewer"] == "Li Ming"
    assert [event["old_site_id"] for event in told["events"] if event["event"] == "merge"] == [former]
    console = Console(file=io.StringIO(), width=240)
    console.print(draw(told, Messages("en")))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "score 1.00" in text and "Li Ming" in text and f"{former} → {kept}" in text
