"""Columns with a grammar, through the engine: refused or marked, normal forms, keys that fall back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_rows

PROFILE = """
feed: permit
null: ["-"]
tables:
  - table: permit__site
    columns:
      scheme: {constant: TEST}
      record_key: %s
      site_name: name
      legal_code: {from: code, grammar: uscc, on_fault: %s}
"""
PLAIN = "permit"
FALLBACK = "{from: permit, grammar: permit_number, on_fault: mark, fallback: [permit, code, name]}"
GOOD, OTHER = "91330000747735638J", "91330100799655058B"


def read(rows: list[str], key: str = FALLBACK, on_fault: str = "mark", language: str = "en") -> RawResult:
    profile = parse(PROFILE % (key, on_fault), "test.yaml")
    data = "\n".join(["permit,code,name", *rows]).encode() + b"\n"
    result = read_rows(read_bytes(data, "f.csv", profile), profile, Context(language=language))
    assert result.read == result.kept + result.rejected + result.duplicates
    assert result.notices == len(result.noticed()) == sum(result.notice_reasons.values())
    return result


def column(result: RawResult, name: str) -> list[str]:
    return result.rows("permit__site")[name].to_pylist()


def test_a_fault_refuses_the_row_or_marks_it() -> None:
    rows = [f"p1,{GOOD},a", f"p2,{GOOD[:-1]}K,b"]
    refused = read(rows, PLAIN, "reject")
    assert (refused.kept, refused.reasons, refused.notices) == (1, {"uscc_check": 1}, 0)
    marked = read(rows, PLAIN)
    assert (marked.kept, marked.reasons, marked.notice_reasons) == (2, {}, {"uscc_check": 1})
    assert column(marked, "legal_code") == [GOOD, GOOD[:-1] + "K"]  # kept as it stands
    told = [{k: row[k] for k in ("row_no", "column_name", "value", "reason_code")} for row in marked.noticed()]
    assert told == [{"row_no": 3, "column_name": "code", "value": GOOD[:-1] + "K", "reason_code": "uscc_check"}]


@pytest.mark.parametrize("on_fault", ["reject", "mark"])
def test_a_spelling_is_mended_and_said_either_way(on_fault: str) -> None:
    result = read([f"p1,{GOOD.lower()},a", f"p2,{GOOD}（__）,b", "p3,-,c", "p4,\u200b,d"], PLAIN, on_fault)
    assert column(result, "legal_code") == [GOOD, GOOD, None, None]
    assert (result.kept, result.notice_reasons) == (4, {"uscc_spelling": 1, "uscc_suffix": 1})


def test_notices_are_of_kept_rows_only() -> None:
    result = read([f"p1,{GOOD.lower()},a", f"p1,{GOOD.lower()},b", f"p1,{GOOD.lower()},a"], PLAIN)
    assert (result.kept, result.rejected, result.duplicates, result.notices) == (1, 1, 1, 1)


def test_a_key_falls_back_where_it_is_missing_malformed_or_shared() -> None:
    rows = [
        f"{GOOD}001P,{GOOD},a",
        f"{GOOD}002P,{GOOD},a",  # two permits of one unit are two keys
        f"-,{GOOD},b",
        "-,-,c",
        f"{GOOD}03P,{GOOD},d",
        f"{OTHER}001p,{OTHER},old name",
        f"{OTHER}001P,{OTHER},new name",
    ]
    result = read(rows)
    assert column(result, "record_key") == [
        f"{GOOD}001P",
        f"{GOOD}002P",
        f"{GOOD}/b",
        "c",
        f"{GOOD}03P/{GOOD}/d",
        f"{OTHER}001p/{OTHER}/old name",
        f"{OTHER}001P/{OTHER}/new name",
    ]
    assert result.notice_reasons == {"key_fallback": 3, "key_shared": 2, "permit_length": 1, "permit_spelling": 1}
    shared = [row for row in result.noticed() if row["reason_code"] == "key_shared"]
    assert shared[0]["message"].endswith(f"the key of this row is {OTHER}001p/{OTHER}/old name.")


def test_a_repeated_row_does_not_make_its_key_a_shared_one() -> None:
    result = read([f"{GOOD}001P,{GOOD},a"] * 2)
    assert (column(result, "record_key"), result.duplicates, result.notices) == ([f"{GOOD}001P"], 1, 0)


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_keys_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = [f"{GOOD}00{i % 3}P,{GOOD},name {i}" for i in range(4)] + ["-,-,x", f"-,{OTHER},y"]
    keys = dict(zip(column(read(rows), "site_name"), column(read(rows), "record_key"), strict=True))
    mixed = read([rows[i] for i in order])
    assert dict(zip(column(mixed, "site_name"), column(mixed, "record_key"), strict=True)) == keys


def test_sentences_come_in_both_languages() -> None:
    rows = [f"p1,{GOOD[:-1]}K,a", "p1,-,b", "p2,-"]
    for language, words in (("en", ("GB 32100", "row 2", "2 fields")), ("zh", ("校验", "第 2 行", "2 个字段"))):
        result = read(rows, PLAIN, "mark", language)
        messages = [row["message"] for row in (*result.noticed(), *result.rejects())]
        assert [word in message for word, message in zip(words, messages, strict=True)] == [True] * 3
        assert not any("{" in message for message in messages)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("{from: permit, grammar: isbn}", "isbn is no grammar; known are uscc"),
        ("{from: permit, on_fault: mark}", "`on_fault` and `fallback` go with `grammar`"),
        ("{from: permit, grammar: uscc, map: {a: b}}", "without `map` and `lookup`"),
        ("{constant: a, grammar: uscc}", "reads a text of `from`"),
    ],
)
def test_a_wrong_profile_is_told(key: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(PROFILE % (key, "mark"), "test.yaml")
    assert words in refused.value.message


def test_a_grammar_needs_a_text_column() -> None:
    profile = PROFILE % (PLAIN, "mark") + "      lon_deg: {from: code, grammar: uscc}\n"
    with pytest.raises(UsageError, match=r"lon_deg is no text"):
        parse(profile, "test.yaml")
