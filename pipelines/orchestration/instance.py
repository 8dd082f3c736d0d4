"""The Dagster instance of a home: run history, pools, schedules.

Here: where it lives and its settings. Not here: definitions.
"""

import os
import shutil
from pathlib import Path

from dagster import DagsterInstance

from pipelines.home import Home

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SETTINGS = PROJECT_ROOT / "dagster.yaml"


def prepare(home: Home) -> Home:
    """Make `<home>/dagster` a DAGSTER_HOME (settings someone changed there stay) and point this process to it."""
    home.ensure()
    target = home.dagster / SETTINGS.name
    if not target.exists():
        shutil.copyfile(SETTINGS, target)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    return home


def open_instance(home: Home) -> DagsterInstance:
    """The instance that `fusedinv serve` shows; close it (context manager) when done."""
    return DagsterInstance.from_config(str(prepare(home).dagster))
