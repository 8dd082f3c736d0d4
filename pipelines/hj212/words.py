"""Sentences about frames: said in English, told in other languages.

Here: filling a sentence of `sentences.yaml`, and telling one that was said. Not here: when to say it.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    return yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each English sentence as a pattern whose groups are its fields, and its key."""
    return tuple(
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(text["en"])), re.DOTALL), key)
        for key, text in _sentences().items()
    )


def say(key: str, **fields: object) -> str:
    """The English sentence under `key` with its fields filled in."""
    return _sentences()[key]["en"].format(**fields)


def tell(said: str, language: str) -> str:
    """A sentence made by `say`, in this language; any other text as it is."""
    for shape, key in _shapes():
        if match := shape.fullmatch(said):
            return _sentences()[key][language].format(**match.groupdict())
    return said
