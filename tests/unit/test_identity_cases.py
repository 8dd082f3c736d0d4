"""Hard cases of who is who, one small inventory each."""

from typing import Any

import pytest

A, B, C = "91330100799655058B", "91330206MA2AF1J67P", "913303007590717264"
HANGZHOU = {"lon_deg": 120.20, "lat_deg": 30.27}


def test_one_company_with_two_permits_is_two_sites(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲纸业有限公司", legal_code=A, region_code="330106")
        .permit(f"{A}002P", "甲纸业有限公司（富阳厂区）", legal_code=A, region_code="330111")
        .form("f1", "甲纸业有限公司", legal_code=A, region_code="330106")
        .form("f2", "甲纸业有限公司", legal_code=A, region_code="330111")
        .point("m2", "甲纸业有限公司", permit_key=f"{A}002P", legal_code=A)
        .link()
    )
    assert linked.site(f"{A}001P") == linked.site("f1")
    assert linked.site(f"{A}002P") == linked.site("f2") == linked.site("m2")
    assert len(linked.places()) == 2


def test_two_permits_of_a_company_in_one_county_are_told_apart_by_name(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲纸业有限公司一厂", legal_code=A, region_code="330111")
        .permit(f"{A}002P", "甲纸业有限公司二厂", legal_code=A, region_code="330111")
        .form("f2", "甲纸业有限责任公司二厂", legal_code=A, region_code="330111")
        .link()
    )
    assert linked.site("f2") == linked.site(f"{A}002P")


def test_two_companies_on_one_site_stay_two_until_a_person_says_so(feeds, decided) -> None:
    """A power plant inside a works: same gate, same days, stacks of its own. One form covers both."""
    place = {"address": "临江工业区江东大道1号", "region_code": "330114", **HANGZHOU}
    given = (
        feeds()
        .permit(f"{A}001P", "东方钢铁有限公司", legal_code=A, **place)
        .permit(f"{B}001P", "东方钢铁自备电厂有限公司", legal_code=B, **place)
        .outlet(f"{A}001P", "DA001", outlet_name="烧结机头", lon_deg=120.200, lat_deg=30.270)
        .outlet(f"{B}001P", "DA001", outlet_name="锅炉烟囱", lon_deg=120.206, lat_deg=30.274)
        .point("m1", "东方钢铁自备电厂", permit_key=f"{B}001P")
        .form("f1", "东方钢铁有限公司", legal_code=A, region_code="330114")
    )
    apart = given.link()
    assert apart.site(f"{A}001P") == apart.site("f1")
    assert apart.site(f"{B}001P") == apart.site("m1")
    assert apart.site("f1") != apart.site("m1")
    one = given.link(decisions=[decided((f"P{A}001P", f"P{B}001P", "same"))])
    assert len(one.places()) == 1
    assert one.how(f"{B}001P") == ("reviewed", 1.0)
    [(reviewer, reason)] = one.query(f"select reviewer, reason from identity.link where record_key = '{B}001P'")
    assert reviewer == "Li Ming"
    assert "2025-06-01" in reason


def takeover(feeds, **second: Any) -> Any:
    """A permit of A to the end of 2024, one of B from 2025 with the same two stacks."""
    given = feeds()
    for key, name, legal, days in (
        (f"{A}001P", "老东家化工", A, {"valid_from": "2020-01-01", "valid_to": "2024-12-31"}),
        (f"{B}001P", "新东家化工", B, {"valid_from": "2025-01-01"} | second),
    ):
        given.permit(key, name, legal_code=legal, region_code="330206", **days)
        for code, lon in (("DA001", 121.80), ("DA002", 121.81)):
            given.outlet(key, code, outlet_name=f"{code}烟囱", lon_deg=lon, lat_deg=29.90)
    return given


def test_a_takeover_is_the_same_site_with_another_owner(feeds) -> None:
    linked = (
        takeover(feeds)
        .form("f", "老东家化工", 2024, legal_code=A, region_code="330206")
        .form("g", "新东家化工", 2025, legal_code=B, region_code="330206")
        .link()
    )
    assert len(linked.places()) == 1
    assert linked.how(f"{B}001P")[0] == "takeover"
    owners = linked.query(
        "select legal_code, valid_from, valid_to from identity.link_version where feed = 'permit' order by valid_from"
    )
    assert [owner[0] for owner in owners] == [A, B]


def test_the_same_stacks_at_the_same_time_are_no_takeover(feeds) -> None:
    """Two tenants of one building, each with a DA001: their permits run side by side."""
    assert len(takeover(feeds, valid_from="2021-01-01").link().places()) == 2


def test_one_logger_at_both_stacks_shows_a_takeover_though_the_terms_overlap(feeds) -> None:
    given = takeover(feeds, valid_from="2023-01-01", address="化工路9号")
    given.rows["permit__site"][0]["address"] = "化工路 9 号"
    given.point("mn", "老东家化工", permit_key=f"{A}001P", valid_from="2020-01-01", valid_to="2022-12-31")
    given.point("mn", "新东家化工", permit_key=f"{B}001P", valid_from="2023-01-01")
    assert given.link().site(f"{A}001P") == given.link().site(f"{B}001P")


def test_a_renamed_unit_is_linked_by_its_code_and_by_its_former_name(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "红星水泥", legal_code=A, region_code="330182", valid_from="2020-01-01")
        .permit(f"{A}001P", "蓝天环保科技", legal_code=A, region_code="330182", valid_from="2025-01-01")
        .form("by code", "蓝天环保科技", legal_code=A, region_code="330182")
        .form("by former name", "红星水泥有限公司", 2024, region_code="330182")
        .link()
    )
    assert len(linked.places()) == 1
    names = linked.query(
        "select record_name, valid_from::varchar, valid_to::varchar from identity.link_version where feed = 'permit'"
        " order by valid_from"
    )
    assert names == [("红星水泥", "2020-01-01", "2024-12-31"), ("蓝天环保科技", "2025-01-01", None)]


def test_a_plant_that_moved_is_another_site_from_then_on(feeds) -> None:
    """The survey's number stays with the firm; the place changes, and with it the permit."""
    linked = (
        feeds()
        .permit(f"{A}001P", "甲印染", legal_code=A, region_code="330603", valid_to="2024-06-30")
        .permit(f"{A}002P", "甲印染", legal_code=A, region_code="330604", valid_from="2024-07-01")
        .form("f", "甲印染", 2023, legal_code=A, region_code="330603", lon_deg=120.49, lat_deg=30.08)
        .form("f", "甲印染", 2025, legal_code=A, region_code="330604", lon_deg=120.87, lat_deg=30.03)
        .link()
    )
    assert linked.site("f", "2023-12-31") == linked.site(f"{A}001P")
    assert linked.site("f", "2025-12-31") == linked.site(f"{A}002P")
    assert len(linked.places()) == 2


def test_a_corrected_county_is_no_move(feeds) -> None:
    linked = (
        feeds()
        .form("f", "甲印染", 2023, region_code="330603", **HANGZHOU)
        .form("f", "甲印染", 2025, region_code="330604", **HANGZHOU)
        .link()
    )
    assert len(linked.places()) == 1


@pytest.mark.parametrize(("later", "places"), [("东江路1号", 1), ("西江路9号", 2)])
def test_without_coordinates_another_county_is_a_move_if_the_address_is_another(feeds, later: str, places: int) -> None:
    linked = (
        feeds()
        .form("f", "甲印染", 2023, region_code="330603", address="东江路1号")
        .form("f", "甲印染", 2025, region_code="330604", address=later)
        .link()
    )
    assert linked.con.execute("select count(*) from identity.link").fetchall() == [(places,)]


def test_a_logger_hung_elsewhere_is_linked_by_dates(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲", legal_code=A)
        .permit(f"{B}001P", "乙", legal_code=B)
        .point("mn", "甲", permit_key=f"{A}001P", valid_from="2025-01-01", valid_to="2025-03-31")
        .point("mn", "乙", permit_key=f"{B}001P", valid_from="2025-04-01")
        .link()
    )
    assert linked.site("mn", "2025-03-31") == linked.site(f"{A}001P")
    assert linked.site("mn", "2025-04-01") == linked.site(f"{B}001P")


def test_a_replaced_logger_is_another_record_of_the_same_site(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲", legal_code=A)
        .point("old", "甲", permit_key=f"{A}001P", outlet_code="DA001", valid_to="2025-05-31")
        .point("new", "甲", permit_key=f"{A}001P", outlet_code="DA001", valid_from="2025-06-01")
        .link()
    )
    assert linked.site("old") == linked.site("new") == linked.site(f"{A}001P")


@pytest.mark.parametrize(
    ("old", "new", "is_one"),
    [
        ("330103", "330105", True),  # 下城 → 拱墅, Hangzhou 2021
        ("330104", "330114", True),  # 江干 → 上城 and 钱塘
        ("330110", "330113", True),  # 余杭 → 余杭 and 临平
        ("330327", "330383", True),  # 苍南 → 龙港, 2019
        ("330103", "330102", False),
        ("330106", "330105", False),
    ],
)
def test_merged_counties_are_compared_as_they_are_today(feeds, old: str, new: str, is_one: bool) -> None:
    linked = (
        feeds()
        .permit("p", "振兴包装厂", region_code=new, valid_from="2022-01-01")
        .form("f", "振兴包装厂", 2018, region_code=old)
        .link()
    )
    assert (linked.how("f")[0] == "name_region") is is_one


def test_a_county_that_was_split_is_one_no_more_for_later_records(feeds) -> None:
    linked = (
        feeds()
        .permit("p", "振兴包装厂", region_code="330113", valid_from="2022-01-01")
        .form("f", "振兴包装厂", 2023, region_code="330110")
        .link()
    )
    assert linked.how("f")[0] != "name_region", "since April 2021 the two codes are two places"


def test_a_code_of_all_districts_is_no_county(feeds) -> None:
    linked = (
        feeds()
        .permit("p", "振兴包装厂", region_code="330106")
        .permit("q", "振兴包装厂", region_code="330206")
        .form("f", "振兴包装厂", region_code="330101")
        .form("g", "振兴包装厂", region_code="330301")
        .link()
    )
    assert linked.site("f") == linked.site("p")
    assert linked.how("g")[0] == "unmatched"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon_deg": 30.27, "lat_deg": 120.20},  # exchanged
        {"lon_deg": 120.2046, "lat_deg": 30.2676},  # GCJ-02
        {"lon_deg": 122.90, "lat_deg": 28.10},  # outside the county
        {"lon_deg": 120.12, "lat_deg": 30.1612},  # degrees and minutes read as a decimal
        {"lon_deg": -120.20, "lat_deg": 30.27},  # sign
        {},
    ],
)
def test_wrong_coordinates_neither_make_nor_break_a_link(feeds, wrong: dict[str, float]) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲热电", legal_code=A, region_code="330106", **HANGZHOU)
        .permit(f"{B}001P", "乙电镀", legal_code=B, region_code="330106", **wrong)
        .form("by code", "丙", legal_code=A, region_code="330106", **wrong)
        .form("by name", "甲热电有限公司", region_code="330106", **wrong)
        .link()
    )
    assert linked.site("by code") == linked.site("by name") == linked.site(f"{A}001P")
    assert linked.site(f"{B}001P") != linked.site(f"{A}001P")


def test_a_plant_that_is_only_registered_stands_once_on_its_own(feeds) -> None:
    linked = (
        feeds()
        .permit(f"{A}001P", "甲热电", legal_code=A, region_code="330106", management_class="key")
        .permit(f"{C}001X", "老王豆腐坊", legal_code=C, region_code="330302", management_class="registration")
        .link()
    )
    assert linked.how(f"{C}001X") == ("anchor", 1.0)
    assert len(linked.places()) == 2


def test_neighbours_with_nearly_the_same_name_stay_apart(feeds) -> None:
    linked = (
        feeds()
        .permit("7456", "Rathdrum Combustion Turbine Project", lat_deg=47.8034, lon_deg=-116.869)
        .permit("55179", "Rathdrum Power, LLC", lat_deg=47.7861, lon_deg=-116.9214)
        .form("1", "RATHDRUM POWER LLC", lat_deg=47.7861, lon_deg=-116.9214)
        .form("2", "Rathdrum Combustion Turbine Project", lat_deg=47.8034, lon_deg=-116.869)
        .link()
    )
    assert (linked.site("1"), linked.how("1")[0]) == (linked.site("55179"), "name_near")
    assert (linked.site("2"), linked.how("2")[0]) == (linked.site("7456"), "name_near")


def test_a_decision_that_two_are_different_wins_over_codes(feeds, decided) -> None:
    given = feeds().permit(f"{A}001P", "甲", legal_code=A).form("f", "甲", permit_key=f"{A}001P", legal_code=A)
    assert len(given.link().places()) == 1
    barred = given.link(decisions=[decided((f"P{A}001P", "Ff", "different"))])
    assert len(barred.places()) == 2


def test_a_point_follows_the_permit_it_names_not_a_form_that_was_parted_from_it(feeds, decided) -> None:
    number = f"{A}001P"
    given = feeds().permit(number, "甲").form("f", "乙", permit_key=number).point("m", "乙", permit_key=number)
    barred = given.link(decisions=[decided((f"P{number}", "Ff", "different"))])
    assert barred.site("m") == barred.site(number) != barred.site("f")


def test_a_decision_that_two_are_the_same_wins_over_codes(feeds, decided) -> None:
    given = (
        feeds()
        .permit(f"{A}001P", "甲", legal_code=A)
        .permit(f"{B}001P", "乙", legal_code=B)
        .form("f", "甲", permit_key=f"{A}001P")
    )
    forced = given.link(decisions=[decided((f"P{B}001P", "Ff", "same"))])
    assert forced.site("f") == forced.site(f"{B}001P") != forced.site(f"{A}001P")
    assert forced.how("f") == ("reviewed", 1.0)
