"""The sentences of the command line: complete in both languages, same fields, no stage without a name."""

import string

import pytest

from pipelines.cli.messages import LANGUAGES, Messages, catalogue
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
