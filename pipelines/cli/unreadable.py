"""The files of a release that could not be read.

Here: finding them in the manifest, showing them. Not here: why a file cannot be read (`feeds/`).
"""

from typing import Any

from rich.console import Console

from pipelines.cli.messages import Messages
from pipelines.cli.options import show_table
from pipelines.feeds.store.raw import read_raw_receipt
from pipelines.home import Home


def unreadable(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Inputs of a release that gave no rows because they could not be read."""
    return [entry for entry in manifest["inputs"] if not entry.get("is_readable", True)]


def print_unreadable(console: Console, say: Messages, home: Home, files: list[dict[str, Any]]) -> None:
    """A table of these inputs with the reason, in the language asked for where the home still has it."""

    def why(entry: dict[str, Any]) -> str:
        receipt = read_raw_receipt(home, entry["source_file_id"])
        return (receipt.told if receipt else {}).get(say.language, entry["unreadable_reason"])

    rows = [(entry["file_name"], entry["feed"], entry["profile"], why(entry)) for entry in files]
    header = [say(f"column.{name}") for name in ("file", "feed", "profile", "reason")]
    show_table(header, rows, console, title=say("title.unreadable"))
    console.print(say("done.unreadable", files=len(files)), style="bold yellow", markup=False)
