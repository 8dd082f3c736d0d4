"""Decisions without files: reading a row, which decision holds, and what contradicts what."""

import string
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.identity.clerical.decision import CoordinateDecision, DecisionFault, LinkDecision, parse, words
from pipelines.identity.clerical.decisions import in_effect
from pipelines.identity.clerical.workbook import SHEETS
from pipelines.identity.places.repairs import KINDS

LINK = {
    "left_scheme": "A", "left_key": "001", "right_scheme": "B", "right_key": "9", "verdict": "same",
    "reviewer": "Li", "decided_on": "2025-03-01", "note": "",
}  # fmt: skip
POINT = {
    "feed": "permit", "scheme": "A", "record_key": "1", "given_lon_deg": "30.25", "given_lat_deg": "120.2",
    "lon_deg": "120.2", "lat_deg": "30.25", "kind": "swapped", "verdict": "accepted", "reviewer": "Li",
    "decided_on": "2025-03-01", "note": "",
}  # fmt: skip


def link(left: str = "a", right: str = "b", verdict: str = "same", day: int = 1) -> LinkDecision:
    return LinkDecision("S", left, "S", right, verdict, "Li", date(2025, 3, day), "")


def fault(kind: Any, row: dict[str, str]) -> str:
    with pytest.raises(DecisionFault) as caught:
        parse(kind, row)
    return caught.value.key


@pytest.mark.parametrize("key", sorted(words()))
def test_every_text_has_both_languages_and_the_same_fields(key):
    fields = [{name for _, name, _, _ in string.Formatter().parse(words()[key][lang]) if name} for lang in ("en", "zh")]
    assert set(words()[key]) == {"en", "zh"}
    assert fields[0] == fields[1]


def test_every_code_and_sheet_has_words():
    needed = {f"kind.{kind}" for kind in KINDS}
    needed |= {f"{group}.{sheet.name}" for sheet in SHEETS for group in ("sheet", "help")}
    needed |= {f"verdict.{verdict}" for sheet in SHEETS for verdict in sheet.kind.VERDICTS}
    assert needed <= words().keys()


def test_a_row_becomes_a_decision_with_its_leading_zeros():
    assert parse(LinkDecision, LINK) == LinkDecision("A", "001", "B", "9", "same", "Li", date(2025, 3, 1), "")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"left_key": " "}, "empty"),
        ({"reviewer": ""}, "empty"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"decided_on": "1.3.2025"}, "malformed"),
        ({"right_scheme": "A", "right_key": "001"}, "one_record"),
    ],
)
def test_a_wrong_link_row_is_refused(change, key):
    assert fault(LinkDecision, LINK | change) == key


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"lat_deg": ""}, "half_point"),
        ({"lat_deg": "120.2"}, "no_point"),
        ({"given_lon_deg": "30°15′"}, "malformed"),
        ({"verdict": "same"}, "verdict"),
    ],
)
def test_a_wrong_coordinate_row_is_refused(change, key):
    assert fault(CoordinateDecision, POINT | change) == key


def test_an_empty_point_leaves_the_coordinate_out_of_use():
    decision = parse(CoordinateDecision, POINT | {"lon_deg": "", "lat_deg": ""})
    assert (decision.lon_deg, decision.lat_deg) == (None, None)


def test_the_later_decision_holds_whichever_record_stands_first():
    first, second = link("a", "b", "same", 1), link("b", "a", "different", 2)
    assert in_effect([second, first]) == [second]


def test_open_takes_a_decision_back():
    assert in_effect([link(day=1), link(verdict="open", day=2)]) == []


def test_two_answers_on_one_day_are_refused_with_both_records_and_the_day():
    with pytest.raises(UsageError, match=r"S [ab] / S [ab] was decided in two ways on 2025-03-01"):
        in_effect([link(), link("b", "a", "different")])


def test_a_later_day_settles_two_answers_of_one_day():
    last = link(verdict="same", day=2)
    assert in_effect([link(), link(verdict="different"), last]) == [last]


def test_the_same_answer_twice_on_one_day_is_one_decision():
    assert len(in_effect([link("a", "b"), link("b", "a")])) == 1


def test_records_that_are_the_same_by_way_of_others_cannot_be_different():
    chain = [link("a", "b", day=1), link("b", "c", day=2), link("a", "c", "different", day=3)]
    with pytest.raises(UsageError, match="by way of third records"):
        in_effect(chain)
    assert len(in_effect([*chain, link("b", "c", "open", day=4)])) == 2


names = st.sampled_from("abcdef")
links = st.builds(link, names, names.map(str.upper), st.sampled_from(["same", "open"]), st.integers(1, 28))


@given(st.lists(links, max_size=12), st.randoms())
def test_what_holds_does_not_depend_on_the_order_of_the_files(decisions, random):
    shuffled = random.sample(decisions, len(decisions))
    try:
        held = in_effect(decisions)
    except UsageError:
        with pytest.raises(UsageError):
            in_effect(shuffled)
        return
    assert in_effect(shuffled) == held
    assert len({decision.subject for decision in held}) == len(held)
