"""The catalogue of profiles: finding one by name and reading its YAML.

Here: where profiles lie and the sentences for a wrong one. Not here: their keys (`profile`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.errors import UsageError
from pipelines.feeds.grammar.profile import Profile

BUILT_IN = Path(__file__).parents[1] / "profiles"
GUESSED = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # in C: ten times as fast
    """YAML in which only true and false are booleans (NO is a gas) and dates are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in GUESSED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass(frozen=True)
class Named:
    """A profile with its name and the text it was read from (the text is part of the raw fingerprint)."""

    name: str
    profile: Profile
    text: str


def folders(beside: Path | None = None) -> list[Path]:
    """Folders searched for profiles, in order: `profiles/` beside the feed set, then the built-in ones."""
    own = [beside / "profiles"] if beside else []
    return [folder for folder in (*own, BUILT_IN) if folder.is_dir()]


def names(search: Sequence[Path]) -> list[str]:
    """Names of all profiles in these folders, sorted."""
    return sorted({path.stem for folder in search for path in folder.glob("*.yaml")})


def load_profile(name: str, search: Sequence[Path] | None = None) -> Named:
    """The profile of that name from the first folder that has it.

    Raises:
        UsageError: no such profile, or its YAML is wrong; the sentence gives the path of the wrong key.
    """
    search = folders() if search is None else search
    found = [folder / f"{name}.yaml" for folder in search if (folder / f"{name}.yaml").is_file()]
    if not found or Path(name).name != name:
        known = ", ".join(names(search))
        raise UsageError(
            f"There is no profile named {name}. Known profiles: {known or 'none'}.",
            zh=f"没有名为 {name} 的映射配置。已有：{known or '无'}。",
        )
    text = found[0].read_text(encoding="utf-8")
    return Named(name=name, profile=parse(text, found[0].name), text=text)


def parse(text: str, file_name: str) -> Profile:
    """A profile from its YAML text.

    Raises:
        UsageError: the sentence gives file, path of the wrong key and what is wrong with it.
    """
    try:
        return Profile.model_validate(load_yaml(text))
    except yaml.YAMLError as error:
        raise UsageError(f"{file_name} is not YAML: {error}") from error
    except ValidationError as error:
        raise UsageError(f"{file_name}: {first_fault(error)}") from error


def _text_keys(data: Any) -> Any:
    if isinstance(data, list):
        return [_text_keys(item) for item in data]
    if isinstance(data, dict):
        return {"null" if key is None else str(key): _text_keys(value) for key, value in data.items()}
    return data


def load_yaml(text: str) -> Any:
    """YAML as data, keys as text.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    return _text_keys(yaml.load(text, _Loader))


def first_fault(error: ValidationError) -> str:
    """The first fault as `path.of.key: what is wrong.`"""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}."
