"""Sentences about frames: what is said in English can be told in Chinese."""

import re

import pytest

from pipelines.hj212.words import _sentences, say, tell

FIELDS = {
    "mn": "A1", "expected": "1C80", "declared": 12, "actual": 7, "pno": 2, "pnum": 3, "highest": 100, "low": "0",
}  # fmt: skip


@pytest.mark.parametrize("key", _sentences())
def test_every_sentence_is_told_in_chinese_with_its_fields(key: str) -> None:
    said = say(key, **FIELDS)
    heard = tell(said, "zh")
    assert heard == _sentences()[key]["zh"].format(**FIELDS)
    assert re.search("[一-鿿]", heard)
    names = [set(re.findall(r"\{(\w+)\}", _sentences()[key][language])) for language in ("en", "zh")]
    assert names[0] == names[1]
    assert tell(said, "en") == said


def test_another_text_stays_as_it_is() -> None:
    assert tell("The frame is fine.", "zh") == "The frame is fine."
