"""Dagster's events as stage reports, while they happen.

Here: a Dagster logger that turns events into `StageReport`s, so that the command line and the web page follow
the same events. Not here: display.
"""

import logging
import time
from typing import Any

import dagster as dg

from pipelines.orchestration.stages import STAGES, Listener, StageReport

ENDINGS = {"STEP_SUCCESS": "done", "STEP_FAILURE": "failed", "STEP_SKIPPED": "skipped"}


def progress_logger(listener: Listener) -> dg.LoggerDefinition:
    """A Dagster logger that reports every stage to `listener` as it runs."""

    @dg.logger(None, description="Reports stages to the command line while they run.")
    def report_stages(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("stages", level=logging.DEBUG)  # Dagster logs the start of a step at DEBUG
        logger.addHandler(_StageHandler(listener))
        return logger

    return report_stages


class _StageHandler(logging.Handler):
    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.listener = listener
        self.started: dict[str, float] = {}
        self.rows: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        stage = meta.get("step_key")
        if stage not in STAGES:
            return
        if event is None:
            if record.levelno < logging.INFO:
                return
            self._report(stage, "running", note=meta.get("orig_message") or "")
        elif event.event_type_value == "STEP_START":
            self.started[stage] = time.perf_counter()
            self._report(stage, "running")
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            self._count(stage, event.materialization.metadata)
        elif event.event_type_value in ENDINGS:
            self._report(stage, ENDINGS[event.event_type_value])

    def _count(self, stage: str, metadata: dict[str, Any]) -> None:
        if "dagster/row_count" in metadata:
            self.rows[stage] = self.rows.get(stage, 0) + int(metadata["dagster/row_count"].value)

    def _report(self, stage: str, status: str, note: str = "") -> None:
        begun = self.started.get(stage)
        seconds = time.perf_counter() - begun if begun is not None else 0.0
        self.listener(StageReport(stage, status, seconds, self.rows.get(stage), note))
