"""Code tables and GWP values for the reading of files, from the dbt seeds (the one place where they stand).

Here: reading a seed's CSV for code checks, name lookups and CO2e conversion. Not here: any code or factor.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pipelines.errors import UsageError

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a seed, in file order.

    Raises:
        UsageError: there is no such seed.
    """
    path = SEEDS / f"{name}.csv"
    if not path.is_file():
        raise UsageError(f"There is no code table {name}; a profile or contract names it, dbt_project/seeds lacks it.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


def codes(name: str) -> list[str]:
    """The codes of a seed (its first column), without repetitions, in file order."""
    return list(dict.fromkeys(next(iter(row.values())) for row in seed(name)))


def gwp(species: str, gwp_set: str) -> float:
    """100-year GWP, kg CO2e per kg.

    Raises:
        UsageError: the seed has no such species and set.
    """
    for row in seed("gwp"):
        if (row["species"], row["gwp_set"]) == (species, gwp_set):
            return float(row["gwp"])
    raise UsageError(f"The code table gwp has no value of {species} in {gwp_set}; add the row or mend the profile.")


def normal_name(text: str, drop: Sequence[str] = ()) -> str:
    """Name for comparison: case-folded, accents and punctuation gone, words in `drop` left out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"[\W_]+", " ", plain).split()
    return " ".join(word for word in words if word not in {d.casefold() for d in drop})


def name_codes(
    name: str,
    by: str,
    code: str | None = None,
    where: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> dict[str, str]:
    """Code by normal name, of the seed rows that fit `where`; a name with two codes decides nothing.

    Raises:
        UsageError: the seed lacks one of the columns.
    """
    rows = seed(name)
    if missing := [c for c in (by, code, *(where or {})) if c and rows and c not in rows[0]]:
        raise UsageError(f"The code table {name} has no column {missing[0]}, which a profile's lookup names.")
    found: dict[str, set[str]] = {}
    for row in rows:
        if row[by] and all(row[column] == value for column, value in (where or {}).items()):
            found.setdefault(normal_name(row[by], drop), set()).add(row[code] if code else next(iter(row.values())))
    return {text: next(iter(values)) for text, values in found.items() if len(values) == 1}
