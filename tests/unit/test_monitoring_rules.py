"""Choice among dated rule rows, meanings of marks."""

from datetime import date

import pytest

from pipelines.errors import InventoryError
from pipelines.monitoring.rules import Marks, RuleTable


def row(rule_set, territory="*", scheme="*", method="substitute", **more):
    columns = {
        "fill_rule": f"{rule_set}-fill",
        "statistic": "max",
        "quantity": "mass",
        "capture_min_pct": 75.0,
        "capture_max_pct": None,
        "gap_max_h": None,
        "window_valid_h": 100,
        "ratio_max": None,
        "valid_from": None,
        "valid_to": None,
    }
    of_set = {"rule_set": rule_set, "territory": territory, "scheme": scheme, "method": method}
    return {**of_set, **columns, **more}


TABLE = RuleTable(
    (
        row("old", valid_to=date(2018, 2, 28)),
        row("new", valid_from=date(2018, 3, 1), gap_max_h=24, capture_min_pct=90.0),
        row("new", valid_from=date(2018, 3, 1), capture_max_pct=90.0, window_valid_h=900),
        row("new", valid_from=date(2018, 3, 1), method="outlier", ratio_max=50.0),
        row("province", "99", valid_from=date(2018, 3, 1)),
        row("county", "9901", valid_from=date(2018, 3, 1)),
        row("agency", scheme="FEED", method="as_reported"),
        row("by name", None),
    )
)


@pytest.mark.parametrize(
    ("scheme", "territory", "on", "name"),
    [
        ("A", "110000", date(2018, 2, 28), "old"),
        ("A", "110000", date(2018, 3, 1), "new"),
        ("A", "990000", date(2020, 1, 1), "province"),
        ("A", "990100", date(2020, 1, 1), "county"),
        ("FEED", "990100", date(2020, 1, 1), "agency"),
    ],
)
def test_the_most_specific_valid_set_is_chosen(scheme, territory, on, name):
    assert TABLE.choose(scheme, territory, on).name == name


def test_a_set_without_territory_is_chosen_by_name_only():
    assert TABLE.choose("A", "110000", date(2020, 1, 1), named="by name").name == "by name"


def test_a_set_carries_its_rules_in_the_order_of_application():
    rules = TABLE.choose("A", "110000", date(2020, 1, 1))
    assert [rule.gap_max_h for rule in rules.fills] == [24, None]
    assert (rules.capture_min_pct, rules.outlier_ratio, rules.crosscheck_ratio) == (75, 50, None)
    assert rules.fill_names == ["", "new-fill", "new-fill*", "new-fill", "new-fill*"]


def test_no_rule_or_two_rules_is_a_sentence():
    with pytest.raises(InventoryError, match="no rule set holds for scheme A in territory 110000 on"):
        RuleTable(TABLE.rows[1:5]).choose("A", "110000", date(2018, 1, 1))
    twice = RuleTable((row("one"), row("other")))
    with pytest.raises(InventoryError, match="2 rule sets \\(one, other\\) hold"):
        twice.choose("A", "110000", date(2018, 1, 1))
    with pytest.raises(InventoryError, match="under the name absent"):
        TABLE.choose("A", "110000", date(2020, 1, 1), named="absent")


def test_a_set_needs_fill_rows_or_one_as_reported_row():
    with pytest.raises(InventoryError, match="needs either rows of method substitute or one of method"):
        RuleTable((row("x", method="outlier", ratio_max=3.0),)).choose("A", "1", date(2020, 1, 1))


def test_marks_prefer_the_scheme_and_ignore_case_and_blanks():
    marks = Marks({("*", "N"): "accept", ("OWN", "N"): "invalid", ("*", ""): "accept"}, "unknown")
    assert marks.of("X", " n ") == "accept"
    assert marks.of("OWN", "N") == "invalid"
    assert marks.of("X", None) == "accept"
    assert marks.of("X", "Q") == "unknown"
