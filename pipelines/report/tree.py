"""An explanation drawn as a tree for the terminal.

Here: which line says what; the words come from a catalogue in the reader's language. Not here: queries (`explain`).
Names stand as the release records them.
"""

import math
from collections.abc import Callable
from itertools import groupby
from typing import Any

from rich.markup import escape
from rich.tree import Tree

Say = Callable[..., str]
_TONNE = 1000.0
_MEGATONNE = 1e9


def draw(explanation: dict[str, Any], say: Say) -> Tree:
    """A tree of what `explain` returns: figure, sources, candidates with reasons and origins, factors, links.

    Args:
        explanation: the result of `explain`.
        say: the sentence under a key `explain.*`, its fields filled in.
    """
    site = explanation["site"]
    name = f"{escape(site['site_name'])} ({site['site_id']})" if site else escape(explanation["source_id"])
    if site and explanation["source_id"]:
        name += f" · {escape(explanation['source_id'])}"
    tree = Tree(
        f"[bold]{name}[/] · {explanation['species']} · {explanation['period']}:"
        f" [bold]{_mass(explanation['mass_kg'])}[/]"
    )
    _draw_co2e(tree, explanation["co2e_kg"], say)
    for source in explanation["sources"]:
        _draw_source(tree, source, say)
    _draw_factors(tree, explanation["factors"], say)
    if explanation["links"]:
        links = tree.add(say("explain.links"))
        for link in explanation["links"]:
            _draw_link(links, link, say)
    for event in explanation["events"]:
        if event["event"] != "new":
            fields = {**event, "event": _word(event["event"], say), "reason": _reason(event, say)}
            tree.add(say("explain.event", **fields))
    return tree


def _draw_co2e(tree: Tree, sets: list[dict[str, Any]], say: Say) -> None:
    """One line for all GWP sets, none where every set says 1."""
    if any(row["gwp"] != 1 for row in sets):
        masses = ", ".join(f"{row['gwp_set']} {_mass(row['co2e_kg'])} ({row['gwp']:g})" for row in sets)
        documents = "; ".join(dict.fromkeys(_source(row, say) for row in sets))
        tree.add(f"CO2e: {masses}  [dim]{documents}[/]")


def _draw_link(branch: Tree, link: dict[str, Any], say: Say) -> None:
    signed = f", {escape(link['reviewer'])}" if link["reviewer"] else ""
    node = branch.add(
        f"{_word(link['feed'], say)} {escape(link['scheme'])} {escape(link['record_key'])}"
        f" “{escape(link['record_name'])}”"
        f" ({link['valid_from']} … {link['valid_to'] or ''}): {_word(link['method'], say)},"
        f" {say('explain.score', score=link['score'])}{signed} — {_reason(link, say)}"
    )
    if link["candidate_site_id"]:
        near = say("explain.most_like", site_id=link["candidate_site_id"], score=link["candidate_score"])
        node.add(f"[dim]{near}[/]")


def _draw_source(tree: Tree, source: dict[str, Any], say: Say) -> None:
    months, name = source["months"], escape(source["source_id"])
    if not months:
        branch = tree.add(f"[dim]{say('explain.no_figure', source=name)}[/]")
    else:
        branch = tree.add(
            say(
                "explain.source",
                source=f"[green]{name}[/]",
                kind=_word(source["source_kind"], say),
                mass=_mass(source["mass_kg"]),
                months=len(months),
                grade=max(month["quality_grade"] for month in months),
                uncertainty=_range([month["uncertainty_pct"] for month in months]),
                status="/".join(dict.fromkeys(_word(month["status"], say) for month in months)),
            )
        )
        _draw_methods(branch, months, say)
    for candidate in source["candidates"]:
        _draw_candidate(branch, candidate, say)


def _draw_methods(branch: Tree, months: list[dict[str, Any]], say: Say) -> None:
    """Which months rest on which method, where there is more than one."""
    if len({month["method_code"] for month in months}) < 2:
        return
    for _, run in groupby(months, key=lambda month: month["method_code"]):
        part = list(run)
        first, last = f"{part[0]['month']:%Y-%m}", f"{part[-1]['month']:%Y-%m}"
        span = first if first == last else f"{first} … {last}"
        mass = _mass(sum(month["mass_kg"] for month in part))
        branch.add(f"[dim]{span}: {_in_language(part[0], 'method', say)}, {mass}[/]")


def _draw_candidate(branch: Tree, row: dict[str, Any], say: Say, word: str = "") -> None:
    mark, colour = ("✓", "green") if row["is_chosen"] else ("✗", "yellow")
    ratio = "" if row["ratio_to_chosen"] is None else ", " + say("explain.ratio", ratio=row["ratio_to_chosen"])
    offered = _mass(row["mass_kg"]) if row["mass_kg"] is not None else f"{_mass(row['co2e_kg'])} CO2e"
    node = branch.add(
        f"{word}[{colour}]{mark}[/] {_in_language(row, 'method', say)}"
        f" ({_word(row['feed'], say)}, {_word(row['scope'], say)}, {row['period_start']} … {row['period_end']}):"
        f" {offered}, {say('explain.rank', rank=row['rank'])}{ratio}"
    )
    node.add(f"{_reason(row, say)}  [dim]{row['rule_id']}[/]")
    for origin in row["origins"]:
        node.add(_origin(origin, say))
    for parent in row["parents"]:
        _draw_candidate(node, parent, say, say("explain.derived_from") + " ")


def _origin(row: dict[str, Any], say: Say) -> str:
    if row["kind"] == "hours":
        what = say("explain.hours", hours=row["row_count"])
    elif "row_no" in row:
        what = say("explain.row", row=row["row_no"])
    else:
        what = say("explain.rows", rows=row["row_count"])
    file = f"{escape(row['file_name'])}, {what}, sha256 {row['sha256']}" if "file_name" in row else what
    if row["kind"] == "heat":
        return f"{_heat(row, say)}  [dim]{file}[/]"
    if row["kind"] != "activity":
        return f"[dim]{file}[/]"
    of = escape(row.get("product_code") or row.get("fuel_code") or "")
    unit = f", {escape(row['unit_code'])}" if "unit_code" in row else ""
    amounts = [f"{row['amount']:,.3f} {row['unit']}"] if "amount" in row else []
    amounts += [f"{row['energy_gj']:,.1f} GJ"] if "energy_gj" in row else []
    return f"{of}{unit}: {' = '.join(amounts)} ({_word(row['origin'], say)})  [dim]{file}[/]"


def _heat(row: dict[str, Any], say: Say) -> str:
    shares = (part.split(" ") for part in row["fuels"].split("|"))
    fuels = ", ".join(f"{escape(fuel)} {float(share):.0%}" for fuel, share in shares if float(share) >= 0.005)
    return say(
        "explain.heat" if row["is_fuel_stated"] else "explain.heat_of_peers",
        evidence=_word(row["evidence"], say) if row["evidence"] == "rated_input" else escape(row["evidence"]),
        amount=f"{row['amount']:,.3f} {row['unit']}",
        heat=f"{row['energy_gj']:,.0f}",
        factor=math.exp(1.96 * row["log_sd"]),
        fuels=fuels,
    )


def _draw_factors(tree: Tree, factors: list[dict[str, Any]], say: Say) -> None:
    if not factors:
        return
    branch = tree.add(say("explain.factors"))
    for row in factors:
        unit = "" if row["unit"] == "1" else f" {escape(row['unit'])}"
        branch.add(f"{row['factor_id']}: {row['value']:g}{unit} — {_source(row, say)}")


def _reason(row: dict[str, Any], say: Say) -> str:
    return escape(row[say("explain.reason_column")])


def _in_language(row: dict[str, Any], name: str, say: Say) -> str:
    return escape(row[say("explain.name_column", name=name)])


def _word(code: str, say: Say) -> str:
    return say(f"word.{code}")


def _source(row: dict[str, Any], say: Say) -> str:
    return f"{escape(row['source'])}, {say('explain.status.' + row['source_status'])}"


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return f"±{low} %" if low == high else f"±{low}–{high} %"


def _mass(mass_kg: float) -> str:
    if mass_kg >= _MEGATONNE:
        return f"{mass_kg / _TONNE:,.0f} t"
    return f"{mass_kg / _TONNE:,.3f} t" if mass_kg >= _TONNE else f"{mass_kg:,.3f} kg"
