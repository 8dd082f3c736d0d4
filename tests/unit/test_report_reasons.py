"""The sentences of the ledgers: each with its Chinese, same fields, and none that a model writes is left out."""

import csv
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.report.reasons import Reasons, Sentence


@pytest.fixture(scope="module")
def seed(repository: Path) -> list[dict[str, str]]:
    """Rows of the seed `reason`."""
    with (repository / "dbt_project" / "seeds" / "reason.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def reasons(seed: list[dict[str, str]]) -> Reasons:
    return Reasons(Sentence(row["text_en"], row["text_zh"]) for row in seed)


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def test_both_languages_have_the_same_fields_and_no_sentence_stands_twice(seed: list[dict[str, str]]) -> None:
    assert [row for row in seed if fields(row["text_en"]) != fields(row["text_zh"])] == []
    texts = [re.sub(r"\{\w+\}", "{}", row["text_en"]) for row in seed]
    assert sorted(texts) == sorted(set(texts))


def expected_reasons(repository: Path) -> Iterator[tuple[str, str]]:
    """Model and reason of every row that a dbt unit test of the ledger expects, as worked by hand."""
    for file in sorted((repository / "dbt_project" / "models").glob("*/_unit_tests_*.yml")):
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]:
            model = test["model"]
            if not model.startswith(("int_candidate", "int_statistics", "int_ledger", "emission_candidate")):
                continue
            for row in _rows(test["expect"]):
                reason = row.get("reason") or row.get("ineligible_reason") or row.get("fault")
                if reason and not reason.endswith(("…", ": x", ": far")):  # placeholders of a test, handed through
                    yield model, reason


def _rows(expect: dict[str, Any]) -> list[dict[str, Any]]:
    return expect["rows"] if isinstance(expect["rows"], list) else []


def test_every_reason_worked_by_hand_has_its_chinese(repository: Path, reasons: Reasons) -> None:
    worked = set(expected_reasons(repository))
    assert len({model for model, _ in worked}) >= 6
    assert sorted(item for item in worked if not is_chinese(reasons.in_chinese(item[1]))) == []


def test_every_reference_of_a_sanity_band_and_every_word_of_linking_has_its_chinese(
    repository: Path, reasons: Reasons
) -> None:
    with (repository / "dbt_project" / "seeds" / "sanity_band.csv").open(encoding="utf-8", newline="") as file:
        words = [row["name_en"] for row in csv.DictReader(file) if row["subject"] == "report"]
    linking = next((repository / "pipelines" / "identity").rglob("linking.yaml"))
    words += _texts(yaml.safe_load(linking.read_text(encoding="utf-8")))
    assert len(words) > 50
    assert [word for word in words if not is_chinese(reasons.in_chinese(word))] == []


def _texts(node: Any) -> list[str]:
    """Values of `label` and `reason` anywhere in a tree of YAML."""
    if isinstance(node, list):
        return [text for item in node for text in _texts(item)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key in ("label", "reason")]
    return own + [text for value in node.values() for text in _texts(value)]


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("rank 40 lost to rank 20 (fuel_tested)", "优先级 40 低于优先级 20（fuel_tested）"),
        (
            "out_of_band: 1.119e+13 kg is 6.5e+09 times the statistics total of the plant (1721 kg); "
            "credible is at most 10 times",
            "超出合理区间：1.119e+13 kg 为该厂环境统计合计（1721 kg）的 6.5e+09 倍；可信范围为至多 10 倍",
        ),
        (
            "chosen: nowcast of 2 month(s); 120.0 kg of 10 month(s) to date, ratio 1.2 to the same months of 2023, the"
            " other months follow its own of that year",
            "采用：2 个月的临近估计；以年初至今 10 个月的 120.0 kg 为基础，"
            "为该源 2023 年同月的 1.2 倍，其余月份按该源该年的逐月变化",
        ),
        ("same name; within 1 km; but the names differ", "名称相同；相距不超过 1 km；但名称不同"),
        (
            "superseded: a firmer edition of the form counts, this is the flash one",
            "已被取代：以更确定的报表版本为准，此为快报数",
        ),
        ("Zhang Wei looked it up on site", "Zhang Wei looked it up on site"),
    ],
)
def test_a_reason_is_told_in_chinese_and_a_note_is_left_alone(reasons: Reasons, reason: str, chinese: str) -> None:
    assert reasons.in_chinese(reason) == chinese


def test_a_release_without_sentences_leaves_reasons_as_they_are() -> None:
    assert Reasons([]).in_chinese("rank 40 lost to rank 20 (cems)") == "rank 40 lost to rank 20 (cems)"
