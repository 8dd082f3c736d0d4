"""A linking that continues the last one gives what linking everything anew gives, whatever changed in between."""

import random
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.identity.clerical.decision import LinkDecision
from pipelines.identity.clerical.decisions import add_decisions

link_module = import_module("pipelines.identity.link")
TABLES = ("link", "link_version", "site", "site_event", "link_candidate", "coordinate_proposal", "named", "match",
          "scored_pair", "still_open", "gram", "takeover")  # fmt: skip
TRADES = ("热电", "水泥", "印染", "化工", "造纸", "食品")
SYLLABLES = "东江华金大天安新瑞丰恒泰"
COUNTIES = ("330106", "330110", "330113", "330101", "330182", None)
COUNT = 60  # permits; half as many forms and points


def name(draw: random.Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=3)) + draw.choice(TRADES) + draw.choice(("", "有限公司", "二厂"))


def head(draw: random.Random, n: int) -> dict[str, Any]:
    """What the registers may know of plant n, often wrong or missing."""
    return {
        "legal_code": f"91330{n % 7:03d}MA2AF1J{n % 40:02d}P" if draw.random() < 0.7 else None,
        "region_code": draw.choice(COUNTIES) if draw.random() < 0.2 else COUNTIES[n % 6],
        "lon_deg": round(120 + n % 9 / 50 + draw.choice((0, 0, 0.001, 0.3)), 4) if draw.random() < 0.8 else None,
        "lat_deg": round(30 + n % 5 / 50, 4) if draw.random() < 0.9 else None,
        "address": f"东江路{n % 20}号" if draw.random() < 0.5 else None,
    }


def province(feeds, draw: random.Random):
    """Permits with outlets, forms and monitoring points of which many are alike and few say all."""
    made, names = feeds(), [name(draw) for _ in range(COUNT)]
    for n in range(COUNT):
        permit = f"91330{n % 7:03d}MA2AF1J{n % 40:02d}P{n // 40 + 1:03d}{'PX'[n % 9 == 0]}"
        days = {"valid_to": "2024-12-31", "valid_from": "2020-01-01"} if n % 8 == 0 else {}
        made.permit(permit, names[n], **head(draw, n), **days)
        if n % 3 == 0:
            made.outlet(permit, f"DA00{n % 2 + 1}", outlet_name="锅炉", lon_deg=120.1 + n % 8 // 2 / 1000, lat_deg=30.1)
    for n in range(COUNT // 2):
        told = names[n] if draw.random() < 0.6 else names[n][1:]
        industry = {"industry_code": f"44{n % 3}1"}
        made.form(f"f{n}", told, 2025 - n % 3, **head(draw, n), **industry)
        permit = made.rows["permit__site"][n]["record_key"] if draw.random() < 0.3 else None
        point = head(draw, n)
        del point["address"]
        made.point(f"m{n}", told, permit_key=permit, site_key=f"s{n // 2}" if n % 5 else None, **point)
    return made


def change(feeds, draw: random.Random, made, days: int = 3):
    """The same feeds a day later: a few rows gone, new or otherwise."""
    rows = {table: [dict(row) for row in given] for table, given in made.rows.items()}
    later = feeds()
    later.rows = rows
    for _ in range(draw.randint(1, days)):
        table = draw.choice(("permit__site", "statistics__site", "monitoring__point", "permit__outlet"))
        row = draw.choice(rows[table])
        kind = draw.choice(("gone", "renamed", "moved", "coded", "again", "alike", "new", "outlet"))
        if kind == "gone" and len(rows[table]) > 8:
            rows[table].remove(row)
        elif table == "permit__outlet":
            row["outlet_code"] = draw.choice(("DA001", "DA002"))
        elif kind == "renamed":
            row["site_name"] = name(draw)
        elif kind == "moved":
            row |= {"lon_deg": draw.choice((30.1, 120.0, 120.1, 120.3)), "region_code": draw.choice(COUNTIES)}
        elif kind == "coded":
            other = draw.choice(rows["permit__site"])
            row |= {"legal_code": other["legal_code"]} | (
                {"permit_key": other["record_key"]} if table == "monitoring__point" else {}
            )
        elif kind == "again":  # another version of the record
            rows[table].append(row | {"valid_from": "2025-07-01", "site_name": name(draw), "row_no": 999})
        else:
            key = "monitor_key" if table == "monitoring__point" else "record_key"
            other = draw.choice(rows["permit__site"])
            fresh = {key: f"{draw.randrange(10**6)}", "row_no": 1000 + draw.randrange(1000)}
            rows[table].append(row | fresh | ({"site_name": other["site_name"]} if kind == "alike" else {}))
    return later


def decide(draw: random.Random, made, folder: Path) -> list[Path]:
    """Sometimes a decision on two records of different registers."""
    permit, form = draw.choice(made.rows["permit__site"]), draw.choice(made.rows["statistics__site"])
    verdict = draw.choice(("same", "different"))
    decision = LinkDecision("P", permit["record_key"], "F", form["record_key"], verdict, "Li", day(draw), "")
    add_decisions(folder, [decision])
    return [folder / LinkDecision.FILE]


def day(draw: random.Random) -> Any:
    from datetime import date

    return date(2025, 6, draw.randint(1, 28))


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """All tables of the linking; row numbers replaced by what they stand for."""
    found = {table: con.execute(f"from identity.{table} order by all").fetchall() for table in TABLES}
    keyed = "(select row_no, row_hash from identity.every_keyed)"
    found["still_open"] = con.execute(
        f"select register_no, row_hash from identity.still_open inner join {keyed} using (row_no) order by all"
    ).fetchall()
    found["raw_pair"] = con.execute(
        f"""select a.row_hash, b.row_hash, pair.* exclude (open_no, member_no) from identity.raw_pair as pair
        inner join {keyed} as a on a.row_no = open_no inner join {keyed} as b on b.row_no = member_no order by all"""
    ).fetchall()
    found["keyed"] = con.execute("select * exclude (row_no) from identity.every_keyed order by all").fetchall()
    return found


def days_of(feeds, seed: int, folder: Path) -> list[str]:
    """Link some days one after the other and each anew; how each was linked."""
    draw, how = random.Random(seed), []
    made, decisions, con, parent = province(feeds, draw), [], duckdb.connect(), None
    for number in range(6):
        if number:
            made = change(feeds, draw, made)
        if draw.random() < 0.3:
            decisions = decide(draw, made, folder / "decisions")
        worked: list[bool] = []
        link = link_module._link

        def noted(*args: Any, whole: bool, worked=worked, link=link) -> None:
            link(*args, whole=whole)
            worked.append(whole)

        link_module._link = noted
        try:
            continued = made.link(parent, decisions, code="1", con=con)
        finally:
            link_module._link = link
        anew = made.link(parent, decisions)
        assert continued.summary == anew.summary
        expected = contents(anew.con)
        for table, rows in contents(con).items():
            assert rows == expected[table], (table, number, worked)
        how += [{(True,): "anew", (False,): "continued", (): "kept"}[tuple(worked)]]
        parent = continued.release(folder / f"2025.01.{number + 1:02d}-01")
    return how


@pytest.fixture
def small(monkeypatch) -> None:
    """A change of a few records is not widespread here."""
    linking = link_module.load_linking().model_copy(update={"largest_change": 0.9})
    monkeypatch.setattr(link_module, "load_linking", lambda: linking)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_days_of_changes_give_what_linking_anew_gives(feeds, small, seed: int) -> None:
    with TemporaryDirectory() as folder:
        days_of(feeds, seed, Path(folder))


def test_most_days_are_continued(feeds, small, tmp_path: Path) -> None:
    how = days_of(feeds, 1, tmp_path)
    assert how[0] == "anew"
    assert how.count("continued") >= 3
