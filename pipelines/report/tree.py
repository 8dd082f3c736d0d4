"""An explanation drawn as a tree for the terminal."""

from typing import Any

from rich.markup import escape
from rich.tree import Tree

_TONNE = 1000.0


def draw(explanation: dict[str, Any]) -> Tree:
    """A tree of what `explain` returns: figure, sources, candidates with reasons and origin, links, calculation."""
    site = explanation["site"]
    tree = Tree(
        f"[bold]{escape(site['site_name'])}[/] ({site['site_id']}) · {explanation['species']} ·"
        f" {explanation['period']}: [bold]{_mass(explanation['mass_kg'])}[/]"
    )
    for source in explanation["sources"]:
        _draw_source(tree, source)
    _draw_calculation(tree, explanation)
    links = tree.add("linked records")
    for link in explanation["links"]:
        _draw_link(links, link)
    for event in explanation["events"]:
        if event["event"] != "new":
            tree.add(
                f"{event['event']} after release {event['after_release']}: {event['old_site_id']} → {event['site_id']},"
                f" {escape(event['reason'])}"
            )
    return tree


def _draw_link(branch: Tree, link: dict[str, Any]) -> None:
    signed = f", {escape(link['reviewer'])}" if link["reviewer"] else ""
    node = branch.add(
        f"{link['feed']} {escape(link['scheme'])} {escape(link['record_key'])} “{escape(link['record_name'])}”"
        f" ({link['valid_from']} … {link['valid_to'] or ''}): {link['method']}, score {link['score']:.2f}{signed}"
        f" — {escape(link['reason'])}"
    )
    if link["candidate_site_id"]:
        node.add(f"[dim]most like site {link['candidate_site_id']}, score {link['candidate_score']:.2f}[/]")


def _draw_source(tree: Tree, source: dict[str, Any]) -> None:
    months = source["months"]
    if months:
        worst = max(month["quality_grade"] for month in months)
        head = (
            f"[green]{escape(source['source_id'])}[/] ({source['source_kind']}): {_mass(source['mass_kg'])} in"
            f" {len(months)} month(s), grade {worst}, ±{max(m['uncertainty_pct'] for m in months):.0f} %,"
            f" {months[0]['status']}"
        )
    else:
        head = f"[dim]{escape(source['source_id'])}: no figure of its own[/]"
    branch = tree.add(head)
    for candidate in source["candidates"]:
        _draw_candidate(branch, candidate)


def _draw_candidate(branch: Tree, row: dict[str, Any]) -> None:
    mark, colour = ("✓", "green") if row["is_chosen"] else ("✗", "yellow")
    ratio = "" if row["ratio_to_chosen"] is None else f", {row['ratio_to_chosen']:.5f} × the fused figure"
    offered = _mass(row["mass_kg"]) if row["mass_kg"] is not None else f"{_mass(row['co2e_kg'])} CO2e"
    node = branch.add(
        f"[{colour}]{mark}[/] {row['method_code']} ({row['feed']}, {row['scope']},"
        f" {row['period_start']} … {row['period_end']}): {offered}, rank {row['rank']}{ratio}"
    )
    node.add(f"{escape(row['reason'])}  [dim]{row['rule_id']}[/]")
    if row["file_name"] is not None:
        place = f"row {row['row_no']}" if row["row_no"] is not None else f"{row['input_count']} rows"
        node.add(f"[dim]{escape(row['file_name'])}, {place}, sha256 {row['sha256']}[/]")
    else:
        node.add(f"[dim]{row['input_count']} input rows from several files[/]")


def _draw_calculation(tree: Tree, explanation: dict[str, Any]) -> None:
    if not explanation["activity"]:
        return
    branch = tree.add("calculated from")
    for row in explanation["activity"]:
        amount = f"{row['amount']:,.3f} {row['unit']} = " if row["amount"] is not None else ""
        branch.add(
            f"{row['fuel_code']} {row['period_start']} … {row['period_end']}: {amount}{row['energy_gj']:,.1f} GJ"
            f" ({row['origin']}, {row['feed']}; {escape(row['file_name'] or 'several files')}, row {row['row_no']})"
        )
    for row in explanation["factors"]:
        branch.add(
            f"factor {row['factor_id']}: {row['value']:g} {escape(row['unit'])} — {escape(row['source'])},"
            f" {row['source_status']}"
        )


def _mass(mass_kg: float) -> str:
    return f"{mass_kg / _TONNE:,.3f} t" if mass_kg >= _TONNE else f"{mass_kg:,.3f} kg"
