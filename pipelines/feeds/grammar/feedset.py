"""Feed sets: which files of a folder belong to one inventory, and how each is read.

Here: `feeds.yaml` and the matching of its patterns, inside the feed folder only. Not here: reading or
copying files; nothing is ever written into a feed folder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.errors import FeedUnreadable, UsageError
from pipelines.feeds.codes import seed
from pipelines.feeds.grammar.catalogue import Named, first_fault, folders, load_profile, load_yaml
from pipelines.feeds.grammar.profile import Feed, Filter

FILE_NAME = "feeds.yaml"


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith(("/", "~", "\\")) or ".." in parts or ":" in parts[0]:
        raise ValueError(f"{path} must be a path inside the feed folder: no leading /, no ..")
    return path


InFolder = Annotated[str, AfterValidator(_inside)]


class Entry(BaseModel):
    """One line of `files`: a feed, its profile, a path or pattern and a row filter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: Feed
    profile: str
    path: InFolder
    where: Filter = {}
    year: int | None = Field(default=None, ge=1900, le=2199)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$")
    territory: str
    timezone_offset: str = Field(pattern=r"^[+-]\d\d:\d\d$")
    year: int | None = Field(default=None, ge=1900, le=2199)
    years: list[int] | None = Field(default=None, min_length=1)
    synthetic: bool = False
    files: list[Entry] = Field(min_length=1)
    decisions: list[InFolder] = []

    @field_validator("territory", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _year_or_years(self) -> "_File":
        if (self.year is None) == (self.years is None):
            raise ValueError("needs either `year` or `years`")
        return self


@dataclass(frozen=True)
class Context:
    """What a feed set says of its files, for constants such as `{year}-01-01`."""

    name: str = "check"
    territory: str | None = None
    timezone_offset: str = "+00:00"
    year: int | None = None
    language: str = "en"  # of the sentences about refused rows; what is stored is always English


@dataclass(frozen=True)
class FeedSet:
    """A feed set as read; `root` is the folder that its paths are relative to.

    `decisions` are the files of reviewed decisions that are kept beside the feeds (docs/review.md).
    """

    name: str
    territory: str
    timezone_offset: str
    years: tuple[int, ...]
    root: Path
    entries: tuple[Entry, ...]
    is_synthetic: bool = False
    decisions: tuple[Path, ...] = ()

    def profile(self, name: str) -> Named:
        """The profile of that name; `profiles/` beside the feed set goes before the built-in ones."""
        return load_profile(name, folders(self.root))

    def context(self, year: int | None = None) -> Context:
        """What constants of a profile may refer to; without an entry's own year, the set's only one."""
        only = self.years[0] if len(self.years) == 1 else None
        return Context(self.name, self.territory, self.timezone_offset, year or only)

    def files(self) -> list[tuple[Entry, Path]]:
        """Matched files in the order of the entries, sorted by name inside one pattern.

        Raises:
            UsageError: a match lies outside the feed folder (a link out).
            FeedUnreadable: patterns without a match, all of them in one sentence.
        """
        found: list[tuple[Entry, Path]] = []
        unmatched: list[str] = []
        for entry in self.entries:
            paths = _match(self.root, entry.path)
            found += [(entry, path) for path in paths]
            if not paths:
                unmatched.append(f"{entry.path} ({entry.feed})")
        if unmatched:
            raise FeedUnreadable(
                f"No file in {self.root} matches {', '.join(unmatched)}; "
                "deliver the file or correct `path` in the feed set.",
                zh=f"{self.root} 中没有与 {'、'.join(unmatched)} 相符的文件；请补交文件，或更正数据集中的 `path`。",
            )
        return found


def load_feed_set(path: Path, years: Sequence[int] | None = None) -> FeedSet:
    """Read a feed set.

    Args:
        path: a folder with `feeds.yaml`, or a YAML file of that form.
        years: years to use instead of those the file names.

    Raises:
        UsageError: no such file, wrong keys, unknown territory, unknown profile or one of another feed, a path that
            leads out.
        FeedUnreadable: a pattern that matches no file.
    """
    file = Path(path).expanduser().absolute()
    file = file / FILE_NAME if file.is_dir() else file
    if not file.is_file():
        raise UsageError(
            f"There is no feed set at {file}; name a folder with {FILE_NAME} or a YAML file of that form (--feeds).",
            zh=f"{file} 处没有数据集；请用 --feeds 指明含 {FILE_NAME} 的文件夹，或同样格式的 YAML 文件。",
        )
    try:
        data = _File.model_validate(load_yaml(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file.name} is not YAML in UTF-8: {' '.join(str(error).split())}; correct it there.",
            zh=f"{file.name} 不是 UTF-8 编码的 YAML：{' '.join(str(error).split())}；请在该处更正。",
        ) from error
    except ValidationError as error:
        fault = first_fault(error)
        raise UsageError(
            f"{file.name}: {fault} Correct it there.", zh=f"{file.name}：{fault} 请在该处更正。"
        ) from error
    _known_territory(file, data.territory)
    wanted = sorted(set(years or data.years or [data.year or 0]))
    feed_set = FeedSet(
        data.name,
        data.territory,
        data.timezone_offset,
        tuple(wanted),
        file.parent,
        tuple(data.files),
        data.synthetic,
        tuple(path for pattern in data.decisions for path in _decisions(file, pattern)),
    )
    for entry in feed_set.entries:
        feed = feed_set.profile(entry.profile).profile.feed
        if feed != entry.feed:
            raise UsageError(
                f"{file.name}: {entry.path} is listed as {entry.feed}, but the profile {entry.profile} "
                f"reads {feed}; correct `feed` or `profile`.",
                zh=f"{file.name}：{entry.path} 列为 {entry.feed}，而映射配置 {entry.profile} 读取的是 {feed}；"
                "请更正 `feed` 或 `profile`。",
            )
    feed_set.files()
    return feed_set


def _known_territory(file: Path, territory: str) -> None:
    """A territory nobody described would be refused only at the end, because no county leads to it."""
    known = [row["region_code"] for row in seed("region") if row["level"] == "territory"]
    if territory not in known:
        raise UsageError(
            f"{file.name}: there is no territory {territory}; correct `territory` (known: {', '.join(known)}), or add"
            " the regions of a new one to dbt_project/seeds/region.csv.",
            zh=f"{file.name}：没有地区 {territory}；请更正 `territory`（已有：{'、'.join(known)}），"
            "或在 dbt_project/seeds/region.csv 中补充新地区的行政区。",
        )


def _decisions(file: Path, pattern: str) -> list[Path]:
    if paths := _match(file.parent, pattern):
        return paths
    raise UsageError(
        f"{file.name}: no file matches {pattern} (decisions); restore the file or correct the entry.",
        zh=f"{file.name}：没有与 {pattern}（decisions）相符的文件；请恢复该文件或更正此项。",
    )


def _match(root: Path, pattern: str) -> list[Path]:
    real_root = root.resolve()
    paths = sorted(path for path in root.glob(pattern) if path.is_file())
    for path in paths:
        if not path.resolve().is_relative_to(real_root):
            raise UsageError(f"{path.relative_to(root)} leads out of the feed folder; put the file itself there.")
    return paths
