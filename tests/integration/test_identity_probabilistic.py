"""Scoring of open records against sites with the stored model: what is likely, what is left to a human, and why."""

import random
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from pipelines.identity.config import load_linking
from pipelines.identity.matching import probabilistic, train
from pipelines.identity.records import keys
from pipelines.identity.sites import state

CONFIG = load_linking().probabilistic
ACCEPT = load_linking().decide.accept
COLUMNS = {
    "feed": "varchar", "scheme": "varchar", "record_key": "varchar", "stay": "bigint", "record_name": "varchar",
    "name_key": "varchar", "legal_key": "varchar", "address_key": "varchar", "region_code": "varchar",
    "counties": "varchar[]", "industry_code": "varchar", "lon_deg": "double", "lat_deg": "double",
    "rated_input_mw": "double", "valid_from": "date",
}  # fmt: skip
Row = dict[str, Any]
LAST = 9  # number of the register of open records, after all others


def record(feed: str, key: str, name: str, site: str | None = None, **more: Any) -> Row:
    """A record as `identity.keyed` has it; `site`: it is linked already."""
    row: Row = {
        "feed": feed, "scheme": f"{feed}-register", "record_key": key, "stay": 0, "record_name": name,
        "name_key": name.lower().replace(" ", ""), "region_code": "330106", "industry_code": "4412", "lon_deg": 120.1,
        "lat_deg": 30.3, "valid_from": "2025-01-01", "site": site,
    }  # fmt: skip
    return row | more


def scored(rows: list[Row]) -> list[tuple]:
    """(left record, site, probability, evidence) of the pairs, the most probable first."""
    con = duckdb.connect()
    con.execute("create schema identity")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    con.execute((state.ROOM / "state.sql").read_text(encoding="utf-8"))
    con.execute(f"""
        create table fresh_keyed ({columns}, group_key varchar, entity varchar, register_no bigint, row_hash ubigint);
        create table identity.every_keyed as select *, 0::bigint as row_no from fresh_keyed;
        create table changed_record as select feed, scheme, record_key from fresh_keyed;
        create table register as from (values
            ('permit', 'permit-register', 0), ('statistics', 'statistics-register', 1),
            ('monitoring', 'monitoring-register', 2)) as register (feed, scheme, register_no)
    """)
    is_open = {row["feed"] for row in rows if not row["site"]}
    for number, row in enumerate(rows):
        given = {name: row[name] for name in COLUMNS if name in row}
        given |= {"entity": row["record_key"], "register_no": LAST if row["feed"] in is_open else 0, "row_hash": number}
        names = ", ".join(given)
        con.execute(f"insert into fresh_keyed ({names}) values ({', '.join('?' * len(given))})", [*given.values()])
        if row["site"]:
            values = [row["feed"], row["scheme"], row["record_key"], 0, row["record_key"], row["site"]]
            con.execute(
                "insert into identity.match (feed, scheme, record_key, stay, entity, site_id)"
                " values (?, ?, ?, ?, ?, ?)",
                values,
            )
    con.execute(
        "update register set register_no ="
        " coalesce((select max(register_no) from fresh_keyed where feed = register.feed), 0)"
    )
    con.execute((keys.ROOM / "changes.sql").read_text(encoding="utf-8").format(**CONFIG["blocking"]))
    con.execute("""
        create temp table still_open as
        select row_no, entity from identity.every_keyed
        where (feed, scheme, record_key) not in (select (feed, scheme, record_key) from identity.match);
        create temp table former_open as select row_no from still_open limit 0
    """)
    probabilistic.begin(con, CONFIG, whole=True)
    probabilistic.score_pairs(con, CONFIG, LAST, whole=True)
    return con.execute(
        "select left_record_key, site_id, probability, evidence from scored_pair"
        " order by left_feed, left_scheme, left_record_key, probability desc, site_id"
    ).fetchall()


# A few other places, so that there is something to be compared with.
OTHERS = [
    record("permit", f"P{n}", f"{name}有限", f"S{n}", region_code=f"33010{n % 8}", lon_deg=119.0 + n / 20, lat_deg=29.1)
    for n, name in enumerate(
        ["上城恒泰水泥", "余杭金大印染", "萧山天新化工", "富阳瑞丰造纸", "临安远通食品", "桐庐宏盛机械"]
    )
]
PLANT = record("permit", "P", "西湖区瑞丰热电", "S")


def test_a_slip_of_the_pen_in_the_same_place_is_the_same_place() -> None:
    [pair] = scored([*OTHERS, PLANT, record("statistics", "F", "西湖区瑞半热电", lon_deg=120.102)])
    key, site, probability, evidence = pair
    assert (key, site) == ("F", "S")
    assert probability >= ACCEPT
    assert "within 300 m" in evidence and "same industry class" in evidence


def test_another_place_of_another_firm_is_not() -> None:
    far = record(
        "statistics", "F", "江山市东安水泥", region_code="330881", industry_code="3011", lon_deg=118.6, lat_deg=28.7
    )
    assert [pair for pair in scored([*OTHERS, PLANT, far]) if pair[2] >= 0.3] == []


def test_numbers_in_names_must_agree() -> None:
    first = record("permit", "P", "西湖区瑞丰热电一厂", "S")
    [pair] = scored([*OTHERS, first, record("statistics", "F", "西湖区瑞丰热电二厂")])
    assert pair[2] <= CONFIG["contested"] < ACCEPT
    assert pair[3].endswith("but the names carry different numbers")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("瑞丰热电第3厂", "瑞丰热电三厂"),
        ("Hevlin Unit II", "Hevlin unit 2"),
        ("瑞丰０４号炉", "瑞丰4号炉"),
        ("瑞丰Ⅱ期", "瑞丰二期"),
    ],
)
def test_a_number_is_the_same_in_every_script(left: str, right: str) -> None:
    rows = [*OTHERS, record("permit", "P", left, "S"), record("statistics", "F", right)]
    evidence = next(pair[3] for pair in scored(rows) if pair[1] == "S")
    assert "same numbers in the name" in evidence


@pytest.mark.parametrize("name", ["Globus, v.o.s.", "Kotelna v Praze", "Vita Nova"])
def test_letters_of_words_are_no_numbers(name: str) -> None:
    rows = [*OTHERS, record("permit", "P", name, "S"), record("statistics", "F", name + " 7")]
    evidence = next(pair[3] for pair in scored(rows) if pair[1] == "S")
    assert "a number in one name only" in evidence


def test_a_register_enters_a_place_once() -> None:
    known = record("statistics", "F1", "西湖区瑞丰热电", "S")
    [pair] = scored([*OTHERS, PLANT, known, record("statistics", "F2", "西湖区瑞丰热电")])
    assert pair[2] <= CONFIG["contested"]
    assert pair[3].endswith("but the site already has an entry of this register")


def test_of_two_entries_that_fit_equally_none_is_taken() -> None:
    twins = [record("statistics", key, "西湖区瑞丰热电") for key in ("F1", "F2")]
    pairs = scored([*OTHERS, PLANT, *twins])
    assert [pair[0] for pair in pairs] == ["F1", "F2"]
    assert all(pair[2] <= CONFIG["contested"] and "as well or better" in pair[3] for pair in pairs)


def test_many_monitors_of_one_plant_are_no_contest() -> None:
    points = [record("monitoring", key, "西湖区瑞丰热电", industry_code=None) for key in ("M1", "M2", "M3")]
    assert all(pair[2] >= ACCEPT for pair in scored([*OTHERS, PLANT, *points]))


def test_another_name_at_the_same_place_is_for_a_human() -> None:
    [pair] = scored([*OTHERS, PLANT, record("permit", "Q", "明德信诚", scheme="another-register")])
    assert pair[2] <= CONFIG["contested"]
    assert pair[3].endswith("but the names differ")


def test_two_works_of_one_firm_share_the_odds() -> None:
    second = record("permit", "P2", "西湖区瑞丰热电", "S2", lon_deg=120.15)
    pairs = scored([*OTHERS, PLANT, second, record("statistics", "F", "西湖区瑞丰热电", lon_deg=120.1003)])
    found = {site: probability for _, site, probability, _ in pairs}
    assert found["S"] >= ACCEPT
    assert sum(found.values()) <= 1 + 1e-6


def test_the_order_of_records_and_their_ids_do_not_matter() -> None:
    rows = [
        *OTHERS,
        PLANT,
        *[record("statistics", f"F{n}", f"西湖区瑞{n}热电", lon_deg=120.1 + n / 900) for n in range(4)],
    ]
    expected = scored(rows)
    assert len(expected) >= 4
    random.Random(4).shuffle(rows)
    assert scored(rows) == expected
    renamed = scored([row | {"record_key": "Z" + row["record_key"]} for row in rows])
    assert [(f"Z{key}", *rest) for key, *rest in expected] == renamed


def test_without_open_records_or_sites_there_is_nothing_to_score() -> None:
    assert scored([PLANT]) == []
    assert scored([record("statistics", "F", "西湖区瑞丰热电")]) == []


def test_training_twice_gives_the_same_model() -> None:
    rows = [
        {
            "unique_id": 2 * n + side, "is_open": side == 0, "block_keys": ["all"], "label": f"L{n}",
            "name_key": f"厂{n}" if side or n % 3 else f"厂{n}误", "name_grams": [10000 * n + 300, 55550200],
            "name_numbers": [str(n % 4)] if n % 2 else [], "legal_key": None, "address_key": None,
            "region_code": f"3301{n % 5:02d}", "counties": [f"3301{n % 5:02d}"], "industry_code": f"44{n % 7}1",
            "lon_deg": 120 + n / 50 + side / 900, "lat_deg": 30.0, "rated_input_mw": 1.0 + n % 9,
        }
        for n in range(40) for side in (0, 1)
    ]  # fmt: skip
    features = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
    for name in ("legal_key", "address_key"):
        features = features.set_column(features.column_names.index(name), name, pa.nulls(len(rows), pa.string()))
    once, again = train.train(features, CONFIG), train.train(features, CONFIG)
    assert once == again
    assert once["trained_on"]["labelled_pairs"] == 40
    name = once["settings"]["comparisons"][0]["comparison_levels"]
    assert name[1]["m_probability"] > 0.5 > name[1]["u_probability"], "most names are equal, if they are one place"
