"""Landing: every feed file as received, byte for byte, with its receipt.

Here: copying into the home and the receipt written beside the copy. Not here: reading what is inside
(`raw`). The feed folder is only ever read.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from pipelines.feeds.grammar.feedset import Entry, FeedSet
from pipelines.feeds.grammar.profile import Filter
from pipelines.home import Home

RECEIPT = "receipt.json"


@dataclass(frozen=True)
class Receipt:
    """One landed file. `received_at` (UTC, ISO 8601) is the time it came for the first time."""

    source_file_id: str
    feed: str
    profile: str
    file_name: str
    sha256: str
    size_bytes: int
    where: Filter
    year: int | None  # of the feed set's entry, where it names one
    received_at: str


def source_file_id(sha256: str, profile: str, where: Filter) -> str:
    """First 16 hex digits over bytes, profile and filter: the same file read the same way has the same id."""
    reading = json.dumps([sha256, profile, where], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(reading.encode()).hexdigest()[:16]


def land(feed_set: FeedSet, home: Home) -> list[Receipt]:
    """Copy the feed set's files into `landing/<feed>/<source_file_id>/` and return their receipts.

    A file that is there already is left as it is; the same bytes under two names land once.
    """
    receipts = {}
    for entry, path in feed_set.files():
        receipt = _land_one(entry, path, home)
        receipts[receipt.source_file_id] = receipt
    return list(receipts.values())


def landed_path(home: Home, receipt: Receipt) -> Path:
    """The file as it lies in landing."""
    return home.landing / receipt.feed / receipt.source_file_id / receipt.file_name


def read_receipt(folder: Path) -> Receipt | None:
    """The receipt in a landing folder; None if there is none that can be read."""
    try:
        return Receipt(**json.loads((folder / RECEIPT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _land_one(entry: Entry, path: Path, home: Home) -> Receipt:
    feed_folder = home.landing / entry.feed
    feed_folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=".arriving-", dir=feed_folder))
    try:
        sha256, size = _copy(path, scratch / path.name)
        file_id = source_file_id(sha256, entry.profile, entry.where)
        folder = feed_folder / file_id
        known = read_receipt(folder)
        if known and (folder / known.file_name).is_file() and (folder / known.file_name).stat().st_size == size:
            return replace(known, year=entry.year)
        now = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
        received_at = known.received_at if known else now
        receipt = Receipt(
            file_id, entry.feed, entry.profile, path.name, sha256, size, entry.where, entry.year, received_at
        )
        text = json.dumps(asdict(receipt), ensure_ascii=False, indent=1, sort_keys=True)
        (scratch / RECEIPT).write_text(text + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)  # remains of a broken arrival
        scratch.chmod(0o755)
        scratch.replace(folder)
        return receipt
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _copy(source: Path, target: Path) -> tuple[str, int]:
    """Copy in one pass; SHA-256 and size of what was really copied."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, target.open("wb") as write:
        while block := read.read(1 << 20):
            digest.update(block)
            size += write.write(block)
    return digest.hexdigest(), size
