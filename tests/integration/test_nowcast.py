"""A second year known from its first five months: nothing is missing, nothing finished is touched, all says why."""

from collections.abc import Callable, Iterator

import duckdb
import pytest

from pipelines.home import Home
from pipelines.report.explain import explain
from pipelines.report.origins import origins
from pipelines.sample import write_province

CUT = "date '2026-05-31'"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, refresh: Callable) -> Iterator[duckdb.DuckDBPyConnection]:
    """A release of two years, the second one unfinished; the gate has passed it."""
    folder = tmp_path_factory.mktemp("unfinished")
    write_province(folder / "feeds", sites=20, years=2, through="2026-05")
    home = Home(folder / "home").ensure()
    refresh(home, folder / "feeds")
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        yield con


def test_the_unfinished_year_is_whole_and_the_finished_one_untouched(release: duckdb.DuckDBPyConnection) -> None:
    years = release.execute(
        "select year(month), count(distinct month), count(*) filter (method_code = 'nowcast'), count(distinct species)"
        " from v1.emission group by 1 order by 1"
    ).fetchall()
    assert [row[:2] for row in years] == [(2025, 12), (2026, 12)]
    assert years[0][2] == 0 < years[1][2]
    assert years[0][3] == years[1][3]
    sources = release.execute(
        "select count(*) from (select distinct source_id, species from v1.emission where source_id like '%:mobile')"
        " as source, range(1, 13) as m(number)"
        " where not exists (select 1 from v1.emission as e where e.source_id = source.source_id"
        " and e.species = source.species and e.month = make_date(2026, m.number::int, 1))"
    ).fetchall()
    assert sources == [(0,)]


def test_months_to_date_stand_as_monitored(release: duckdb.DuckDBPyConnection) -> None:
    [(monitored, replaced)] = release.execute(
        f"""
        select count(*), count(*) filter (emission.method_code = 'nowcast')
        from v1.emission_candidate as candidate
        inner join v1.emission as emission
            on emission.source_id = candidate.source_id and emission.species = candidate.species
            and emission.month = candidate.period_start
        where candidate.feed = 'monitoring' and candidate.parent_candidate_id is null and candidate.is_eligible
            and candidate.period_start >= date '2026-01-01' and candidate.period_end <= {CUT}
        """
    ).fetchall()
    assert monitored > 20 and replaced == 0


def test_a_nowcast_is_flash_of_grade_e_and_says_what_it_rests_on(release: duckdb.DuckDBPyConnection) -> None:
    [(count, marked, reasons, wider)] = release.execute(
        """
        select count(*), count(*) filter (e.status = 'flash' and e.quality_grade = 'E'),
            count(*) filter (c.reason like '% 2025%' or c.reason like '%profile%' or c.reason like '%by days%'),
            count(*) filter (e.uncertainty_pct > method.uncertainty_pct)
        from v1.emission as e
        inner join v1.emission_candidate as c using (candidate_id)
        inner join v1.method as method on method.method_code = e.method_code
        where e.method_code = 'nowcast'
        """
    ).fetchall()
    assert count == marked == reasons == wider > 1000


def test_nowcasts_lead_to_files_and_are_explained(release: duckdb.DuckDBPyConnection) -> None:
    chosen = [row[0] for row in release.execute("select distinct candidate_id from v1.emission").fetchall()]
    found = origins(release, chosen)
    assert [key for key in chosen if not any(origin["sha256"] for origin in found[key])] == []
    source_id, species = release.execute(
        "select source_id, species from v1.emission where method_code = 'nowcast' and site_id is not null"
        " and feed = 'monitoring' order by 1, 2 limit 1"
    ).fetchall()[0]
    told = explain(release, source_id, species, "2026-12")
    [nowcast] = [c for one in told["sources"] for c in one["candidates"] if c["is_chosen"]]
    assert nowcast["parents"][0]["feed"] == "monitoring" and nowcast["parents"][0]["origins"][0]["kind"] == "hours"
