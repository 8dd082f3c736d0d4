"""The code location that Dagster loads: the home in FUSEDINV_HOME (default `data`).

Here: `defs` and nothing else, so that importing it is loading it. Not here: `build_defs` (`build.py`).
"""

import os
from pathlib import Path

from pipelines.home import Home
from pipelines.orchestration.build import build_defs

defs = build_defs(Home(Path(os.environ.get("FUSEDINV_HOME", "data"))).ensure())
