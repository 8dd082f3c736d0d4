"""A decision from the question to the next release: feed set, workbook, command line, crosswalk and site."""

import csv
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
import yaml
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.home import Home
from pipelines.sample import write_province

HEADS = "permit/synthetic_permit_site.csv"
ENCODING = "gb18030"


def rows(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def fused(*arguments: object) -> str:
    answer = CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def fill(path: Path, answers: dict[int, dict[str, dict[str, str]]]) -> Path:
    """The workbook with verdicts: per sheet, key (last column) to the cells of that row."""
    filled = path.with_name("filled.xlsx")
    book = CalamineWorkbook.from_path(str(path))
    with xlsxwriter.Workbook(str(filled)) as out:
        for position, name in enumerate(book.sheet_names):
            page, cells = out.add_worksheet(name), book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for number, row in enumerate(cells):
                changed = answers[position].get(str(row[-1]), {}) if number > 1 else {}
                page.write_row(number, 0, [changed.get(c, v) for c, v in zip(cells[0], row, strict=True)])
    return filled


@pytest.mark.slow
def test_from_a_question_to_the_next_release(tmp_path, refresh):
    feeds, home = tmp_path / "feeds", Home(tmp_path / "home").ensure()
    write_province(feeds, sites=8, months=1)
    heads = list(csv.reader((feeds / HEADS).read_text(ENCODING).splitlines()))
    permit = heads[1][0]
    east, north = heads[0].index("经度"), heads[0].index("纬度")
    lon, lat = float(heads[1][east]), float(heads[1][north])
    for row in heads[1:]:
        if row[0] == permit:
            row[east], row[north] = row[north], row[east]
    with (feeds / HEADS).open("w", encoding=ENCODING, newline="") as stream:
        csv.writer(stream).writerows(heads)
    refresh(home, feeds)

    # The swapped plant is kept, its latitude of 120 is not used, and the swap is proposed.
    question = "select kind, proposed_lon_deg, proposed_lat_deg, status, reviewer from coordinate_proposal"
    assert rows(home, f"{question} where record_key = '{permit}'") == [("swapped", lon, lat, "proposed", None)]
    assert rows(home, "select count(*) from site where abs(lat_deg) > 90") == [(0,)]
    by_code = f"""select form.record_key from crosswalk as form
        inner join crosswalk as head on head.site_id = form.site_id and head.record_key = '{permit}'
        where form.feed = 'statistics' and form.method = 'code' order by 1 limit 1"""
    [(form,)] = rows(home, by_code)

    # A decision kept beside the feeds parts what the codes joined.
    (feeds / "decisions").mkdir()
    (feeds / "decisions/link_decision.csv").write_text(
        "left_scheme,left_key,right_scheme,right_key,verdict,reviewer,decided_on,note\n"
        f"CN-ENVSTAT,{form},CN-PERMIT,{permit},different,Li,2025-03-01,\n"
    )
    described = yaml.safe_load((feeds / "feeds.yaml").read_text(encoding="utf-8"))
    described["decisions"] = ["decisions/*.csv"]
    (feeds / "feeds.yaml").write_text(yaml.safe_dump(described, allow_unicode=True), encoding="utf-8")
    assert refresh(home, feeds).is_new
    link = f"""select form.site_id = head.site_id, form.method, form.reviewer
        from crosswalk as form inner join crosswalk as head on head.record_key = '{permit}'
        where form.feed = 'statistics' and form.record_key = '{form}'"""
    assert rows(home, link) == [(False, "unmatched", None)]
    queue = f"select status, reviewer from link_candidate where '{form}' in (left_key, right_key)"
    assert rows(home, queue) == [("different", "Li")]

    # A reviewer corrects it in the workbook and accepts the swap.
    fused("review", "export", "--decided", "-o", tmp_path / "r.xlsx", "--home", home.root)
    answers = {0: {permit: {"verdict": "same place", "reviewer": "王"}}, 1: {permit: {"verdict": "accept"}}}
    filled = fill(tmp_path / "r.xlsx", answers)
    said = fused("review", "import", filled, "--reviewer", "Zhao", "--date", "2025-04-01", "--home", home.root)
    assert said.startswith("2 decision(s) recorded")
    assert refresh(home, feeds).is_new
    assert rows(home, link) == [(True, "reviewed", "王")]
    assert rows(home, f"{question} where record_key = '{permit}'") == [("swapped", lon, lat, "accepted", "Zhao")]
    place = f"""select lon_deg, lat_deg from site inner join crosswalk using (site_id)
        where crosswalk.record_key = '{permit}'"""
    assert rows(home, place) == [(lon, lat)]
    assert not refresh(home, feeds).is_new, "the same decisions make no new release"
