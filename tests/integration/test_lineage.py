"""Where figures come from: every one of a sample of figures leads to a file that the release knows."""

import io
import re

import duckdb
import pytest
from rich.console import Console

from pipelines.cli.messages import LANGUAGES, Messages
from pipelines.errors import UsageError
from pipelines.report.explain import explain
from pipelines.report.origins import origins
from pipelines.report.reasons import read_reasons
from pipelines.report.tree import draw

SAMPLED, EXPLAINED = 1000, 60


def drawn(told: dict, language: str) -> str:
    console = Console(file=io.StringIO(), width=300)
    console.print(draw(told, Messages(language)))
    return console.file.getvalue()  # type: ignore[attr-defined]


def first_digest(candidate: dict) -> str:
    """SHA-256 of the first input of a candidate, or of the one it is derived from."""
    return candidate["origins"][0]["sha256"] if candidate["origins"] else first_digest(candidate["parents"][0])


def figures(con: duckdb.DuckDBPyConnection, count: int) -> list[tuple[str, str, str, str]]:
    """The same figures every time: the first by the hash of their id."""
    return con.execute(
        "select source_id, species, strftime(month, '%Y-%m'), candidate_id from v1.emission"
        f" order by md5(emission_id) limit {count}"
    ).fetchall()


def test_every_figure_leads_to_a_file_of_the_release(sample: duckdb.DuckDBPyConnection) -> None:
    chosen = figures(sample, SAMPLED)
    known = dict(sample.execute("select sha256, file_name from v1.source_file").fetchall())
    found = origins(sample, [row[3] for row in chosen])
    assert len(chosen) == SAMPLED
    for source_id, species, month, candidate_id in chosen:
        files = [origin for origin in found[candidate_id] if origin["sha256"] is not None]
        assert files, f"{species} of {source_id} in {month} rests on no file"
        assert all(known[origin["sha256"]] == origin["file_name"] for origin in files)


def test_no_candidate_that_stands_is_without_a_file(sample: duckdb.DuckDBPyConnection) -> None:
    chosen = [row[0] for row in sample.execute("select distinct candidate_id from v1.emission").fetchall()]
    found = origins(sample, chosen)
    assert len(chosen) > SAMPLED
    assert [key for key in chosen if not any(origin["sha256"] for origin in found[key])] == []


def test_figures_are_explained_by_their_source(sample: duckdb.DuckDBPyConnection) -> None:
    for source_id, species, month, candidate_id in figures(sample, EXPLAINED):
        told = explain(sample, source_id, species, month)
        [source] = [one for one in told["sources"] if one["months"]]
        assert source["source_id"] == source_id and told["mass_kg"] == source["mass_kg"]
        [winner] = [c for one in told["sources"] for c in one["candidates"] if c["candidate_id"] == candidate_id]
        assert winner["is_chosen"]
        for language in LANGUAGES:
            text = drawn(told, language)
            assert source_id in text and first_digest(winner) in text


def test_monitored_months_name_their_files_and_count_the_hours(sample: duckdb.DuckDBPyConnection) -> None:
    source_id, month = sample.execute(
        "select source_id, strftime(month, '%Y-%m') from v1.emission"
        " where feed = 'monitoring' and species = 'NOx' order by source_id, month limit 1"
    ).fetchall()[0]
    told = explain(sample, source_id, "nox", month)
    winner = next(c for one in told["sources"] for c in one["candidates"] if c["feed"] == "monitoring")
    hours = sum(origin["row_count"] for origin in winner["origins"])
    assert {origin["kind"] for origin in winner["origins"]} == {"hours"} and 600 < hours <= 744


def test_own_calculations_list_activity_and_factors(sample: duckdb.DuckDBPyConnection) -> None:
    source_id = sample.execute(
        "select source_id from v1.emission where method_code like 'fuel_%' and species = 'CO2' order by 1 limit 1"
    ).fetchall()[0][0]
    told = explain(sample, source_id, "CO2", "2025")
    own = next(c for one in told["sources"] for c in one["candidates"] if c["is_own_calculation"])
    assert own["origins"] and all(o["kind"] == "activity" and o["energy_gj"] > 0 for o in own["origins"])
    burnt = {origin["fuel_code"] for origin in own["origins"]}
    kinds = {(f["fuel_code"], f["factor_kind"]) for f in told["factors"]}
    assert {(fuel, "carbon_content") for fuel in burnt} <= kinds
    assert all(factor["source"] and factor["source_status"] for factor in told["factors"])


def test_county_sources_are_explained_with_their_equivalents(sample: duckdb.DuckDBPyConnection) -> None:
    source_id = sample.execute(
        "select source_id from v1.emission where site_id is null and species = 'CH4' order by 1 limit 1"
    ).fetchall()[0][0]
    told = explain(sample, source_id, "CH4", "2025")
    assert told["site"] is None and told["links"] == [] and told["mass_kg"] > 0
    by_set = {row["gwp_set"]: row["co2e_kg"] / told["mass_kg"] for row in told["co2e_kg"]}
    assert by_set["AR5"] == pytest.approx(28)


def test_every_reason_of_a_release_is_told_in_chinese(sample: duckdb.DuckDBPyConnection) -> None:
    reasons = read_reasons(sample)
    found = [
        row[0]
        for table in ("emission_candidate", "crosswalk", "site_event")
        for row in sample.execute(f"select distinct reason from v1.{table} order by 1").fetchall()
    ]
    assert len(found) > 100
    assert [reason for reason in found if not re.search(r"[\u4e00-\u9fff]", reasons.in_chinese(reason))] == []


def test_an_unknown_source_is_refused_with_what_to_ask(sample: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError, match=r"no source that id.*v1\.emission"):
        explain(sample, "330101:nothing", "NOx", "2025")
