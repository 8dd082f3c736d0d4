"""Where rows go until all blocks are read: memory, or a file that is then mapped.

Here: collecting Arrow tables of one shape. Not here: what they hold.
"""

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.ipc


class Spool:
    """Tables one after the other; in memory, or in `<folder>/<name>.arrow`."""

    def __init__(self, folder: Path | None) -> None:
        self.rows = 0
        self._folder = folder
        self._tables: list[pa.Table] = []
        self._path: Path | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, name: str, table: pa.Table) -> None:
        """Take one more table."""
        self.rows += table.num_rows
        if self._folder is None:
            self._tables.append(table)
            return
        if self._writer is None:
            self._path = self._folder / f"{name}.arrow"
            self._writer = pa.ipc.new_stream(str(self._path), table.schema)
        for batch in table.combine_chunks().to_batches():
            self._writer.write_batch(batch)

    def table(self) -> pa.Table:
        """All rows. Mapped pages are read when they are looked at, and given back when memory is short."""
        if self._path is None:
            return pa.concat_tables(self._tables)
        with pa.ipc.open_stream(pa.memory_map(str(self._path))) as stream:
            return stream.read_all()

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
