"""Unified social credit codes (统一社会信用代码, GB 32100-2015) and the older codes found in their place.

Here: alphabet, both check digits, the codes of units without a credit code. Not here: what region or unit a code
belongs to; positions 3–8 name the body that registered it, not the place of the plant.
"""

from pipelines.codes import spelling
from pipelines.codes.grammar import Grammar, Repair, Rule, differs, matches
from pipelines.codes.spelling import quote

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100 table 1: without I, O, S, V, Z
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997 clause 3.3
ORGANISATION_CHECKS = "0123456789X"
# Genuine codes that were given out with a wrong check character.
EXCEPTIONS = ("91350203M0001QAY9B",)


def uscc_check(body: str) -> str:
    """Check character of the first 17 characters of a credit code (GB 32100 clause 4.5): 31 − Σ c·3^(i−1) mod 31.

    Raises:
        ValueError: a character outside the alphabet.
    """
    total = sum(weight * ALPHABET.index(c) for weight, c in zip(WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """Check character of the first 8 characters of an organisation code (GB 11714 clause 3.3): 11 − Σ c·w mod 11.

    Letters count 10…35 here, unlike in the credit code around it.

    Raises:
        ValueError: a character that is neither digit nor capital.
    """
    total = sum(weight * BASE_36.index(c) for weight, c in zip(ORGANISATION_WEIGHTS, body, strict=True))
    return ORGANISATION_CHECKS[-total % 11]


def _sum_sql(text: str, first: int, weights: tuple[int, ...], alphabet: str) -> str:
    return " + ".join(
        f"{weight} * (strpos({quote(alphabet)}, substr({text}, {position}, 1)) - 1)"
        for position, weight in enumerate(weights, first)
    )


def _uscc_sql(text: str) -> str:
    """True where the 18th character is not the check character of the 17 before (all of the alphabet)."""
    check = f"strpos({quote(ALPHABET)}, substr({text}, 18, 1)) - 1"
    return f"({_sum_sql(text, 1, WEIGHTS, ALPHABET)} + {check}) % 31 <> 0"


def _organisation_sql(text: str, first: int) -> str:
    """True where the ninth character from `first` is not the check character of the eight before."""
    check = f"strpos({quote(ORGANISATION_CHECKS)}, substr({text}, {first + 8}, 1)) - 1"
    total = _sum_sql(text, first, ORGANISATION_WEIGHTS, BASE_36)
    # A character that is no check character has position −1, which no sum may make good.
    return f"({check} < 0 or ({total} + {check}) % 11 <> 0)"


def _old_organisation(text: str) -> bool:
    return _NINE.applies(text) and organisation_check(text[:8]) == text[8]


_NINE = matches("uscc_old_organisation", "[0-9A-Z]{8}[0-9X]")

USCC = Grammar(
    name="uscc",
    repairs=(
        Repair("uscc_spelling", spelling.code, spelling.code_sql),
        Repair("uscc_suffix", spelling.without_suffix, spelling.without_suffix_sql),
    ),
    rules=(
        # Units without a credit code (trial rule of 2016): H9, body, serial or organisation code, letter.
        matches(None, "H9[0-9]{6}[0-9A-Z]{9}[A-HJ-NP-Z]"),
        matches("uscc_old_registration", "[0-9]{15}"),
        Rule(
            "uscc_old_organisation",
            _old_organisation,
            lambda text: f"({_NINE.sql(text)} and not {_organisation_sql(text, 1)})",
        ),
        Rule("uscc_length", lambda text: len(text) != 18, lambda text: f"length({text}) <> 18"),
        differs("uscc_alphabet", f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}"),
        Rule(
            None,
            lambda text: text in EXCEPTIONS,
            lambda text: f"{text} in ({', '.join(map(quote, EXCEPTIONS))})",
        ),
        Rule("uscc_check", lambda text: uscc_check(text[:17]) != text[17], _uscc_sql),
        Rule(
            "uscc_inner_check",
            lambda text: organisation_check(text[8:16]) != text[16],
            lambda text: _organisation_sql(text, 9),
        ),
    ),
    kinds=(
        ("H9.*", "without_credit_code"),
        ("91.*", "enterprise"),
        ("92.*", "individual_business"),
        ("93.*", "farmers_cooperative"),
        ("[15].*", "public_or_civil_body"),
        (".*", "other"),
    ),
)
