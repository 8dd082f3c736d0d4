"""Sentences for people, in English and Chinese.

Here: looking a sentence up in `messages.yaml`. Not here: error sentences of the rooms, which carry their own
text.
"""

import os
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import UsageError

LANGUAGES = ("en", "zh")


class Messages:
    """The catalogue in one language."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UsageError(f"Language '{language}' is not known; use one of {', '.join(LANGUAGES)} (--lang).")
        self.language = language

    def __call__(self, key: str, **fields: Any) -> str:
        """The sentence under `key`, its fields filled in."""
        return catalogue()[key][self.language].format(**fields)


def asked_language(arguments: Sequence[str]) -> str:
    """The language of a command line before it is parsed: --lang, else FUSEDINV_LANG, else English."""
    given = [value for option, value in pairwise(arguments) if option == "--lang"]
    given += [argument.removeprefix("--lang=") for argument in arguments if argument.startswith("--lang=")]
    language = given[-1] if given else os.environ.get("FUSEDINV_LANG", "en")
    return language if language in LANGUAGES else "en"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every sentence: key to language to text."""
    return yaml.safe_load(Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8"))
