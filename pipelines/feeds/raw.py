"""Raw: landed files as Parquet by contract, their counts, and the schema `raw` of the work file.

Here: what is written to `raw/<source_file_id>/` and how the work file sees it. Not here: how a file is read
(`engine`), nor anything across files: the same hour in two files is the staging models' matter.
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import codes as grammars
from pipelines import contracts
from pipelines.contracts import Contract, arrow_schema, comment_sql, create_sql, duckdb_columns
from pipelines.errors import FeedUnreadable
from pipelines.feeds import codes
from pipelines.feeds import expressions as sql
from pipelines.feeds.catalogue import Named
from pipelines.feeds.engine import read_file
from pipelines.feeds.feedset import FeedSet
from pipelines.feeds.landing import RECEIPT, Receipt, landed_path
from pipelines.feeds.plan import Context
from pipelines.feeds.result import RawResult
from pipelines.feeds.sentences import Unreadable
from pipelines.home import Home

BATCH = 122_880  # rows per row group: fixed, so that the same rows give the same bytes


@dataclass(frozen=True)
class RawReceipt:
    """What one file gave: `read = kept + rejected + duplicates`; `filtered` rows lie outside the filter."""

    source_file_id: str
    fingerprint: str
    tables: tuple[str, ...]
    filtered: int
    read: int
    kept: int
    rejected: int
    duplicates: int
    reasons: dict[str, int]
    notices: int = 0  # findings in kept rows; each stands in `notice.parquet`
    notice_reasons: dict[str, int] = field(default_factory=dict)


def write_raw(home: Home, receipts: Sequence[Receipt], feed_set: FeedSet) -> list[RawReceipt]:
    """Read every landed file that was not yet read this way, and write its Parquet.

    Raises:
        FeedUnreadable: files that cannot be read at all; the sentence lists each, with fault and cure.
    """
    results, unreadable = [], []
    for receipt in receipts:
        try:
            results.append(write_one(home, receipt, feed_set))
        except Unreadable as error:
            unreadable.append(f"{receipt.file_name} ({receipt.feed}, {receipt.profile}): {error}")
    if unreadable:
        count = "1 feed file" if len(unreadable) == 1 else f"{len(unreadable)} feed files"
        raise FeedUnreadable(f"{count} could not be read and stay in landing:\n" + "\n".join(unreadable))
    return results


def write_one(home: Home, receipt: Receipt, feed_set: FeedSet) -> RawReceipt:
    """One landed file to `raw/<source_file_id>/`; nothing is done if it was read with the same rules before.

    Raises:
        Unreadable: the file cannot be read at all.
    """
    named, context = feed_set.profile(receipt.profile), feed_set.context(receipt.year)
    fingerprint = _fingerprint(receipt, named, context)
    if (known := read_raw_receipt(home, receipt.source_file_id)) and known.fingerprint == fingerprint:
        return known
    result = read_file(landed_path(home, receipt), named.profile, context, receipt.where)
    home.raw.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=".reading-", dir=home.raw))
    try:
        raw_receipt = _write(scratch, receipt, result, fingerprint)
        folder = home.raw / receipt.source_file_id
        shutil.rmtree(folder, ignore_errors=True)
        scratch.chmod(0o755)
        scratch.replace(folder)
        return raw_receipt
    finally:
        result.con.close()
        shutil.rmtree(scratch, ignore_errors=True)


def read_raw_receipt(home: Home, source_file_id: str) -> RawReceipt | None:
    """The counts of a file in raw; None if it was not (completely) read yet."""
    try:
        data = json.loads((home.raw / source_file_id / RECEIPT).read_text(encoding="utf-8"))
        return RawReceipt(**{**data, "tables": tuple(data["tables"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(folder: Path, receipt: Receipt, result: RawResult, fingerprint: str) -> RawReceipt:
    raw = contracts.load("raw")
    stamp = (
        f"{sql.quote(receipt.source_file_id)} as source_file_id, row_no, "
        f"timestamp {sql.quote(receipt.received_at)} as ingested_at, {sql.quote(receipt.profile)} as profile"
    )
    for table, view in result.tables.items():
        columns = ", ".join(sql.name(column.name) for column in raw[table].columns)
        _write_parquet(folder, result.con, f"select {columns}, {stamp} from {sql.name(view)} order by ord", raw[table])
    for name, query in (("rejected_row", "rejected order by row_no"), ("notice", "noticed")):
        if name == "rejected_row" or result.notices:  # both of the same columns
            stamped = f"select {sql.quote(receipt.source_file_id)} as source_file_id, * from {query}"
            _write_parquet(folder, result.con, stamped, raw["rejected_row"], name)
    raw_receipt = RawReceipt(
        receipt.source_file_id,
        fingerprint,
        tuple(result.tables),
        result.filtered,
        result.read,
        result.kept,
        result.rejected,
        result.duplicates,
        result.reasons,
        result.notices,
        result.notice_reasons,
    )
    text = json.dumps(asdict(raw_receipt), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / RECEIPT).write_text(text + "\n", encoding="utf-8")
    return raw_receipt


def _write_parquet(
    folder: Path, con: duckdb.DuckDBPyConnection, query: str, contract: Contract, name: str | None = None
) -> None:
    """Stream a query into `<name>.parquet` (else `<table>.parquet`) with the contract's explicit schema."""
    schema = arrow_schema(contract)
    with pq.ParquetWriter(folder / f"{name or contract.table}.parquet", schema, compression="zstd") as writer:
        for batch in con.sql(query).to_arrow_reader(BATCH):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=BATCH)


def _fingerprint(receipt: Receipt, named: Named, context: Context) -> str:
    """SHA-256 over all that decides the rows: profile, feed set, contracts, codes, engine, receipt time."""
    raw = contracts.load("raw")
    tables = [raw[table.table] for table in named.profile.tables]
    specs = [
        spec
        for table in named.profile.tables
        for group in (table.columns, *(item.columns for item in table.melt))
        for spec in group.values()
    ]
    seeds = {column.codes for contract in tables for column in contract.columns if column.codes}
    seeds |= {spec.lookup.seed for spec in specs if spec.lookup} | ({"gwp"} if any(s.gwp for s in specs) else set())
    parts = [
        named.text,
        repr(context),
        receipt.received_at,
        *(contract.model_dump_json() for contract in tables),
    ]
    parts += [repr(codes.seed(name)) for name in sorted(seeds)]
    rooms = [Path(__file__).parent, Path(grammars.__file__).parent]
    if named.profile.telegrams:
        from pipelines import hj212
        from pipelines.feeds.telegrams import TABLE, sm4_keys

        rooms.append(Path(hj212.__file__).parent)
        parts += [raw[TABLE].model_dump_json(), repr(hj212.read_factors()), repr(sorted(sm4_keys().items()))]
    code = sorted(path for room in rooms for path in room.iterdir() if path.suffix in (".py", ".sql", ".yaml"))
    parts += [path.read_text(encoding="utf-8") for path in code]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


# -- the work file ---------------------------------------------------------------------------


def register_raw(con: duckdb.DuckDBPyConnection, home: Home, receipts: Sequence[Receipt], feed_set: FeedSet) -> None:
    """Build the schema `raw` anew: a view per raw contract over the active files, receipts and the feed set.

    A contract that no active file feeds is an empty table of its shape.

    Raises:
        FeedUnreadable: an active file was not read into raw.
    """
    con.execute("drop schema if exists raw cascade")
    con.execute("create schema raw")
    read = {r.source_file_id: read_raw_receipt(home, r.source_file_id) for r in receipts}
    for contract in contracts.load("raw").values():
        files = [
            str(home.raw / file_id / f"{contract.table}.parquet")
            for file_id, raw_receipt in read.items()
            if raw_receipt and (contract.table in raw_receipt.tables or contract.table == "rejected_row")
        ]
        _register_table(con, contract, sorted(files))
    con.execute(create_sql(contracts.load("public")["source_file"], "raw"))
    for receipt in sorted(receipts, key=lambda r: r.source_file_id):
        counts = read[receipt.source_file_id]
        if counts is None:
            raise FeedUnreadable(f"{receipt.file_name} ({receipt.feed}) has no rows in raw; run the refresh again.")
        _insert(
            con,
            "raw.source_file",
            {
                "source_file_id": receipt.source_file_id,
                "feed": receipt.feed,
                "profile": receipt.profile,
                "file_name": receipt.file_name,
                "sha256": receipt.sha256,
                "size_bytes": receipt.size_bytes,
                "filtered_rows": counts.filtered,
                "read_rows": counts.read,
                "kept_rows": counts.kept,
                "rejected_rows": counts.rejected,
                "duplicate_rows": counts.duplicates,
                "is_synthetic": feed_set.is_synthetic,
            },
        )
    con.execute(
        "create table raw.feed_set (name varchar, territory varchar, timezone_offset varchar, "
        "year_first bigint, year_last bigint, is_synthetic boolean)"
    )
    _insert(
        con,
        "raw.feed_set",
        {
            "name": feed_set.name,
            "territory": feed_set.territory,
            "timezone_offset": feed_set.timezone_offset,
            "year_first": min(feed_set.years),
            "year_last": max(feed_set.years),
            "is_synthetic": feed_set.is_synthetic,
        },
    )


def _register_table(con: duckdb.DuckDBPyConnection, contract: Contract, files: list[str]) -> None:
    if not files:
        con.execute(create_sql(contract, "raw"))
        for statement in comment_sql(contract, "raw"):
            con.execute(statement)
        return
    columns = ", ".join(sql.name(name) for name, _ in duckdb_columns(contract))
    listed = ", ".join(sql.quote(file) for file in files)
    con.execute(f"create view raw.{sql.name(contract.table)} as select {columns} from read_parquet([{listed}])")


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    columns, marks = ", ".join(row), ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values()))
