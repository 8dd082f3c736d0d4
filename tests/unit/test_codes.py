"""Grammars of codes: check digits, shapes, spellings, and that Python and SQL say the same."""

import csv
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.codes import GRAMMARS, half_width, half_width_sql, judge, organisation_check, uscc_check
from pipelines.codes.uscc import ALPHABET, WEIGHTS
from pipelines.sample import codes as made_up

GOOD = "91330000747735638J"
DEPARTMENTS = ("11", "12", "51", "91", "92", "93", "Y1")


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(DEPARTMENTS)) + draw(st.from_regex(r"[1-6][0-9]{5}", fullmatch=True))
    body = draw(st.text(ALPHABET, min_size=8, max_size=8))
    code = head + body + organisation_check(body)
    return code + uscc_check(code)


def test_weights_are_those_of_the_standard() -> None:
    assert WEIGHTS == (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def test_the_examples_behave_as_expected(cases: Path) -> None:
    path = cases.parent / "domain" / "uscc_test_examples.csv"
    if not path.is_file():
        pytest.skip(f"no {path.name} beside the cases")
    told = {
        "valid": {None},
        "invalid checksum": {"uscc_check"},
        "invalid characters": {"uscc_alphabet"},
        "valid only after upper-casing and stripping": {"uscc_spelling"},
    }
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 27
    for row in rows:
        verdict = judge("uscc", row["code"])
        assert verdict.finding in told[row["expected"]], row
        assert verdict.is_valid == row["expected"].startswith("valid"), row


@pytest.mark.parametrize(
    ("text", "finding", "kind", "is_valid"),
    [
        (GOOD, None, "enterprise", True),
        ("９１３３００００７４７７３５６３８ｊ", "uscc_spelling", "enterprise", True),
        ("91640000227683862F(__)", "uscc_suffix", "enterprise", True),
        ("916400005541616821(01）", "uscc_suffix", "enterprise", True),
        ("91640221735973356L(\u00a0)", "uscc_suffix", "enterprise", True),
        ("H9640200000000001F", None, "without_credit_code", True),
        ("h9640200733796106a", "uscc_spelling", "without_credit_code", True),
        ("H9640200000000001I", "uscc_alphabet", None, False),  # no i, no o in that place
        ("110108000000016", "uscc_old_registration", None, False),
        ("733796106", "uscc_old_organisation", None, False),
        ("733796107", "uscc_length", None, False),
        ("91640300MA75WONY35", "uscc_alphabet", None, False),  # the letter O for the digit 0
        ("91350203M0001QAY9B", None, "enterprise", True),  # genuine, though its check character is wrong
        ("", "uscc_length", None, False),
    ],
)
def test_credit_codes(text: str, finding: str | None, kind: str | None, is_valid: bool) -> None:
    verdict = judge("uscc", text)
    assert (verdict.finding, verdict.kind, verdict.is_valid) == (finding, kind, is_valid)


@given(credit_codes(), st.integers(0, 17), st.sampled_from(ALPHABET + "IOSVZ"))
@settings(max_examples=300, deadline=None)
def test_a_changed_character_is_caught(code: str, place: int, other: str) -> None:
    assert judge("uscc", code).is_valid
    changed = code[:place] + other + code[place + 1 :]
    assert judge("uscc", changed).is_valid == (changed == code)


@given(credit_codes(), st.integers(0, 16))
@settings(max_examples=300, deadline=None)
def test_swapped_neighbours_are_caught(code: str, place: int) -> None:
    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert judge("uscc", changed).is_valid == (changed == code)


def test_an_organisation_code_that_was_made_up_is_seen() -> None:
    body = "91330000" + "74773563" + ("9" if organisation_check("74773563") != "9" else "1")
    assert judge("uscc", body + uscc_check(body)).finding == "uscc_inner_check"


def test_the_codes_of_the_sample_are_valid() -> None:
    made = made_up.credit_codes(np.random.default_rng(7), ["330102"] * 200)
    assert all(judge("uscc", code).finding is None for code in made)


@pytest.mark.parametrize(
    ("text", "finding", "kind"),
    [
        ("91130200699229617X001P", None, "permit"),
        ("91130200699229617X002P", None, "permit"),  # HJ 608 appendix A: the letter checks nothing
        ("91640300MA75W0NY35001Y", None, "registration"),
        ("91640000763202372w001p", "permit_spelling", "permit"),
        ("H9640200000000001F001P", None, "permit"),
        ("G1064012200412550V001P", "permit_unit", "permit"),
        ("91130200699229617X01P", "permit_length", None),
        ("91130200699229617X00-P", "permit_alphabet", None),
        ("91130200699229617X0O1P", "permit_serial", None),
        ("91130200699229617X0011", "permit_letter", None),
    ],
)
def test_permit_numbers(text: str, finding: str | None, kind: str | None) -> None:
    verdict = judge("permit_number", text)
    assert (verdict.finding, verdict.kind) == (finding, kind)


@given(credit_codes(), st.integers(0, 999), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz"))
@settings(max_examples=100, deadline=None)
def test_the_last_character_of_a_permit_number_is_free(code: str, serial: int, letter: str) -> None:
    assert judge("permit_number", f"{code}{serial:03d}{letter}").is_valid


@pytest.mark.parametrize(
    ("grammar", "text", "finding"),
    [
        ("outlet_code", "DA001", None),
        ("outlet_code", "DW012", None),
        ("outlet_code", " ｄａ００１", "outlet_spelling"),
        ("outlet_code", "DA1", "outlet_number"),
        ("outlet_code", "FQ-01", "outlet_prefix"),
        ("outlet_code", "MF0001", "outlet_prefix"),
        ("facility_code", "MF0001", None),
        ("facility_code", "TA001", None),
        ("facility_code", "TS001", None),
        ("facility_code", "MF001", "facility_number"),
        ("facility_code", "TA0001", "facility_number"),
        ("facility_code", "DA001", "facility_prefix"),
        ("name", "中铝宁夏能源集团有限公司", None),
        ("name", "中国石油天然气股份有限公司宁夏石化分公司（化肥业务..", "name_cut"),
        ("name", "a\nb…", "name_cut"),
    ],
)
def test_outlets_facilities_and_names(grammar: str, text: str, finding: str | None) -> None:
    assert judge(grammar, text).finding == finding


TEXTS = st.one_of(
    credit_codes(),
    st.builds(lambda code, tail: code + tail, credit_codes(), st.text("0019PpVwＸ()（） \u200b", max_size=6)),
    st.text(ALPHABET + "IOabｘ０ \u3000()'", min_size=0, max_size=24),
    st.from_regex(r"[DTM][AWFNS]\d{2,4}", fullmatch=True),
    st.from_regex(r"[0-9A-Z]{8}[0-9X]|[0-9]{15}|H9[0-9]{6}[0-9A-Z]{9}[A-Z]", fullmatch=True),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=24),
)


@given(st.lists(TEXTS, min_size=1, max_size=40))
@settings(max_examples=80, deadline=None)
def test_sql_says_what_python_says(texts: list[str]) -> None:
    with duckdb.connect() as con:
        con.register("texts", pa.table({"n": pa.array(range(len(texts))), "t": pa.array(texts, pa.string())}))
        wide = con.execute(f"select {half_width_sql('t')} from texts order by n").fetchall()
        assert [row[0] for row in wide] == [half_width(text) for text in texts]
        for name, grammar in GRAMMARS.items():
            rows = con.execute(
                f"select v, {grammar.finding_sql('t', 'v')} from "
                f"(select n, t, {grammar.normal_sql('t')} as v from texts) order by n"
            ).fetchall()
            verdicts = [judge(name, text) for text in texts]
            assert rows == [(verdict.code, verdict.finding) for verdict in verdicts]


def test_sql_of_nothing_is_nothing() -> None:
    for grammar in GRAMMARS.values():
        t = "null::varchar"
        assert duckdb.execute(f"select {grammar.normal_sql(t)}, {grammar.finding_sql(t, t)}").fetchone() == (None, None)
