"""The folders of one inventory.

Here: where things stand below a home folder. Not here: what is written into them (each room does that
itself). Several inventories live side by side because nothing outside this object builds such a path.
"""

from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import UsageError


@dataclass(frozen=True)
class Home:
    """One inventory on disk; `root` is what `--home` or FUSEDINV_HOME names."""

    root: Path

    def __post_init__(self) -> None:
        # Absolute from the start: dbt and Dagster change the working directory of their child processes.
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    @property
    def landing(self) -> Path:
        """Feed files as received, with receipts."""
        return self.root / "landing"

    @property
    def raw(self) -> Path:
        """Parquet per file and raw table."""
        return self.root / "raw"

    @property
    def work(self) -> Path:
        """Private working area of the pipeline."""
        return self.root / "work"

    @property
    def work_db(self) -> Path:
        """The private DuckDB file; one writer, nobody else opens it."""
        return self.work / "warehouse.duckdb"

    @property
    def releases(self) -> Path:
        """Immutable releases."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """Link to the release that readers open; absent before the first publish."""
        return self.releases / "current"

    @property
    def decisions(self) -> Path:
        """What reviewers decided about this inventory; absent before the first decision."""
        return self.root / "decisions"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME of this inventory."""
        return self.root / "dagster"

    def ensure(self) -> "Home":
        """Create the folders (not the work file, not `current`) and return self.

        Raises:
            UsageError: they cannot be created here.
        """
        try:
            for folder in (self.landing, self.raw, self.work, self.releases, self.dagster):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or error
            raise UsageError(
                f"{self.root} cannot be a home of an inventory ({why}); name a folder you may write to with --home.",
                zh=f"{self.root} 不能作为清单目录（{why}）；请用 --home 指明可写的文件夹。",
            ) from error
        return self
