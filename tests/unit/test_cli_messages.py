"""The sentences of the command line: complete in both languages, same fields, no stage without a name."""

import string

import pytest

from pipelines import contracts
from pipelines.cli.messages import LANGUAGES, Messages, asked_language, catalogue
from pipelines.cli.progress import STYLES
from pipelines.errors import UsageError
from pipelines.orchestration.stages import STAGES


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_say_the_same_with_the_same_fields(key):
    texts = catalogue()[key]
    assert set(texts) == set(LANGUAGES)
    assert fields(texts["en"]) == fields(texts["zh"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_and_status_has_a_name(language):
    say = Messages(language)
    assert len({say(f"stage.{stage}") for stage in STAGES}) == len(STAGES)
    assert all(say(f"status.{status}") for status in STYLES)


def test_an_unknown_language_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="use one of en, zh"):
        Messages("fr")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("emission", "status"), ("emission", "source_kind"), ("emission", "feed"), ("emission_candidate", "scope"),
        ("crosswalk", "method"), ("site_event", "event"),
    ],
)  # fmt: skip
def test_every_code_that_is_shown_has_a_word(table, column):
    codes = contracts.load("public")[table].column(column).values
    assert codes and [code for code in codes if f"word.{code}" not in catalogue()] == []


@pytest.mark.parametrize(
    ("arguments", "language"),
    [(["x", "--lang", "zh"], "zh"), (["x", "--lang=zh"], "zh"), (["x"], "en"), (["--lang", "fr"], "en")],
)
def test_the_language_is_known_before_a_command_line_is_parsed(arguments, language, monkeypatch):
    monkeypatch.delenv("FUSEDINV_LANG", raising=False)
    assert asked_language(arguments) == language
    monkeypatch.setenv("FUSEDINV_LANG", "zh")
    assert asked_language(["refresh"]) == "zh"
