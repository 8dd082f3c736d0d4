"""Made-up but well-formed identifiers: credit codes, permit numbers, logger numbers, names.

Here: the check digits of GB 32100 and GB 11714 (brief 04 §4.1). Not here: any check of codes that are read.
"""

import numpy as np

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(body: str) -> str:
    """Check character of the 8 characters of an organisation code (GB 11714)."""
    value = 11 - sum(w * int(c, 36) for w, c in zip(_ORG_WEIGHTS, body, strict=True)) % 11
    return {10: "X", 11: "0"}.get(value, str(value))


def uscc_check(body: str) -> str:
    """Check character of the first 17 characters of a credit code (GB 32100)."""
    total = sum(w * USCC_ALPHABET.index(c) for w, c in zip(_USCC_WEIGHTS, body, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def credit_code(rng: np.random.Generator, county: str) -> str:
    """An enterprise's 18-character code, registered in this county or its city; new firms have MA… inside."""
    body = county if rng.random() < 0.8 else county[:4] + "00"
    digits = "".join(str(d) for d in rng.integers(0, 10, 8))
    if rng.random() < 0.5:
        letters = rng.integers(0, len(USCC_ALPHABET), 6)
        digits = "MA" + "".join(USCC_ALPHABET[i] for i in letters)
    code = "91" + body + digits + organisation_check(digits)
    return code + uscc_check(code)


def credit_codes(rng: np.random.Generator, counties: list[str]) -> list[str]:
    """One distinct code per county named."""
    seen: dict[str, None] = {}
    for county in counties:
        while (code := credit_code(rng, county)) in seen:
            pass
        seen[code] = None
    return list(seen)


def without_credit_code(county: str, serial: int) -> str:
    """18 characters for a unit without a credit code (rule of 2016: H9, body, 0000, serial, letter)."""
    return f"H9{county}0000{serial:05d}" + "abcdefghjklmnpqrstuvwxyz"[serial % 24]


def logger_number(rng: np.random.Generator) -> str:
    """MN of a data logger: 24 hex digits."""
    return "".join("0123456789ABCDEF"[i] for i in rng.integers(0, 16, 24))


def names(rng: np.random.Generator, counties: list[str], words: list[str], syllables: list[str]) -> list[str]:
    """Distinct, visibly synthetic names: 【合成】 county, two syllables, trade, legal form."""
    seen: dict[str, None] = {}
    for county, word in zip(counties, words, strict=True):
        while True:
            first, second = rng.choice(len(syllables), 2, replace=False)
            name = f"【合成】{county}{syllables[first]}{syllables[second]}{word}有限公司"
            if name not in seen:
                break
        seen[name] = None
    return list(seen)
