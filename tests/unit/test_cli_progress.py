"""The display of stages: one line per finished stage where there is no terminal, else a table."""

import io

from rich.console import Console

from pipelines.cli.messages import Messages
from pipelines.cli.progress import StageDisplay
from pipelines.orchestration.stages import STAGES, StageReport


def display(is_terminal: bool, language: str = "en") -> tuple[StageDisplay, io.StringIO]:
    text = io.StringIO()
    console = Console(file=text, force_terminal=is_terminal, width=120, color_system=None)
    return StageDisplay(console, Messages(language), "Refresh of x"), text


def test_without_a_terminal_only_ended_stages_are_told():
    shown, text = display(is_terminal=False)
    with shown:
        shown(StageReport("landing", "running"))
        shown(StageReport("landing", "done", 1.25, 14))
        shown(StageReport("raw", "running", 0.5, None, "reading"))
        shown(StageReport("raw", "failed", 2.0))
    assert text.getvalue().splitlines() == [
        "Refresh of x",
        "Landing (files and receipts): done  1.2 s  14",
        "Raw tables: failed  2.0 s",
    ]
    assert shown.failed_stage() == "raw"


def test_the_table_names_every_stage_from_the_start():
    shown, text = display(is_terminal=True)
    with shown:
        shown(StageReport("landing", "done", 1.25, 1400))
    last = text.getvalue()
    assert all(Messages("en")(f"stage.{stage}") in last for stage in STAGES)
    assert "1,400" in last
    assert last.count("waiting") >= len(STAGES) - 1


def test_it_speaks_chinese():
    shown, text = display(is_terminal=False, language="zh")
    with shown:
        shown(StageReport("publish", "done", 0.5))
    assert "发布: 完成  0.5 s" in text.getvalue()
