"""`python -m pipelines.contracts write|check`: write the generated files, or say which are out of date.

Works in a checkout only; the generated files are part of the repository.
"""

import sys
from pathlib import Path

from pipelines.contracts.emit_dbt import hour_species_macro, marts_yaml, seeds_yaml, sources_yaml
from pipelines.contracts.emit_docs import dictionary_markdown
from pipelines.errors import InventoryError

REPOSITORY = Path(__file__).resolve().parents[2]


def generated() -> dict[str, str]:
    """Text of every generated file, by path relative to the repository."""
    return {
        "dbt_project/models/marts/_marts.yml": marts_yaml(),
        "dbt_project/seeds/_seeds.yml": seeds_yaml(),
        "dbt_project/macros/hour_species.sql": hour_species_macro(),
        "dbt_project/models/staging/_sources.yml": sources_yaml(),
        "docs/dictionary.md": dictionary_markdown(),
    }


def drifted(root: Path = REPOSITORY) -> list[str]:
    """Generated files below `root` that are missing or differ from what the contracts say."""
    return [
        name
        for name, text in generated().items()
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Run `write` or `check`; returns the exit code."""
    if arguments not in (["write"], ["check"]):
        print("Say `python -m pipelines.contracts write` or `check`.", file=sys.stderr)
        return 2
    stale = drifted()
    if arguments == ["check"]:
        for name in stale:
            print(f"{name} does not follow from the contracts; run `python -m pipelines.contracts write`.")
        return 1 if stale else 0
    for name in stale:
        path = REPOSITORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[name], encoding="utf-8")
    print(f"{len(stale)} of {len(generated())} generated files written.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except InventoryError as error:
        sys.exit(error.message)
