"""The header of a file as its profile names it: other names of a column, and units in brackets behind a name.

Here: which column of the file is which name of the profile. Not here: what a column means (`compile`), nearness of
names that fit nowhere (`hints`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.feeds.grammar.profile import Filter, Profile, column_specs, many, needed_columns

UNIT = re.compile(r"(.+?)\s*[(（\[【]([^(（\[【]+)[)）\]】]\s*")


@dataclass(frozen=True)
class Header:
    """Columns of a file in order.

    Attributes:
        columns: names in the file.
        names: names in the profile; those of the file where the profile knows none.
        units: unit that the header gives a name.
    """

    columns: list[str]
    names: list[str]
    units: dict[str, str] = field(default_factory=dict)

    def in_file(self, name: str) -> str:
        """The file's name of a column."""
        return self.columns[self.names.index(name)] if name in self.names else name


def read_header(profile: Profile, columns: Sequence[str]) -> Header:
    """Name the columns of a file. An exact name goes before an alias, an earlier alias before a later one.

    Letter case, blanks and full width do not count in an alias, nor in a name with a unit in brackets.
    """
    with_unit = {name: None for spec in column_specs(profile) if spec.unit_in_header for name in many(spec.source)}
    in_brackets = {at: match.groups() for at, column in enumerate(columns) if (match := UNIT.fullmatch(column))}
    folded = [_fold(column) for column in columns]
    names, units = list(columns), dict[str, str]()
    for name in (name for name in {**profile.aliases, **with_unit} if name not in columns):
        for known in map(_fold, (name, *profile.aliases.get(name, []))):
            found = [at for at, column in enumerate(folded) if column == known]
            if not found and name in with_unit:
                found = [at for at, (bare, _) in in_brackets.items() if _fold(bare) == known]
                units |= {name: in_brackets[found[0]][1].strip()} if found else {}
            if found:
                names = [name if at in found else other for at, other in enumerate(names)]
                break
    return Header(list(columns), names, units)


def missing_columns(profile: Profile, columns: Sequence[str], where: Filter | None = None) -> list[str]:
    """Columns that the profile needs and the file does not have under any name."""
    names = read_header(profile, columns).names
    return [column for column in needed_columns(profile, where) if column not in names]


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
