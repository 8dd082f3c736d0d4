"""Names and codes brought to one spelling, so that equal things compare equal.

Here: pure text functions. What counts as noise in a name (company forms, marks) is data in `noise.yaml`.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

_NOT_WORD = re.compile(r"[\W_]+", re.UNICODE)


@cache
def _noise() -> re.Pattern[str]:
    spec: dict[str, list[str]] = yaml.safe_load(
        (Path(__file__).parent / "noise.yaml").read_text(encoding="utf-8")
    )
    anywhere = "|".join(re.escape(text) for text in sorted(spec["anywhere"], key=len, reverse=True))
    words = "|".join(re.escape(text) for text in sorted(spec["words"], key=len, reverse=True))
    return re.compile(rf"(?:{anywhere})|(?<!\w)(?:{words})(?!\w)")


def normalise_name(name: str | None) -> str | None:
    """One spelling of a plant name: NFKC (full-width to half-width), lower case, no company form, no punctuation.

    Returns None for an empty name. A name made of noise only keeps its noise, so that it still equals itself.
    """
    if not name:
        return None
    folded = unicodedata.normalize("NFKC", name).lower()
    bare = _NOT_WORD.sub("", _noise().sub(" ", folded))
    return bare or _NOT_WORD.sub("", folded) or None


def normalise_code(code: str | None) -> str | None:
    """One spelling of a code: NFKC, upper case, no blanks; leading zeros stay, because codes are text."""
    if not code:
        return None
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", code)).upper() or None
