"""Names, addresses and codes brought to one spelling, so that equal things compare equal.

Here: DuckDB expressions, because there are half a million names. What counts as noise in a name (company forms, marks)
is data in `noise.yaml`. Not here: likeness of names (`probabilistic`), grammars of codes (`codes`).
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import duckdb
import yaml

from pipelines.codes.spelling import code_sql, half_width_sql, quote
from pipelines.identity.small import TEXT, write_temp

# Texts of these characters have in NFKC the form that `half_width_sql` gives; the others are few and are folded one by
# one: ASCII, Latin letters of western Europe, Han characters and their punctuation, full-width ASCII.
_PLAIN = r"[ -~À-ÿ\x{3000}-\x{3011}\x{4e00}-\x{9fff}\x{ff01}-\x{ff5e}]*"
_SITE_OF_PERMIT = "[0-9A-Z]{18}[0-9]{3}[A-Z]"


def fold(con: duckdb.DuckDBPyConnection, texts: str) -> None:
    """Make the temp table `folded` (text, folded: NFKC) of those rows of query `texts` that SQL cannot fold."""
    rows = con.execute(
        f"select distinct text from ({texts}) as given (text) where not regexp_full_match(text, {quote(_PLAIN)})"
    ).fetchall()
    folded = sorted((text, unicodedata.normalize("NFKC", text)) for (text,) in rows)
    write_temp(con, "folded", {"text": TEXT, "folded": TEXT}, folded)


def folded_sql(text: str, folded: str) -> str:
    """One width, one case, no accents, of a text and its row in `folded`."""
    return f"strip_accents(lower(coalesce({folded}, {half_width_sql(text)})))"


def name_sql(folded: str) -> str:
    """One spelling of a plant name: no company form, no punctuation, no blanks.

    Empty becomes NULL. A name made of noise only keeps its noise, so that it still equals itself.
    """
    anywhere, words = _noise()
    # Blanks are doubled so that each word has its own on both sides, and the next word too.
    spaced = f"'  ' || regexp_replace(regexp_replace({folded}, {anywhere}, ' ', 'g'), {_NOT_WORD}, '  ', 'g') || '  '"
    bare = f"replace(regexp_replace({spaced}, {words}, ' ', 'g'), ' ', '')"
    return f"coalesce(nullif({bare}, ''), {letters_sql(folded)})"


def letters_sql(folded: str) -> str:
    """Letters and digits of a folded text alone, NULL if it has none (addresses)."""
    return f"nullif(regexp_replace({folded}, {_NOT_WORD}, '', 'g'), '')"


def legal_sql(code: str) -> str:
    """Key of a legal unit: the organisation code, which older files give alone.

    GB 32100: characters 9 to 17 of a credit code; HJ 608: also of H9 codes, unless they hold a serial (0000…), which is
    unique with its issuing body only. Codes of zeros are no codes.
    """
    spelt = f"nullif({code_sql(code)}, '')"
    is_credit_code = f"length({spelt}) = 18 and {spelt} not like 'H9______0000%'"
    unit = f"case when {is_credit_code} then substr({spelt}, 9, 9) else {spelt} end"
    return f"case when not regexp_full_match({spelt}, '0*') then {unit} end"


def permit_sql(number: str) -> str:
    """Key of a permit: HJ 608 numbers without their last letter, which is only the class of the entry.

    A registration (…001X) that became a permit (…001P) is the same unit and site.
    """
    spelt = f"nullif({code_sql(number)}, '')"
    return f"case when regexp_full_match({spelt}, {quote(_SITE_OF_PERMIT)}) then left({spelt}, 21) else {spelt} end"


_NOT_WORD = quote(r"[^\p{L}\p{N}]+")


@cache
def _noise() -> tuple[str, str]:
    """SQL literals of two patterns: noise anywhere in a name, and noise that is a word (or words) of its own."""
    spec: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "noise.yaml").read_text(encoding="utf-8"))
    words = {"  ".join(re.findall(r"\w+", word)) for word in spec["words"]}
    longest = sorted(spec["anywhere"], key=len, reverse=True), sorted(words, key=len, reverse=True)
    anywhere, word = ("|".join(map(re.escape, texts)).replace(r"\ ", " ") for texts in longest)
    return quote(f"(?:{anywhere})"), quote(f" (?:{word}) ")
