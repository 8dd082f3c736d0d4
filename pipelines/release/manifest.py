"""Manifest and data package: what is in a release, for machines.

Here: `manifest.json` (record, contracts, inputs, row counts, totals and what they rest on, hash of every file) and
`datapackage.json` (Frictionless), both computed from the candidate's own files. Not here: the decision to publish.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines import contracts
from pipelines.contracts import Contract
from pipelines.errors import InventoryError
from pipelines.release.parquet import files_of

MANIFEST = "manifest.json"
DATAPACKAGE = "datapackage.json"
EVIDENCE_KEYS = ("year", "species", "mass_kg", "uncertainty_pct", "lower_kg", "upper_kg")  # and the shares
FIELD_TYPES = {
    "text": "string",
    "int": "integer",
    "double": "number",
    "date": "date",
    "timestamp": "datetime",
    "bool": "boolean",
}


def write(folder: Path) -> dict[str, Any]:
    """Write both files into a complete candidate and return the manifest."""
    _dump(folder / DATAPACKAGE, _datapackage(folder))
    record = _rows(folder, "release")[0]
    manifest = {
        **{key: _plain(value) for key, value in record.items()},
        "contracts": contracts.serialise(),
        "inputs": [
            {key: _plain(value) for key, value in row.items()} for row in _rows(folder, "source_file")
        ],
        "rows": {table: row_count(folder, table) for table in contracts.load("public")},
        "evidence": [
            {key: value for key, value in row.items() if key in EVIDENCE_KEYS or key.startswith("share_")}
            for row in _rows(folder, "region_yearly")
            if row["level"] == "territory"
        ],
        "files": {
            path.relative_to(folder).as_posix(): {"sha256": sha256(path), "size_bytes": path.stat().st_size}
            for path in _files(folder)
        },
    }
    _dump(folder / MANIFEST, manifest)
    return manifest


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a release or candidate.

    Raises:
        InventoryError: there is none, or it is no JSON.
    """
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InventoryError(
            f"{folder.name}: {MANIFEST} cannot be read ({error}); the release is not complete."
        ) from error


def problems(folder: Path) -> list[str]:
    """Where the files of a folder differ from its manifest, one sentence each; empty if nowhere."""
    listed = read(folder)["files"]
    present = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    found = [f"{name} is missing" for name in listed if name not in present]
    found += [f"{name} is not in the manifest" for name in present if name not in listed]
    for name, entry in listed.items():
        path = present.get(name)
        if path is None:
            continue
        if path.stat().st_size != entry["size_bytes"]:
            found.append(f"{name} has {path.stat().st_size} bytes instead of {entry['size_bytes']}")
        elif sha256(path) != entry["sha256"]:
            found.append(f"{name} was changed after it was written")
    return found


def row_count(folder: Path, table: str) -> int:
    """Rows of a table, from the footers of its Parquet files."""
    return sum(pq.read_metadata(path).num_rows for path in files_of(folder / "parquet/v1" / table))


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return [
        row
        for path in files_of(folder / "parquet/v1" / table)
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def _datapackage(folder: Path) -> dict[str, Any]:
    record = _rows(folder, "release")[0]
    return {
        "name": f"{record['feed_set']}-{record['release_id']}".lower(),
        "title": f"Fused inventory {record['feed_set']} {record['years']}",
        "version": record["release_id"],
        "created": _plain(record["known_at"]),
        "resources": [_resource(folder, contract) for contract in contracts.load("public").values()],
    }


def _resource(folder: Path, contract: Contract) -> dict[str, Any]:
    fields = []
    for column in contract.columns:
        limits = {
            "required": column.required,
            "minimum": column.min,
            "maximum": column.max,
            "enum": column.values,
        }
        fields.append(
            {
                "name": column.name,
                "type": FIELD_TYPES[column.type],
                "description": column.comment,
                **({"unit": column.unit} if column.unit else {}),
                "constraints": {key: value for key, value in limits.items() if value is not None},
            }
        )
    return {
        "name": contract.table,
        "path": [
            path.relative_to(folder).as_posix() for path in files_of(folder / "parquet/v1" / contract.table)
        ],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": str(contract.description),
        "schema": {"fields": fields, "primaryKey": list(contract.key)},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _dump(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
