"""The review as people use it: workbooks written and read by real tools, decision files, the queue in DuckDB."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.contracts import create_sql, load
from pipelines.errors import UsageError
from pipelines.identity.clerical.candidates import collect_candidates
from pipelines.identity.clerical.decision import CoordinateDecision, LinkDecision
from pipelines.identity.clerical.decisions import add_decisions, fingerprint, load_decisions, read_decisions
from pipelines.identity.clerical.review import export_review, read_review

DAY = date(2025, 3, 31)
PAIR = {
    "left_feed": "statistics", "left_scheme": "CN-ENVSTAT", "left_key": "007", "right_feed": "permit",
    "right_scheme": "CN-PERMIT", "right_key": "91330106X", "left_name": "=1+1 电厂", "right_name": "余杭热电",
    "left_region_code": "330106", "left_site_id": "S1", "right_site_id": "S2", "probability": 0.6, "distance_km": 0.4,
    "evidence": "same address", "species": "NOx", "mass_kg": 1500.0, "mass_share": 0.02, "status": "open",
}  # fmt: skip
POINT = {
    "feed": "permit", "profile": "p", "scheme": "CN-PERMIT", "record_key": "1", "record_name": "余杭热电",
    "site_id": "S2", "region_code": "330106", "given_lon_deg": 30.123456, "given_lat_deg": 120.105, "kind": "swapped",
    "proposed_lon_deg": 120.105, "proposed_lat_deg": 30.123456, "distance_km": None, "residual_km": 3.0,
    "evidence": "no place on Earth as given", "status": "proposed",
}  # fmt: skip


def release(pairs: list[dict[str, Any]], points: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """Schema v1 with the review's tables by contract."""
    con = duckdb.connect()
    con.execute("create schema v1")
    region = {"region_code": "330106", "name_zh": "西湖区", "name_en": "Xihu", "level": "county", "territory": "330000"}
    rows = {"link_candidate": pairs, "coordinate_proposal": points, "region": [region]}
    for table, given in rows.items():
        con.execute(create_sql(load("public")[table], "v1"))
        insert(con, f"v1.{table}", given)
    return con


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        con.execute(f"insert into {table} by name select {', '.join(f'? as {n}' for n in row)}", list(row.values()))


def cells(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def fill(path: Path, answers: Mapping[int, list[dict[str, Any]]]) -> Path:
    """The workbook with these cells filled in: per sheet (0, 1), one mapping of column to value per row."""
    filled = path.with_name("filled.xlsx")
    with xlsxwriter.Workbook(str(filled)) as book:
        for position, (name, rows) in enumerate(cells(path).items()):
            for number, answer in enumerate(answers.get(position, []), 2):
                for column, value in answer.items():
                    rows[number][rows[0].index(column)] = value
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    (page.write_string if isinstance(value, str) else page.write)(number, column, value)
    return filled


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """One open pair and one proposal, in English."""
    path = tmp_path / "review.xlsx"
    assert export_review(release([PAIR], [POINT]), path, "en") == {"links": 1, "coordinates": 1}
    return path


def test_the_workbook_shows_both_records_and_its_header_in_the_language(tmp_path):
    path = tmp_path / "review.xlsx"
    export_review(release([PAIR], [POINT]), path, "zh")
    links, points = cells(path).values()
    assert links[1][:4] == ["裁定", "名称 A", "名称 B", "为同一场所的概率"]
    shown = dict(zip(links[0], links[2], strict=True))
    assert (shown["left_name"], shown["right_name"]) == ("=1+1 电厂", "余杭热电")  # as text, not as a formula
    assert (shown["left_key"], shown["left_region_code"], shown["mass_kg"]) == ("007", "330106 西湖区", 1500.0)
    assert dict(zip(points[0], points[2], strict=True))["kind"] == "经纬度颠倒"


def test_what_most_mass_hangs_on_stands_first_and_decided_pairs_stay_away(tmp_path):
    small = PAIR | {"left_key": "008", "mass_share": 0.001}
    unknown = PAIR | {"left_key": "009", "mass_share": None}
    done = PAIR | {"left_key": "010", "mass_share": 0.5, "status": "same", "reviewer": "Li", "decided_on": DAY}
    con = release([small, unknown, done, PAIR], [])
    for with_decided, keys in ((False, ["007", "008", "009"]), (True, ["010", "007", "008", "009"])):
        export_review(con, tmp_path / "r.xlsx", "en", with_decided)
        links = next(iter(cells(tmp_path / "r.xlsx").values()))
        assert [row[links[0].index("left_key")] for row in links[2:]] == keys
    assert links[2][0] == "same place"


def test_a_workbook_nobody_filled_in_decides_nothing(workbook):
    assert read_review(workbook, "Li", DAY) == []


@pytest.mark.parametrize(("same", "accept"), [("same place", "accept"), ("同一场所", "接受"), ("SAME", "accepted")])
def test_round_trip(workbook, same, accept):
    filled = fill(workbook, {0: [{"verdict": same, "reviewer": "王", "note": "site visit"}], 1: [{"verdict": accept}]})
    assert read_review(filled, "Li", DAY) == [
        LinkDecision("CN-ENVSTAT", "007", "CN-PERMIT", "91330106X", "same", "王", DAY, "site visit"),
        CoordinateDecision(
            "permit", "CN-PERMIT", "1", 30.123456, 120.105, 120.105, 30.123456, "swapped", "accepted", "Li", DAY, ""
        ),
    ]


def test_a_reviewer_may_correct_the_proposed_coordinate(workbook):
    [decision] = read_review(fill(workbook, {1: [{"verdict": "accept", "lon_deg": 120.2, "lat_deg": 30}]}), "Li", DAY)
    assert (decision.lon_deg, decision.lat_deg) == (120.2, 30.0)


def test_wrong_rows_are_listed_by_sheet_and_row_and_nothing_is_taken(workbook):
    filled = fill(workbook, {0: [{"verdict": "maybe"}], 1: [{"verdict": "accept", "lat_deg": 95}]})
    with pytest.raises(UsageError) as error:
        read_review(filled, "Li", DAY)
    head, first, second = error.value.message.splitlines()
    assert "2 row(s)" in head
    assert "sheet Same place, row 3: maybe is no verdict" in first
    assert "sheet Coordinates, row 3" in second
    with pytest.raises(UsageError, match="第 3 行"):
        read_review(filled, "Li", DAY, "zh")


def test_an_unsigned_verdict_is_refused(workbook):
    with pytest.raises(UsageError, match="give --reviewer NAME"):
        read_review(fill(workbook, {0: [{"verdict": "same"}]}), None, DAY)


def test_another_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "a.xlsx").write_text("not a workbook")
    with pytest.raises(UsageError, match="no readable Excel workbook"):
        read_review(tmp_path / "a.xlsx", "Li", DAY)
    with xlsxwriter.Workbook(str(tmp_path / "b.xlsx")) as book:
        book.add_worksheet().write(0, 0, "verdict")
    with pytest.raises(UsageError, match="no sheet of a review"):
        read_review(tmp_path / "b.xlsx", "Li", DAY)


def test_a_release_without_a_queue_says_so(tmp_path):
    with pytest.raises(UsageError, match="before there was a review queue"):
        export_review(duckdb.connect(), tmp_path / "r.xlsx", "en")


def link(verdict: str = "same", day: date = DAY, right: str = "b") -> LinkDecision:
    return LinkDecision("S", "a", "S", right, verdict, "Li", day, "x,\ny")


POINT_DECISION = CoordinateDecision(
    "permit", "S", "a", 30.1, 120.1, None, None, "outside_region", "accepted", "Li", DAY, ""
)


def test_decisions_are_appended_once_and_read_back(tmp_path):
    assert add_decisions(tmp_path, [link(), POINT_DECISION]) == [link(), POINT_DECISION]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert add_decisions(tmp_path, [link(day=date(2025, 4, 1)), POINT_DECISION]) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"link_decision.csv", "coordinate_decision.csv"}
    assert read_decisions(sorted(tmp_path.iterdir())) == [POINT_DECISION, link()]
    changed = link("different", date(2025, 4, 1))
    assert add_decisions(tmp_path, [changed]) == [changed]
    with (tmp_path / "link_decision.csv").open(newline="") as stream:
        assert [row["verdict"] for row in csv.DictReader(stream)] == ["same", "different"]


def test_a_contradiction_of_one_day_leaves_the_file_alone(tmp_path):
    add_decisions(tmp_path, [link()])
    before = (tmp_path / "link_decision.csv").read_bytes()
    with pytest.raises(UsageError, match="date the correction later"):
        add_decisions(tmp_path, [link("different")])
    assert (tmp_path / "link_decision.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "is no decision file; its header must be left_scheme"),
        (
            "left_scheme,left_key,right_scheme,right_key,verdict,reviewer,decided_on,note\nS,a,S,b,perhaps,Li,2025-01-01,\n",
            "row 2: perhaps is no verdict",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_row(tmp_path, text, message):
    path = tmp_path / "d.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_decisions([path])


def test_the_fingerprint_follows_what_holds_not_where_it_stands(tmp_path):
    add_decisions(tmp_path / "a", [link(), link(right="c")])
    add_decisions(tmp_path / "b", [link(right="c")])
    add_decisions(tmp_path / "c", [link()])
    a, b, c = (tmp_path / name / "link_decision.csv" for name in "abc")
    assert fingerprint([a]) == fingerprint([b, c]) != fingerprint([c]) != fingerprint([])


def test_tables_of_decisions_are_typed_even_when_empty(tmp_path):
    add_decisions(tmp_path, [link(), POINT_DECISION, link("open", right="c")])
    con = duckdb.connect()
    load_decisions(con, sorted(tmp_path.iterdir()))
    assert con.execute("select left_key, right_key, verdict, decided_on from identity.decision").fetchall() == [
        ("a", "b", "same", DAY)
    ]
    types = con.execute("describe identity.coordinate_decision").fetchall()
    load_decisions(con, [])
    assert con.execute("describe identity.coordinate_decision").fetchall() == types
    assert con.execute("select count(*) from identity.decision").fetchone() == (0,)


def queue(
    records: list[tuple[Any, ...]], scores: list[tuple[Any, ...]], decisions: list[LinkDecision]
) -> list[tuple[Any, ...]]:
    """(left key, right key, status, probability, distance) of the queue. Records: feed, key, site, method, lat."""
    con = duckdb.connect()
    load_decisions(con, [])
    con.execute(
        "create table used_record (feed varchar, scheme varchar, record_key varchar, record_name varchar,"
        " legal_code varchar, address varchar, region_code varchar, industry_code varchar, lon_deg double,"
        " lat_deg double, rated_input_mw double, valid_from date)"
    )
    con.execute(
        "create table identity.link (feed varchar, scheme varchar, record_key varchar, site_id varchar,"
        " method varchar, valid_from date)"
    )
    con.execute(
        "create table identity.scored_pair (left_feed varchar, left_scheme varchar, left_record_key varchar, right_feed"
        " varchar, right_scheme varchar, right_record_key varchar, site_id varchar, probability double,"
        " evidence varchar)"
    )
    for feed, key, site, method, lat in records:
        place = {"feed": feed, "scheme": "S", "record_key": key, "valid_from": date(2025, 1, 1)}
        insert(con, "used_record", [place | {"record_name": key, "lon_deg": 120.0, "lat_deg": lat}])
        insert(con, "identity.link", [place | {"site_id": site, "method": method}])
    for left, right, probability in scores:
        values = ["statistics", "S", left, "permit", "S", right, "S?", probability, "name"]
        con.execute("insert into identity.scored_pair values (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    for d in decisions:
        columns = ("left_scheme", "left_key", "right_scheme", "right_key", "verdict", "reviewer", "decided_on", "note")
        insert(con, "identity.decision", [{name: getattr(d, name) for name in columns}])
    collect_candidates(con, review=0.3)
    return con.execute(
        "select left_key, right_key, status, probability, round(distance_km, 1) from identity.link_candidate"
    ).fetchall()


RECORDS = [("permit", "p", "S1", "anchor", 30.0), ("statistics", "a", "S2", "unmatched", 30.1),
           ("statistics", "b", "S1", "code", None)]  # fmt: skip


def test_the_queue_holds_what_is_neither_settled_nor_unlikely():
    scores = [("a", "p", 0.6), ("b", "p", 0.9)]
    assert queue(RECORDS, scores, []) == [("a", "p", "open", 0.6, 11.1)]
    assert queue(RECORDS, [("a", "p", 0.2)], []) == []


def test_a_decided_pair_is_shown_once_with_its_verdict():
    decided = [LinkDecision("S", "p", "S", "a", "different", "Li", DAY, "")]
    assert queue(RECORDS, [("a", "p", 0.6)], decided) == [("p", "a", "different", 0.6, 11.1)]


def test_the_command_line_from_import_to_list(workbook, home):
    filled = fill(workbook, {0: [{"verdict": "same place"}]})
    place = ["--home", str(home.root)]
    run = CliRunner().invoke
    assert "nobody has decided" in run(app, ["review", "list", *place]).output
    answer = run(app, ["review", "import", str(filled), "--reviewer", "Li", "--date", "2025-03-31", *place])
    assert answer.exit_code == 0
    assert answer.output.startswith("1 decision(s) recorded")
    shown = run(app, ["review", "list", "--lang", "zh", *place]).output
    assert "2025-03-31" in shown
    assert "同一场所" in shown
    again = run(app, ["review", "import", str(filled), "--reviewer", "Li", "--date", "2025-04-30", *place])
    assert again.output.startswith("0 decision(s) recorded")
