"""Great Expectations: one suite on one pandas frame, and the Data Docs of all of them.

Here: everything that touches Great Expectations, imported on first use (the import takes seconds). Not
here: what is expected (`suites.py`), frames (`frames.py`), audit rows (`audit.py`).
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pipelines.gate.suites import Suite

if TYPE_CHECKING:
    import pandas as pd

DOCS_SITE = "gate"
_CSS = Path(__file__).with_name("page.css")
_FOREIGN = re.compile(  # scripts (all of them drive foreign ones), foreign styles and pictures, the newsletter
    r"<script\b.*?</script>|<link\b[^>]*href=\"(?:https?:)?//[^>]*>|<img\b[^>]*src=\"(?:https?:)?//[^>]*>"
    r"|<footer>.*?</footer>",
    re.DOTALL,
)


@dataclass(frozen=True)
class Outcome:
    """What one expectation came to. `unexpected` holds the offending frame rows (index columns and value)."""

    has_run: bool
    has_passed: bool
    observed: Any = None
    unexpected_count: int = 0
    unexpected: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""


class Validator:
    """An ephemeral Great Expectations context: suites go through it one by one, then it writes Data Docs."""

    def __init__(self) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        import great_expectations as gx

        self._gx = gx
        self._context = cast(Any, gx.get_context(mode="ephemeral"))
        self._context.variables.progress_bars = {"globally": False}
        self._frames = self._context.data_sources.add_pandas("frames")

    def run(self, suite: Suite, frame: "pd.DataFrame", parameters: Mapping[str, Any]) -> dict[str, Outcome]:
        """Outcomes by rule_id. A rule that Great Expectations did not report is absent.

        The frame is bounded (one row per partition), so COMPLETE results are small.
        """
        gx = self._gx
        batch = self._frames.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("frame")
        stored = self._context.suites.add(
            gx.ExpectationSuite(
                name=suite.name,
                expectations=[dict(expectation) for expectation in suite.expectations],
                meta=dict(suite.content["meta"]),
            )
        )
        definition = self._context.validation_definitions.add(
            gx.ValidationDefinition(name=suite.name, data=batch, suite=stored)
        )
        result = definition.run(
            batch_parameters={"dataframe": frame},
            expectation_parameters=dict(parameters),
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": suite.index},
        )
        return {r.expectation_config.meta["rule_id"]: _outcome(r) for r in result.results}

    def write_docs(self, folder: Path) -> None:
        """Data Docs (static pages) of everything run so far; they load nothing from another host."""
        self._context.add_data_docs_site(
            site_name=DOCS_SITE,
            site_config={
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            },
        )
        self._context.build_data_docs(site_names=[DOCS_SITE])
        for unused in ("fonts", "images"):
            shutil.rmtree(folder / "static" / unused, ignore_errors=True)
        _free_of_other_hosts(folder)


def _free_of_other_hosts(folder: Path) -> None:
    """Foreign styles and scripts go, one style sheet comes in: the pages are as readable without a network."""
    style = f"<style>{_CSS.read_text(encoding='utf-8')}</style></head>"
    for page in sorted(folder.rglob("*.html")):
        html = _FOREIGN.sub("", page.read_text(encoding="utf-8"))
        page.write_text(html.replace("</head>", style, 1), encoding="utf-8")
    # Great Expectations' own index is filled by foreign scripts: without them it is empty.
    results = [page.relative_to(folder) for page in sorted(folder.glob("validations/**/*.html"))]
    lines = "".join(
        f"<li><a href='{page}'>{page.parts[1]}</a> · <a href='expectations/{page.parts[1]}.html'>rules · 规则</a></li>"
        for page in results
    )
    (folder / "index.html").write_text(
        f"<!doctype html><html><head><meta charset='utf-8'><title>Data Docs</title>{style}<body>"
        f"<h1>Great Expectations Data Docs</h1><p><a href='../index.html'>All checks · 全部检查</a></p><ul>{lines}</ul>"
        "</body></html>\n",
        encoding="utf-8",
    )


def _outcome(result: Any) -> Outcome:
    error = _raised(result.exception_info or {})
    if error:
        return Outcome(has_run=False, has_passed=False, error=error)
    found = result.result or {}
    return Outcome(
        has_run=True,
        has_passed=bool(result.success),  # numpy's bool is not JSON
        observed=found.get("observed_value"),
        unexpected_count=int(found.get("unexpected_count") or 0),
        unexpected=[dict(row) for row in found.get("unexpected_index_list") or []],
    )


def _raised(info: Mapping[str, Any]) -> str:
    """Message of an expectation that raised; it comes flat or keyed by metric id. Empty if none did."""
    entries = [info] if "raised_exception" in info else [e for e in info.values() if isinstance(e, Mapping)]
    messages = [str(e.get("exception_message") or "no message") for e in entries if e.get("raised_exception")]
    return messages[0].strip().splitlines()[0] if messages else ""
