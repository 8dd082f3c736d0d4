"""The stages of a refresh on screen.

Here: a live table on a terminal, one line per finished stage elsewhere (a log, a pipe). Not here: what is
reported.
"""

from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from pipelines.cli.messages import Messages
from pipelines.orchestration.stages import STAGES, StageReport

STYLES = {
    "running": "cyan",
    "done": "green",
    "failed": "bold red",
    "skipped": "dim",
    "waiting": "dim",
}


class StageDisplay:
    """Shows `StageReport`s as they come; call it with one, use it as a context manager around the run."""

    def __init__(self, console: Console, say: Messages, title: str) -> None:
        self.console, self.say, self.title = console, say, title
        self.reports: dict[str, StageReport] = {}
        self.live = Live(console=console, get_renderable=self.table, refresh_per_second=8, transient=True)

    def __enter__(self) -> "StageDisplay":
        if self.console.is_terminal:
            self.live.start()
        else:
            self.console.print(self.title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self.live.stop()
            self.console.print(self.table())

    def __call__(self, report: StageReport) -> None:
        self.reports[report.stage] = report
        if not self.console.is_terminal and report.status != "running":
            rows = f"  {report.rows:,}" if report.rows is not None else ""
            self.console.print(
                f"{self._name(report.stage)}: {self._status(report)}  {report.seconds:.1f} s{rows}"
            )

    def failed_stage(self) -> str | None:
        """The stage that failed, if one did."""
        return next((stage for stage, report in self.reports.items() if report.status == "failed"), None)

    def table(self) -> Table:
        """The table as it stands now."""
        table = Table(title=self.title, title_justify="left")
        table.add_column(self.say("column.stage"))
        table.add_column(self.say("column.status"))
        table.add_column(self.say("column.seconds"), justify="right")
        table.add_column(self.say("column.rows"), justify="right")
        table.add_column(
            self.say("column.note"), overflow="ellipsis", no_wrap=True, max_width=48, style="dim"
        )
        for stage in STAGES:
            report = self.reports.get(stage, StageReport(stage, "waiting"))
            has_run = report.status in ("running", "done", "failed")
            table.add_row(
                self._name(stage),
                f"[{STYLES[report.status]}]{self._status(report)}[/]",
                f"{report.seconds:.1f}" if has_run else "",
                f"{report.rows:,}" if report.rows is not None else "",
                report.note.splitlines()[0] if report.note and report.status == "running" else "",
            )
        return table

    def _name(self, stage: str) -> str:
        return self.say(f"stage.{stage}")

    def _status(self, report: StageReport) -> str:
        return self.say(f"status.{report.status}")
