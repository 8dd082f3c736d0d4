"""HJ 212 logs as a feed file: frames are its rows, hours of `monitoring__hour` what they give.

Here: the hand-over in the shape of every other file. Not here: frames, checks and
hours (`pipelines/hj212`).
"""

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml

from pipelines.errors import FeedUnreadable, UsageError
from pipelines.feeds.compiler.expressions import quote
from pipelines.feeds.grammar.profile import Telegrams
from pipelines.feeds.reading.result import RawResult, reasons
from pipelines.feeds.sentences import Unreadable, sentence
from pipelines.hj212 import read_factors, read_telegrams, to_hours, with_units
from pipelines.hj212.words import tell

TABLE = "monitoring__hour"
# Names a YAML file, logger number -> SM4 key (32 hex digits): secrets stay out of feed sets.
KEYS_VARIABLE = "FUSEDINV_SM4_KEYS"


def read_telegram_file(path: Path, telegrams: Telegrams, language: str = "en") -> RawResult:
    """Read a log; `read = kept + rejected + duplicates` counts frames, `row_no` is the number of a frame.

    Raises:
        Unreadable: there is no frame in the file, or the archive is broken.
        UsageError: a unit, the gas state or the key file is wrong.
    """
    con = duckdb.connect()
    try:
        result = read_telegrams(path, keys=sm4_keys(), con=con)
    except FeedUnreadable as error:
        con.close()
        raise Unreadable("telegrams", says=error.message) from error
    factors = with_units(read_factors(), telegrams.units)
    hours = to_hours(result, factors, scheme=telegrams.scheme, state=telegrams.gas_state)
    con.register("telegram_hours", hours.table.drop_columns(["line_no"]))
    con.register("telegram_rejects", _in_language(result.rejects, language))
    con.register("telegram_faults", _in_language(hours.faults, language))
    con.execute(f"create temp table kept_{TABLE} as select *, row_number() over () as ord from telegram_hours")
    sources = {"rejected": ("frame_no", "telegram_rejects"), "noticed": ("row_no", "telegram_faults")}
    told = quote(sentence("frame.told", language, message="{message}", line="{line}"))
    for table, (number, source) in sources.items():
        con.execute(
            f"create temp table {table} as select {number} as row_no, '{TABLE}' as table_name, column_name, value,"
            f" reason_code, replace(replace({told}, '{{line}}', line_no::varchar), '{{message}}', message) as message"
            f" from {source} order by {number}"
        )
    counts, notices = result.counts, reasons(con, "noticed")
    assert counts.read == counts.kept + counts.rejected + counts.duplicates, f"frames went missing: {counts}"
    return RawResult(
        con=con,
        tables={TABLE: f"kept_{TABLE}"},
        filtered=0,
        read=counts.read,
        kept=counts.kept,
        rejected=counts.rejected,
        duplicates=counts.duplicates,
        reasons=counts.reasons,
        notices=sum(notices.values()),
        notice_reasons=notices,
    )


def _in_language(rows: pa.Table, language: str) -> pa.Table:
    """Rows with their sentences (column `message`) in this language; they are said in English."""
    if language == "en":
        return rows
    said = rows["message"].combine_chunks().dictionary_encode()
    heard = pa.array([tell(text, language) for text in said.dictionary.to_pylist()], pa.string())
    return rows.set_column(rows.column_names.index("message"), "message", heard.take(said.indices))


def sm4_keys() -> dict[str, str]:
    """Keys of the loggers from the file that FUSEDINV_SM4_KEYS names; empty if it names none.

    Raises:
        UsageError: the file is not there or is no mapping of texts.
    """
    name = os.environ.get(KEYS_VARIABLE)
    if not name:
        return {}
    try:
        keys = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"{KEYS_VARIABLE} names {name}, which cannot be read: {error}") from error
    if not isinstance(keys, dict):
        raise UsageError(f"{name} must map logger numbers to SM4 keys of 32 hex digits.")
    return {str(logger): str(key) for logger, key in keys.items()}
