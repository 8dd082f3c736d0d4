"""The command line `fusedinv`.

Here: reading arguments, calling a room, showing what it says, exit codes. Not here: any work of its own.
Heavy tools (dagster, dbt, great_expectations) are imported inside the commands that need them, so that the
others start at once.
"""

import os
import sys

import typer

from pipelines.cli import inspect, operate, refresh, releases, review
from pipelines.cli.messages import Messages, asked_language
from pipelines.errors import InventoryError

app = typer.Typer(
    name="fusedinv",
    help="One inventory of air pollutants and greenhouse gases from permits, statistics and monitoring.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (refresh, inspect, releases, review, operate):
    module.register(app)

UNEXPECTED = 1


def main() -> None:
    """Entry point of the console script: errors leave as one sentence on stderr and an exit code."""
    arguments = sys.argv[1:]
    is_debug = "--debug" in arguments
    sys.argv[1:] = [argument for argument in arguments if argument != "--debug"]
    language = asked_language(arguments)
    try:
        app(prog_name="fusedinv")
    except InventoryError as error:
        if is_debug:
            raise
        _leave(error.tell(language), error.exit_code)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # the reader of a pipe left: nothing is wrong
    except Exception as error:
        if is_debug:
            raise
        told = Messages(language)("error.unexpected", kind=type(error).__name__, error=error)
        _leave(told, UNEXPECTED)


def _leave(sentence: str, code: int) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(code)
