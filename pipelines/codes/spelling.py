"""Spelling: one form for codes that were typed in full width, in lower case or with blanks.

Here: characters only. Each function stands beside its DuckDB twin, which gives the same on every text. Not here: what
a code means.
"""

import re

# Full-width forms U+FF01–FF5E stand 0xFEE0 above ASCII.
FULL = "".join(map(chr, range(0xFF01, 0xFF5F)))
HALF = "".join(chr(ord(c) - 0xFEE0) for c in FULL)
LOWER, UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Zero-width characters, byte-order mark, soft hyphen: nobody sees them, and pages and spreadsheets add them.
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
BLANK = " \t\r\n\u00a0\u202f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_NOTHING = f"[{INVISIBLE}{BLANK}]"
_HALF_WIDTH = str.maketrans(FULL, HALF)
_CODE_FROM, _CODE_TO = FULL + LOWER, HALF.upper() + UPPER
_CODE = str.maketrans(_CODE_FROM, _CODE_TO)


def quote(text: str) -> str:
    """SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def half_width(text: str) -> str:
    """Full-width letters, digits and marks as ASCII: `ＤＡ００１` is DA001."""
    return text.translate(_HALF_WIDTH)


def half_width_sql(text: str) -> str:
    """`half_width` of a text expression."""
    return f"translate({text}, {quote(FULL)}, {quote(HALF)})"


def code(text: str) -> str:
    """Half width, upper case, without blanks and invisible characters."""
    return re.sub(_NOTHING, "", text).translate(_CODE)


def code_sql(text: str) -> str:
    """`code` of a text expression. Most texts are in this form already, and to see that is four times cheaper."""
    mended = f"translate(regexp_replace({text}, '{_NOTHING}', '', 'g'), {quote(_CODE_FROM)}, {quote(_CODE_TO)})"
    return f"case when regexp_full_match({text}, '[!-`{{-~]*') then {text} else {mended} end"


_SUFFIX = r"\([^()]*\)$"


def without_suffix(text: str) -> str:
    """A text in half width without the bracket at its end: `…821(01)` is …821."""
    return re.sub(_SUFFIX, "", text)


def without_suffix_sql(text: str) -> str:
    """`without_suffix` of a text expression."""
    return f"case when ends_with({text}, ')') then regexp_replace({text}, '{_SUFFIX}', '') else {text} end"
