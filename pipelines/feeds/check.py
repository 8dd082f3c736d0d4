"""Checking one file before it is dropped into landing: what the pipeline would keep and refuse, and why.

Here: the answer of `fusedinv check` as a dict, and the guess of a profile by its header. Not here:
printing, writing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import FeedUnreadable, InventoryError, UsageError
from pipelines.feeds.catalogue import folders, load_profile, names
from pipelines.feeds.engine import RawResult, read_file
from pipelines.feeds.feedset import load_feed_set
from pipelines.feeds.plan import Context
from pipelines.feeds.profile import Filter, needed_columns
from pipelines.feeds.reader import Unreadable, read_source

EXAMPLES = 20
NEUTRAL_YEAR = 2000  # `{year}` only stamps constants; it decides no row


def check_file(
    path: Path,
    profile_name: str | None = None,
    *,
    territory: str | None = None,
    year: int | None = None,
    where: Filter | None = None,
    search: Sequence[Path] | None = None,
) -> dict[str, Any]:
    """Read one file as the pipeline would.

    Args:
        path: the file.
        profile_name: profile to read it with; None takes that of a feed set beside the file, else
            guesses by header.
        territory: narrows name lookups (county names); None does not.
        year: stands in for the feed set's year.
        where: row filter; None takes that of a feed set beside the file.
        search: folders with profiles; None takes `profiles/` beside the feed set, then the built-in ones.

    Returns:
        file, profile, read, kept, rejected, duplicates, filtered, reasons {code: n}, and up to 20 examples
        {row, column, value, reason_code, message}.

    Raises:
        UsageError: no such file or profile, or no profile fits the header.
        FeedUnreadable: the file cannot be read at all.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"There is no file {path}; name a feed file to check.")
    listed = _listed(path)
    search = search or folders(listed["root"] if listed else path.parent)
    profile_name = profile_name or (listed["profile"] if listed else guess_profile(path, search))
    if listed and listed["profile"] == profile_name:
        territory, year = territory or listed["territory"], year or listed["year"]
        where = listed["where"] if where is None else where
    profile = load_profile(profile_name, search).profile
    context = Context(territory=territory, year=year or NEUTRAL_YEAR)
    try:
        result = read_file(path, profile, context, where)
    except Unreadable as error:
        raise FeedUnreadable(f"{path.name} ({profile_name}): {error}") from error
    try:
        return _summary(path, profile_name, result)
    finally:
        result.con.close()


def guess_profile(path: Path, search: Sequence[Path]) -> str:
    """Name of the profile that finds the most of its columns in the file's header; all of them must be there.

    Raises:
        UsageError: none fits.
    """
    fitting: list[tuple[int, str]] = []
    for name in names(search):
        profile = load_profile(name, search).profile
        needed = needed_columns(profile)
        try:
            header = set(read_source(path, profile, header_only=True).header)
        except Unreadable:
            continue
        if needed and header.issuperset(needed):
            fitting.append((-len(needed), name))
    if not fitting:
        raise UsageError(
            f"{path.name}: no profile fits its header. Name one with --profile "
            f"({', '.join(names(search)) or 'none known'}) or write one (docs/profiles.md)."
        )
    return min(fitting)[1]


def _listed(path: Path) -> dict[str, Any] | None:
    """How a feed set in one of the folders above the file lists it; None if none does."""
    for folder in list(path.absolute().parents)[:3]:
        for yaml_file in sorted(folder.glob("feeds*.yaml")):
            try:
                feed_set = load_feed_set(yaml_file)
            except InventoryError:  # a broken feed set is no obstacle to checking a file
                continue
            for entry, file in feed_set.files():
                if file.resolve() == path.resolve():
                    context = feed_set.context(entry.year)
                    return {
                        "root": feed_set.root,
                        "profile": entry.profile,
                        "where": entry.where,
                        "territory": context.territory,
                        "year": context.year,
                    }
    return None


def _summary(path: Path, profile_name: str, result: RawResult) -> dict[str, Any]:
    return {
        "file": str(path),
        "profile": profile_name,
        "read": result.read,
        "kept": result.kept,
        "rejected": result.rejected,
        "duplicates": result.duplicates,
        "filtered": result.filtered,
        "reasons": result.reasons,
        "examples": [
            {
                "row": row["row_no"],
                "column": row["column_name"],
                "value": row["value"],
                "reason_code": row["reason_code"],
                "message": row["message"],
            }
            for row in result.rejects()[:EXAMPLES]
        ],
    }
