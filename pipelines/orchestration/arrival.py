"""What a run was given: feed set, receipts, and whether that is new.

Here: the value that the landing step hands to the raw step. Not here: copying or reading files (`feeds/`).
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.feeds.grammar.feedset import FeedSet, load_feed_set
from pipelines.feeds.store.landing import Receipt, land
from pipelines.home import Home
from pipelines.identity.clerical.decisions import decision_files, fingerprint
from pipelines.release import code_version, current_id, input_fingerprint, list_releases

FEEDS_VARIABLE = "FUSEDINV_FEEDS"


@dataclass(frozen=True)
class Arrival:
    """Landed files of one feed set.

    Attributes:
        fingerprint: hash of input, rules and code.
        code: hash of rules and code.
        decisions: files of reviewed decisions, of the feed set and of the home.
        release_id: the current release if it has this fingerprint, so that there is nothing to do; else None.
    """

    feed_set: FeedSet
    receipts: tuple[Receipt, ...]
    fingerprint: str
    code: str
    release_id: str | None
    decisions: tuple[Path, ...] = ()


def default_feeds(home: Home) -> Path:
    """The feed set when none is named: FUSEDINV_FEEDS, else the sample province in this home."""
    return Path(os.environ.get(FEEDS_VARIABLE) or home.root / "sample")


def arrive(home: Home, feeds: Path, years: Sequence[int], force: bool) -> Arrival:
    """Land the files of a feed set and compare them with what the current release was made of."""
    feed_set = load_feed_set(feeds, list(years) or None)
    receipts = tuple(land(feed_set, home))
    decisions = (*feed_set.decisions, *decision_files(home.decisions))
    code = code_version()
    settings = _settings(feed_set, receipts) | {"decisions": fingerprint(decisions)}
    whole = input_fingerprint([_reading(feed_set, receipt) for receipt in receipts], settings, code)
    same = None if force else _current_with(home, whole)
    return Arrival(feed_set, receipts, whole, code, same, decisions)


def _reading(feed_set: FeedSet, receipt: Receipt) -> dict[str, object]:
    profile = feed_set.profile(receipt.profile).text
    return {**asdict(receipt), "profile_sha256": hashlib.sha256(profile.encode()).hexdigest()}


def _settings(feed_set: FeedSet, receipts: Sequence[Receipt]) -> dict[str, object]:
    return {
        "name": feed_set.name,
        "territory": feed_set.territory,
        "timezone_offset": feed_set.timezone_offset,
        "years": list(feed_set.years),
        "years_of_files": {receipt.source_file_id: receipt.year for receipt in receipts},
        "is_synthetic": feed_set.is_synthetic,
    }


def _current_with(home: Home, fingerprint: str) -> str | None:
    current = current_id(home)
    if current is None:
        return None
    [manifest] = [release.manifest for release in list_releases(home) if release.release_id == current]
    return current if manifest["input_fingerprint"] == fingerprint else None
