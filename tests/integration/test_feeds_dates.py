"""Dates at the very end of memory.

DuckDB 1.5.5 reads one byte beyond a text in `try_strptime` with several formats; where a page ends there, the process
dies. The text is laid against a page that may not be read, in a process of its own.
"""

import subprocess
import sys

import pytest

AT_THE_EDGE = """
import ctypes, mmap
import duckdb, pyarrow as pa
from pipelines.feeds.compiler.expressions import moment

text = b"2025-03-04 05:06:07"
page = mmap.PAGESIZE
room = mmap.mmap(-1, 2 * page)
start = ctypes.addressof(ctypes.c_char.from_buffer(room))
assert ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(start + page), page, 0) == 0
room[page - len(text) : page] = text
data = pa.foreign_buffer(start + page - len(text), len(text))
offsets = pa.array([0, len(text)], pa.int32()).buffers()[1]
column = pa.StringArray.from_buffers(1, offsets, data)
con = duckdb.connect()
con.register("line", pa.table({"day": column}))
sql = moment("day", ["%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S"], "timestamp")
print(con.execute(f"select {sql} from line").fetchone()[0], flush=True)
import os
os._exit(0)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs mprotect of Linux")
def test_a_date_at_the_edge_of_a_page_is_read() -> None:
    done = subprocess.run([sys.executable, "-c", AT_THE_EDGE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "2025-03-04 05:06:07"), done.stderr
