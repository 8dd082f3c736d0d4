"""Sentences about a file's problems, in English and Chinese.

Here: looking a sentence up in `sentences.yaml`, and the error that carries one. Not here: who prints it, and in
which language.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import Told, UsageError

LANGUAGES = ("en", "zh")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every sentence: key to language to text."""
    return yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))


def sentence(key: str, language: str = "en", **fields: Any) -> str:
    """The sentence under `key` with its fields filled in.

    Raises:
        UsageError: an unknown language.
    """
    if language not in LANGUAGES:
        raise UsageError(f"Language '{language}' is not known; use one of {', '.join(LANGUAGES)}.")
    return catalogue()[key][language].format(**fields)


def label(code: str, language: str = "en") -> str:
    """A reason code in words; the code itself where a profile made it up."""
    return sentence(f"label.{code}", language) if f"label.{code}" in catalogue() else code


class Unreadable(Told):
    """Why a file cannot be read at all."""

    def template(self, language: str) -> str:
        return catalogue()[f"unreadable.{self.key}"][language]
