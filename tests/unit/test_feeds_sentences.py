"""The catalogue of sentences, hints for unknown headers, and the answer of a check as text."""

import string
from pathlib import Path

import pytest

from pipelines.codes import GRAMMARS
from pipelines.errors import FeedUnreadable, UsageError
from pipelines.feeds.grammar.hints import nearest
from pipelines.feeds.reading.check import check_file, lines
from pipelines.feeds.sentences import LANGUAGES, catalogue, label, sentence

PROFILE = """
feed: permit
tables:
  - table: permit__site
    columns:
      scheme: {constant: TEST}
      record_key: 许可证编号
      site_name: 单位名称
      lon_deg: 经度
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_has_both_languages_and_the_same_fields() -> None:
    assert len(catalogue()) > 100
    for key, texts in catalogue().items():
        assert list(texts) == list(LANGUAGES), key
        assert fields(texts["en"]) == fields(texts["zh"]), key


def test_every_finding_of_a_grammar_has_label_and_sentence() -> None:
    words = [word for grammar in GRAMMARS.values() for word in (*grammar.faults, *grammar.repaired)]
    assert len(words) > 15
    for word in words:
        for language in LANGUAGES:
            assert label(word, language) != word
            assert "A1" in sentence(word, language, column="c", value="A1")


def test_an_unknown_language_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'fr' is not known; use one of en, zh"):
        sentence("nothing", "fr")


def test_the_nearest_column_is_found() -> None:
    assert nearest(["许可证编号", "Emission"], ["许可证号", "emissions", "x"]) == {
        "许可证编号": "许可证号",
        "Emission": "emissions",
    }
    assert nearest(["许可证编号"], ["a", "b"]) == {}


def test_an_unknown_header_gets_the_nearest_profile(folder: Path) -> None:
    path = write(folder, "许可证号,单位名称,经度\n", "gb18030")
    with pytest.raises(UsageError) as refused:
        check_file(path, search=[folder])
    assert "The nearest is own: 2 of its 3 columns are there; it needs 许可证编号 (the file has 许可证号)." in str(
        refused.value
    )
    assert "gb18030" in str(refused.value)
    with pytest.raises(UsageError, match="最接近的是 own：所需 3 列中有 2 列；还需要 许可证编号（文件中有 许可证号）"):
        check_file(path, search=[folder], language="zh")


def test_nothing_is_named_where_nothing_is_near(folder: Path) -> None:
    with pytest.raises(UsageError) as refused:
        check_file(write(folder, "a,b\n"), search=[folder])
    assert refused.value.message.endswith("or write one (docs/profiles.md).")


@pytest.mark.parametrize(("language", "words"), [("en", "lacks the column 许可证编号"), ("zh", "缺少列 许可证编号")])
def test_a_named_profile_tells_the_nearest_columns(folder: Path, language: str, words: str) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        check_file(write(folder, "许可证号,单位名称,经度\n"), "own", search=[folder], language=language)
    assert words in refused.value.message
    assert "许可证编号 ← 许可证号" in refused.value.message


def test_problems_come_ten_at_a_time(folder: Path) -> None:
    rows = "".join(f"k{i},n,{'x' if i < 23 else 200 if i < 25 else 1}\n" for i in range(30))
    path = write(folder, "许可证编号,单位名称,经度\n" + rows)
    seen = []
    for page in (1, 2, 3):
        answer = check_file(path, search=[folder], language="zh", page=page)
        assert (answer["rejected"], answer["pages"], answer["page"]) == (25, 3, page)
        seen += [example["row"] for example in answer["examples"]]
    assert seen == list(range(2, 27))
    told = lines(check_file(path, search=[folder], language="zh"), "zh")
    assert told[0].endswith("（own）：读取 30 条，保留 5，拒绝 25，重复 0")
    assert told[1:4] == [
        "  number_malformed：23（不是数字）",
        "  out_of_band：2（超出合理范围）",
        "被拒绝，第 1–10 条，共 25 条：",
    ]
    assert told[4].endswith("“经度”的值 x 不是数字（小数点为 .）；请更正或留空。")
    assert told[-1] == "用 --page 2 查看后十条（共 3 页）。"
    assert lines(check_file(path, search=[folder], page=3))[-1].startswith("  row 26, 经度 = '200': 经度 holds 200")
    with pytest.raises(UsageError, match="Pages count from 1"):
        check_file(path, search=[folder], page=0)
