"""Hints for a header that no profile knows: what is nearest to it.

Here: nearness of names. Not here: which sentence says so (`check`, `compile`).
"""

import difflib
from collections.abc import Sequence

NEAR = 0.6  # share of characters in common, as difflib counts it


def nearest(wanted: Sequence[str], header: Sequence[str]) -> dict[str, str]:
    """Wanted column → the column of the header that looks most like it; those without a like are left out."""
    folded = {name.casefold(): name for name in reversed(header) if name not in wanted}
    found = {name: difflib.get_close_matches(name.casefold(), list(folded), 1, NEAR) for name in wanted}
    return {name: folded[near[0]] for name, near in found.items() if near}
