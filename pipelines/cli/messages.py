"""Sentences for people, in English and Chinese.

Here: looking a sentence up in `messages.yaml`. Not here: error sentences of the rooms, which carry their own
text.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import UsageError

LANGUAGES = ("en", "zh")


class Messages:
    """The catalogue in one language."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UsageError(f"Language '{language}' is not known; use one of {', '.join(LANGUAGES)}.")
        self.language = language

    def __call__(self, key: str, **fields: Any) -> str:
        """The sentence under `key`, its fields filled in."""
        return catalogue()[key][self.language].format(**fields)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every sentence: key to language to text."""
    return yaml.safe_load(Path(__file__).with_name("messages.yaml").read_text(encoding="utf-8"))
