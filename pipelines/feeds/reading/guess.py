"""Guessing the profile of a file by its header, and what to say where none fits.

Here: which known profile a header belongs to, or is nearest to. Not here: reading rows (`engine`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import FeedUnreadable, UsageError
from pipelines.feeds.formats.reader import read_source
from pipelines.feeds.grammar.catalogue import load_profile, names
from pipelines.feeds.grammar.header import missing_columns
from pipelines.feeds.grammar.hints import nearest
from pipelines.feeds.grammar.profile import Profile, needed_columns
from pipelines.feeds.sentences import Unreadable, sentence
from pipelines.hj212.source import read_blocks

ENCODINGS = ("utf-8", "gb18030")  # tried for the hint where the profile's own does not fit
FORM_KEYS = ("format", "sheet", "encoding", "delimiter", "quote", "header_row", "header_lines")
LOOKED_AT = 65_536  # bytes of a file in which a telegram must begin
SHOWN = 5  # columns named in a hint
LIKE = 0.25  # share of its columns from which a profile is worth naming


@dataclass(frozen=True)
class _Fit:
    """How a profile's columns stand in a header; `encoding` is set where it is not the profile's."""

    name: str
    needed: int
    found: int
    near: dict[str, str]
    missing: list[str]
    encoding: str | None

    @property
    def score(self) -> float:
        """Share of the needed columns that are there, a near one counting half."""
        return (self.found + len(self.near) / 2) / self.needed


def guess_profile(path: Path, search: Sequence[Path], language: str = "en") -> str:
    """Name of the profile that finds the most of its columns in the file's header; all of them must be there.

    Raises:
        UsageError: none fits; the sentence names the nearest profile and its columns.
    """
    profiles = {name: load_profile(name, search).profile for name in names(search)}
    logs = [name for name, profile in profiles.items() if profile.telegrams]
    if logs and _is_log(path):
        return logs[0]
    headers = _headers(path)
    fits = [fit for name, profile in profiles.items() if (fit := _fit(name, profile, headers)) is not None]
    fitting = [fit for fit in fits if not fit.missing and fit.encoding is None]
    if fitting:
        return min(fitting, key=lambda fit: (-fit.needed, fit.name)).name
    known = ", ".join(names(search)) or "-"
    best = max(fits, key=lambda fit: (fit.score, fit.found), default=None)
    hint = _hint(best, language) if best and best.score >= LIKE else ""
    raise UsageError(sentence("check.no_profile", language, file=path.name, names=known, hint=hint))


def _is_log(path: Path) -> bool:
    """True if the file begins like a log of HJ 212 telegrams (## and four digits of length), packed or not."""
    try:
        block = next(read_blocks(path, LOOKED_AT), None)
    except FeedUnreadable:
        return False
    return block is not None and re.search(rb"##\d{4}", block.data[:LOOKED_AT]) is not None


def _headers(path: Path) -> Callable[[Profile], list[str] | None]:
    """The file's header as a profile reads it (None: not at all); profiles that read alike look only once."""
    known: dict[tuple[object, ...], list[str] | None] = {}

    def header(profile: Profile) -> list[str] | None:
        key = tuple(getattr(profile, name) for name in FORM_KEYS)
        if key not in known:
            try:
                known[key] = read_source(path, profile, header_only=True).header
            except Unreadable:
                known[key] = None
        return known[key]

    return header


def _fit(name: str, profile: Profile, headers: Callable[[Profile], list[str] | None]) -> _Fit | None:
    needed = needed_columns(profile)
    own: list[str | None] = [None]  # the profile's encoding
    for encoding in own + [e for e in ENCODINGS if profile.format in (None, "csv") and e != profile.encoding]:
        read = profile.model_copy(update={"encoding": encoding}) if encoding else profile
        header = headers(read)
        if header is None:
            continue
        missing = missing_columns(profile, header)
        found = len(needed) - len(missing)
        return _Fit(name, len(needed), found, nearest(missing, header), missing, encoding) if needed else None
    return None


def _hint(fit: _Fit, language: str) -> str:
    unlike = [
        sentence("check.near", language, wanted=column, near=fit.near[column]) if column in fit.near else column
        for column in sorted(fit.missing, key=lambda column: column not in fit.near)
    ]
    pairs = ", ".join(unlike[:SHOWN]) + (" …" if len(unlike) > SHOWN else "")
    said = sentence("check.unlike", language, pairs=pairs) if pairs else ""
    hint = sentence("check.hint", language, profile=fit.name, found=fit.found, needed=fit.needed, unlike=said)
    return hint + (sentence("check.hint_encoding", language, encoding=fit.encoding) if fit.encoding else "")
