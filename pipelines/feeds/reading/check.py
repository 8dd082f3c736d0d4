"""Checking one file before it is dropped into landing: what the pipeline would keep and refuse, and why.

Here: the answer of `fusedinv check` as a dict and as lines of text, in English or Chinese. Not here: the guess of a
profile (`guess`), printing, writing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import FeedUnreadable, InventoryError, UsageError
from pipelines.feeds.grammar.catalogue import folders, load_profile
from pipelines.feeds.grammar.feedset import Context, load_feed_set
from pipelines.feeds.grammar.profile import Filter
from pipelines.feeds.reading.engine import read_file
from pipelines.feeds.reading.guess import guess_profile
from pipelines.feeds.reading.result import RawResult
from pipelines.feeds.sentences import Unreadable, label, sentence

PAGE = 10  # problems shown at a time
NEUTRAL_YEAR = 2000  # `{year}` only stamps constants; it decides no row


def check_file(
    path: Path,
    profile_name: str | None = None,
    *,
    territory: str | None = None,
    year: int | None = None,
    where: Filter | None = None,
    search: Sequence[Path] | None = None,
    language: str = "en",
    page: int = 1,
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
        language: of the sentences, en or zh.
        page: which ten problems are shown, from 1.

    Returns:
        file, profile, read, kept, rejected, duplicates, filtered, notices; reasons and notice_reasons {code: n};
        page, pages; and ten each of the refused rows and of the notices on kept rows, as examples and
        notice_examples {row, column, value, reason_code, message}.

    Raises:
        UsageError: no such file or profile, or no profile fits the header.
        FeedUnreadable: the file cannot be read at all.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(sentence("check.no_file", language, path=path))
    if page < 1:
        raise UsageError(sentence("check.no_page", language))
    listed = _listed(path)
    search = search or folders(listed["root"] if listed else path.parent)
    profile_name = profile_name or (listed["profile"] if listed else guess_profile(path, search, language))
    if listed and listed["profile"] == profile_name:
        territory, year = territory or listed["territory"], year or listed["year"]
        where = listed["where"] if where is None else where
    profile = load_profile(profile_name, search).profile
    context = Context(territory=territory, year=year or NEUTRAL_YEAR, language=language)
    try:
        result = read_file(path, profile, context, where)
    except Unreadable as error:
        raise FeedUnreadable(f"{path.name} ({profile_name}): {error.tell(language)}") from error
    try:
        return _summary(path, profile_name, result, page)
    finally:
        result.con.close()


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


def _summary(path: Path, profile_name: str, result: RawResult, page: int) -> dict[str, Any]:
    first = (page - 1) * PAGE
    return {
        "file": str(path),
        "profile": profile_name,
        "read": result.read,
        "kept": result.kept,
        "rejected": result.rejected,
        "duplicates": result.duplicates,
        "filtered": result.filtered,
        "notices": result.notices,
        "reasons": result.reasons,
        "notice_reasons": result.notice_reasons,
        "page": page,
        "pages": max(1, -(-max(result.rejected, result.notices) // PAGE)),
        "examples": [_example(row) for row in result.rejects()[first : first + PAGE]],
        "notice_examples": [_example(row) for row in result.noticed()[first : first + PAGE]],
    }


def _example(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": row["row_no"],
        "column": row["column_name"],
        "value": row["value"],
        "reason_code": row["reason_code"],
        "message": row["message"],
    }


def lines(answer: dict[str, Any], language: str = "en") -> list[str]:
    """The answer of `check_file` as a person reads it: counts, then ten problems of each sort."""
    told = [sentence("check.counts", language, **answer)]
    if answer["notices"]:
        told[0] += sentence("check.noticed", language, **answer)
    for reasons, key, count, examples in (
        ("reasons", "check.rejected", answer["rejected"], answer["examples"]),
        ("notice_reasons", "check.notices", answer["notices"], answer["notice_examples"]),
    ):
        told += [
            sentence("check.reason", language, code=code, count=n, label=label(code, language))
            for code, n in answer[reasons].items()
        ]
        if examples:
            first = (answer["page"] - 1) * PAGE + 1
            told.append(sentence(key, language, first=first, last=first + len(examples) - 1, count=count))
            told += [sentence("check.row", language, **{**e, "value": e["value"] or ""}) for e in examples]
    if answer["page"] < answer["pages"]:
        told.append(sentence("check.more", language, page=answer["page"] + 1, pages=answer["pages"]))
    return told
