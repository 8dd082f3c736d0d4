"""Reasons of the ledgers in Chinese, by the sentences of the public table `reason`.

Here: finding the sentence that a reason was written after and filling the Chinese one. Not here: the sentences (seed
`reason`), the rules that give a reason (dbt models, `identity/`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import duckdb

from pipelines.report.rows import has_table, rows

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages; `text_en` holds fields in braces, `text_zh` the same ones."""

    text_en: str
    text_zh: str

    def fields(self, reason: str) -> dict[str, str] | None:
        """What stands in the fields if the reason was written after this sentence, else None."""
        match = _pattern(self.text_en).fullmatch(reason)
        return match.groupdict() if match else None

    def literal_length(self) -> int:
        """Characters outside the fields: of two sentences that fit, the one with more of them says more."""
        return len(_FIELD.sub("", self.text_en))


class Reasons:
    """The sentences of a release."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.sentences = sorted(sentences, key=lambda s: (-s.literal_length(), s.text_en))

    def in_chinese(self, reason: str) -> str:
        """The reason in Chinese, sentences within its fields too; what fits none (a reviewer's note) as it stands."""
        for sentence in self.sentences:
            fields = sentence.fields(reason)
            if fields is not None:
                return sentence.text_zh.format(**{name: self.in_chinese(text) for name, text in fields.items()})
        return reason


def read_reasons(con: duckdb.DuckDBPyConnection) -> Reasons:
    """The sentences of a release; none if it was published before it held them."""
    if not has_table(con, "reason"):
        return Reasons([])
    return Reasons(Sentence(**row) for row in rows(con, "select text_en, text_zh from v1.reason"))


@cache
def _pattern(text_en: str) -> re.Pattern[str]:
    parts = _FIELD.split(text_en)  # literal, field, literal, field, … literal
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL
    )
