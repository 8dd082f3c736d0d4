"""The stages of a refresh, and how their progress is reported.

Here: names and the shape of a progress report; no Dagster, so that the command line can show them before it
loads. Not here: how a stage looks on screen (`cli/progress.py`), what it does (`ingest.py`, `fuse.py`,
`publication.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

# Step keys of the job in the order they run.
STAGES = (
    "landing",
    "raw",
    "gate_raw",
    "dbt_staging",
    "identity",
    "monitoring",
    "dbt_intermediate",
    "uncertainty",
    "dbt_marts",
    "candidate",
    "gate_candidate",
    "publish",
)

UNREADABLE = "unreadable_files"  # name of the metadata in which the stage `raw` lists them


@dataclass(frozen=True)
class StageReport:
    """Progress of one stage.

    Attributes:
        stage: one of STAGES.
        status: running, done, failed or skipped.
        seconds: since it started.
        rows: rows it made so far, None where it makes none.
        note: what it is busy with.
    """

    stage: str
    status: str
    seconds: float = 0.0
    rows: int | None = None
    note: str = ""


Listener = Callable[[StageReport], None]
