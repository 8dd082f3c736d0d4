"""The exact stages: each alone, what must not link, spellings, counties over time, and independence of order."""



import duckdb
import pytest

from pipelines.identity.config import load_linking
from pipelines.identity.records import names
from pipelines.identity.records.region import county_space

UNIT = "91330100799655058B"


def test_a_named_permit_links_whatever_the_names_say(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{UNIT}001P", "甲厂")
        .form("1", "乙厂", permit_key=f"{UNIT.lower()}001p ")
        .point("MN1", "丙厂", permit_key="９１３３０１００７９９６５５０５８Ｂ００１Ｐ")
        .link()
    )
    assert len(linked.places()) == 1
    assert linked.how("1") == linked.how("MN1") == ("code", 1.0)
    assert linked.how(f"{UNIT}001P") == ("anchor", 1.0)


def test_a_registration_that_became_a_permit_is_one_site(feeds) -> None:
    linked = feeds().permit(f"{UNIT}001X", "甲厂", valid_to="2025-05-31").permit(f"{UNIT}001P", "甲厂").link()
    assert linked.site(f"{UNIT}001X") == linked.site(f"{UNIT}001P"), "the letter is only the class of the entry"


def test_the_same_id_in_the_same_register_links_and_in_another_does_not(feeds) -> None:
    same = feeds().permit("7456", "A").add("statistics__site", scheme="P", record_key="7456", site_name="B", year=2025,
                                           valid_from="2025-01-01", valid_to="2025-12-31").link()  # fmt: skip
    other = feeds().permit("7456", "A").form("7456", "B").link()
    assert len(same.places()) == 1
    assert len(other.places()) == 2


def test_leading_zeros_are_part_of_a_code(feeds) -> None:
    linked = feeds().permit("0012", "A").permit("12", "B").form("x", "C", permit_key="0012").link()
    assert linked.site("x") == linked.site("0012") != linked.site("12")


@pytest.mark.parametrize("code", ["799655058", " 79965505-8".replace("-", ""), "７９９６５５０５８"])
def test_an_organisation_code_is_characters_9_to_17_of_the_credit_code(feeds, code: str) -> None:
    linked = feeds().permit("1", "甲", legal_code=UNIT).form("2", "乙", legal_code=code).link()
    assert linked.site("2") == linked.site("1")
    assert linked.how("2") == ("code", 0.95)


def test_codes_of_zeros_and_serials_without_a_unit_link_nothing(feeds) -> None:
    linked = (
        feeds()
        .permit("1", "甲", legal_code="000000000")
        .permit("2", "乙", legal_code="H9330106000000012a".upper())
        .form("x", "丙", legal_code="000000000000000000")
        .form("y", "丁", legal_code="H9330205000000012B")
        .link()
    )
    assert len(linked.places()) == 4


def test_a_legal_unit_with_two_sites_needs_the_county(feeds) -> None:
    linked = (
        feeds()
        .permit("1", "甲一", legal_code=UNIT, region_code="330106")
        .permit("2", "甲二", legal_code=UNIT, region_code="330122")
        .form("x", "甲", legal_code=UNIT, region_code="330122")
        .form("y", "丙丁戊", legal_code=UNIT, region_code="330182")
        .link()
    )
    assert linked.site("x") == linked.site("2")
    assert linked.how("x") == ("code", 0.98)
    assert linked.how("y")[0] == "unmatched", "neither of two sites may be guessed"


def test_the_same_name_far_away_is_another_place(feeds) -> None:
    linked = (
        feeds()
        .permit("1", "AMALGAMATED SUGAR CO LLC", lat_deg=43.61, lon_deg=-116.58)
        .form("2", "Amalgamated Sugar Co", lat_deg=42.53, lon_deg=-114.43)
        .link()
    )
    assert linked.how("2")[0] == "unmatched"


def test_points_of_one_plant_go_together(feeds) -> None:
    alone = feeds().point("a/1", "Z", site_key="a").point("a/2", "Z", site_key="a").link()
    assert len(alone.places()) == 1
    known = (
        feeds()
        .permit("9", "Y")
        .point("a/1", "Z", site_key="a", permit_key="9")
        .point("a/2", "Z", site_key="a")
        .link()
    )
    assert known.site("a/2") == known.site("9"), "where another point of its plant is"


def test_a_key_without_a_head_is_a_record_too(feeds) -> None:
    linked = feeds().add("statistics__emission", scheme="F", record_key="9", species="SO2", period_start="2025-01-01",
                         period_end="2025-12-31", mass_kg=1.0).link()  # fmt: skip
    assert linked.how("9") == ("unmatched", 0.0)


def test_unmatched_keeps_its_best_candidate_and_the_reason(feeds) -> None:
    linked = (
        feeds()
        .permit("1", "东风纸业", region_code="330106")
        .permit("2", "东风纸业", region_code="330106")
        .form("x", "东风纸业", region_code="330106")
        .link()
    )
    [(site, candidate, score, reason)] = linked.query(
        "select site_id, candidate_site_id, candidate_score, reason from identity.link where record_key = 'x'"
    )
    assert site not in (linked.site("1"), linked.site("2"))
    assert candidate in (linked.site("1"), linked.site("2"))
    assert score >= load_linking().decide.review, "a person is asked"
    assert "same name" in reason




@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("杭州（第一）热电有限公司", "杭州(第一)热电有限责任公司"),
        ("Ｒathdrum Power, LLC", "RATHDRUM POWER LLC"),
        ("TRANSBETON s.r.o.", "Transbeton"),
        ("Slévárna Kuřim, a. s.", "SLEVARNA KURIM"),
        ("Smith & Co. Ltd. Inc.", "Smith"),
        ("①号热电厂", "1号热电厂"),
        ("【合成】杭州一厂", "杭州一厂"),
    ],
)
def test_spellings_of_one_name_are_equal(left: str, right: str) -> None:
    assert spelt("name", left) == spelt("name", right)


def test_names_that_differ_stay_different_and_noise_alone_stays_itself() -> None:
    assert spelt("name", "杭州一厂") != spelt("name", "杭州二厂")
    assert spelt("name", "Incline Copper") == "inclinecopper", "a company form is a word of its own"
    assert spelt("name", "有限公司") == "有限公司"
    assert spelt("name", " - ") is None
    assert spelt("name", "Å") == spelt("name", "Å"), "however it is composed"


def test_codes_have_one_spelling() -> None:
    assert spelt("permit", " 0012ａ ") == "0012A"
    assert spelt("legal", f" {UNIT.lower()}") == "799655058"
    assert spelt("legal", "") is None


def spelt(kind: str, text: str) -> str | None:
    """One spelling, by the expressions of the room."""
    con = duckdb.connect()
    con.execute("create table given as select ?::varchar as text", [text])
    names.fold(con, "select text from given")
    folded = names.folded_sql("given.text", "folded.folded")
    expression = {
        "name": names.name_sql(folded),
        "legal": names.legal_sql("given.text"),
        "permit": names.permit_sql("given.text"),
    }[kind]
    [(found,)] = con.execute(f"select {expression} from given left join folded on folded.text = given.text").fetchall()
    return found


@pytest.mark.parametrize(
    ("code", "on", "counties"),
    [
        ("330110", "2020-12-31", {"330110", "330113"}),
        ("330110", "2021-04-01", {"330110"}),
        ("330103", "2020-12-31", {"330105"}),
        ("330103", "2024-01-01", {"330105"}),
        ("330104", "2020-12-31", {"330102", "330114"}),
        ("330327", "2018-01-01", {"330327", "330383"}),
        ("330327", "2020-01-01", {"330327"}),
        ("330000", "2020-01-01", set()),
    ],
)
def test_a_county_code_means_what_it_meant_on_the_day(code: str, on: str, counties: set[str]) -> None:
    con = duckdb.connect()
    county_space(con)
    found = con.execute(
        "select county_code from county_space where region_code = ? and cast(? as date) < until", [code, on]
    ).fetchall()
    assert {county for (county,) in found} == counties


def test_a_code_of_the_districts_together_is_any_county_of_the_city() -> None:
    con = duckdb.connect()
    county_space(con)
    rows = con.execute("select region_code, county_code from county_space where region_code like '3303_1'").fetchall()
    counties = {county for code, county in rows if code == "330301"}
    assert {"330302", "330383"} <= counties
    assert all(county.startswith("3303") for county in counties)


def test_thresholds_are_in_order() -> None:
    linking = load_linking()
    assert linking.decide.review < linking.decide.accept
    assert all(stage.score > linking.decide.review for stage in linking.stages)
