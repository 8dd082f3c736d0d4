"""Identifiers of the synthetic province: check digits against a published example, and what is made."""

import re

import numpy as np
import pytest

from pipelines.sample import codes


@pytest.mark.parametrize("code", ["91130200699229617X"])
def test_check_digits_of_a_published_code(code: str) -> None:
    # 91130200699229617X is the example of HJ 608-2017 appendix A.
    assert codes.uscc_check(code[:17]) == code[17]
    assert codes.organisation_check(code[8:16]) == code[16]


def test_made_codes_are_distinct_and_pass_both_checks() -> None:
    made = codes.credit_codes(np.random.default_rng(1), ["330102", "330681"] * 500)
    assert len(set(made)) == 1000
    assert {code[:2] for code in made} == {"91"}
    assert any(code[8:10] == "MA" for code in made)
    for code in made:
        assert codes.uscc_check(code[:17]) == code[17]
        assert codes.organisation_check(code[8:16]) == code[16]


def test_a_changed_character_fails_the_check() -> None:
    code = codes.credit_code(np.random.default_rng(2), "330102")
    other = code[:9] + ("1" if code[9] != "1" else "2") + code[10:17]
    assert codes.uscc_check(other) != code[17]


def test_numbers_without_credit_code_and_loggers_have_their_form() -> None:
    assert re.fullmatch(r"H9330102\d{9}[a-hj-np-z]", codes.without_credit_code("330102", 7))
    assert re.fullmatch(r"[0-9A-F]{24}", codes.logger_number(np.random.default_rng(3)))


def test_names_are_marked_synthetic_and_distinct() -> None:
    made = codes.names(np.random.default_rng(4), ["鹿城区"] * 50, ["印染"] * 50, list("恒华盛远泰鑫瑞嘉宏天"))
    assert len(set(made)) == 50
    assert all(name.startswith("【合成】鹿城区") for name in made)
