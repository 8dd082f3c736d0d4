"""Raw: landed files as Parquet by contract, and their counts.

Here: what is written to `raw/<source_file_id>/`, also where a file cannot be read: a receipt with the reason. Not here:
how a file is read (`engine`), how the work file sees it (`workfile`).
"""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import codes as grammars
from pipelines import contracts, feeds
from pipelines.contracts import Contract, arrow_schema
from pipelines.errors import FeedUnreadable
from pipelines.feeds import codes
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.grammar.catalogue import BUILT_IN, Named
from pipelines.feeds.grammar.feedset import Context, FeedSet
from pipelines.feeds.reading.engine import read_file
from pipelines.feeds.reading.refusal import REJECTED
from pipelines.feeds.reading.result import RawResult
from pipelines.feeds.sentences import LANGUAGES, Unreadable
from pipelines.feeds.store.landing import RECEIPT, Receipt, landed_path
from pipelines.home import Home

BATCH = 122_880  # rows per row group: fixed, so that the same rows give the same bytes


@dataclass(frozen=True)
class RawReceipt:
    """What one file gave: `read = kept + rejected + duplicates`; `filtered` rows lie outside the filter.

    A file that could not be read has no rows, `unreadable` (a stable word) and the sentence by language in `told`.
    """

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
    unreadable: str | None = None
    told: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.read == self.kept + self.rejected + self.duplicates, f"rows went missing: {self}"


def write_raw(home: Home, receipts: Sequence[Receipt], feed_set: FeedSet) -> list[RawReceipt]:
    """Read every landed file that was not yet read this way, and write its Parquet.

    A file that cannot be read stops nothing: it stays in landing, and its receipt in raw says why.

    Raises:
        FeedUnreadable: of a feed no file at all could be read; the sentence lists each, with fault and cure.
    """
    results = [write_one(home, receipt, feed_set) for receipt in receipts]
    readable = {receipt.feed for receipt, raw in zip(receipts, results, strict=True) if not raw.unreadable}
    if lost := sorted({receipt.feed for receipt in receipts} - readable):
        files = [
            f"{receipt.file_name} ({receipt.feed}, {receipt.profile}): {raw.told['en']}"
            for receipt, raw in zip(receipts, results, strict=True)
            if raw.unreadable
        ]
        raise FeedUnreadable(
            f"No file of the feed {' nor of '.join(lost)} could be read, so there is nothing to publish; "
            "the files stay in landing:\n" + "\n".join(files)
        )
    return results


def write_one(home: Home, receipt: Receipt, feed_set: FeedSet) -> RawReceipt:
    """One landed file to `raw/<source_file_id>/`; nothing is done if it was read with the same rules before."""
    named, context = feed_set.profile(receipt.profile), feed_set.context(receipt.year)
    fingerprint = _fingerprint(receipt, named, context)
    if (known := read_raw_receipt(home, receipt.source_file_id)) and known.fingerprint == fingerprint:
        return known
    home.raw.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=".reading-", dir=home.raw))
    try:
        try:
            result = read_file(landed_path(home, receipt), named.profile, context, receipt.where)
        except Unreadable as error:
            raw_receipt = _unread(receipt, fingerprint, error)
        else:
            with result.con:
                raw_receipt = _write(scratch, receipt, result, fingerprint)
        text = json.dumps(asdict(raw_receipt), ensure_ascii=False, indent=1, sort_keys=True)
        (scratch / RECEIPT).write_text(text + "\n", encoding="utf-8")
        folder = home.raw / receipt.source_file_id
        shutil.rmtree(folder, ignore_errors=True)
        scratch.chmod(0o755)
        scratch.replace(folder)
        return raw_receipt
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unread(receipt: Receipt, fingerprint: str, error: Unreadable) -> RawReceipt:
    told = {language: error.tell(language) for language in LANGUAGES}
    nothing = RawReceipt(receipt.source_file_id, fingerprint, (), 0, 0, 0, 0, 0, {})
    return replace(nothing, unreadable=error.key, told=told)


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
    order = ", ".join(REJECTED)
    told = f"select {sql.quote(receipt.source_file_id)} as source_file_id, {order} from"
    _write_parquet(folder, result.con, f"{told} rejected order by row_no", raw["rejected_row"])
    numbered = f"select *, row_number() over (order by {order}) as notice_no from noticed"
    told = told.replace("row_no", "notice_no, row_no", 1)
    _write_parquet(folder, result.con, f"{told} ({numbered}) order by notice_no", raw["notice"])
    return RawReceipt(
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


def _write_parquet(folder: Path, con: duckdb.DuckDBPyConnection, query: str, contract: Contract) -> None:
    """Stream a query into `<table>.parquet` with the contract's explicit schema."""
    schema = arrow_schema(contract)
    with pq.ParquetWriter(folder / f"{contract.table}.parquet", schema, compression="zstd") as writer:
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
    rooms = [Path(feeds.__file__).parent, Path(grammars.__file__).parent]
    if named.profile.telegrams:
        from pipelines import hj212
        from pipelines.feeds.reading.telegrams import TABLE, sm4_keys

        rooms.append(Path(hj212.__file__).parent)
        parts += [raw[TABLE].model_dump_json(), repr(hj212.read_factors()), repr(sorted(sm4_keys().items()))]
    files = sorted(path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".sql", ".yaml"))
    parts += [path.read_text(encoding="utf-8") for path in files if BUILT_IN not in path.parents]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
