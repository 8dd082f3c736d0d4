"""Fingerprints: what a release was made of, as hashes.

Here: the hash of the code and rules, and the hash of inputs with them. Two refreshes with the same
fingerprint give the same public tables, so the second need not run. Not here: hashes of a release's own
files (`manifest.py`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "pipelines/**/*.py",
    "pipelines/**/*.yaml",
    "pipelines/**/*.sql",
    "dbt_project/*.yml",
    "dbt_project/models/**/*",
    "dbt_project/macros/**/*",
    "dbt_project/seeds/**/*",
    "expectations/**/*",
)
RECEIPT_FIELDS = ("sha256", "profile", "profile_sha256", "where")


def code_version(root: Path = ROOT) -> str:
    """SHA-256 over names and bytes of all code, models, seeds, contracts, profiles and expectations."""
    files = {path for pattern in CODE for path in root.glob(pattern) if path.is_file()}
    total = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(root).as_posix()):
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def input_fingerprint(receipts: Iterable[Mapping[str, Any]], feed_set: Mapping[str, Any], code: str) -> str:
    """SHA-256 over the files (bytes, profile, row filter), the feed set's settings and the code version.

    Args:
        receipts: one mapping per active file; `RECEIPT_FIELDS` count, in any order of files.
        feed_set: settings that change results (name, territory, timezone_offset, years …), JSON-serialisable.
        code: result of `code_version`.
    """
    files = sorted(
        _canonical({field: receipt.get(field) for field in RECEIPT_FIELDS}) for receipt in receipts
    )
    return hashlib.sha256(
        _canonical({"files": files, "feed_set": feed_set, "code": code}).encode()
    ).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
