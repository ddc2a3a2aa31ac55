"""The flows as pictures and tables, made from the flows themselves.

``docs/flows/*.md`` are written by this file; ``make check`` fails when they no longer match.
"""

from __future__ import annotations

from conversations.engine import HERE, QUIET, RESUME, Book, Flow, Rule
from conversations.walk import own_rules


def mermaid(book: Book, flow: Flow) -> str:
    """The flow as a Mermaid state diagram: its own edges; what holds everywhere is drawn once, in ``everywhere``."""
    lines = ["stateDiagram-v2", f"    [*] --> {flow.first.name}"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for state in flow.states:
        place = f"{flow.name}/{state.name}"
        for rule in own_rules(book, place):
            if rule.to not in (HERE, QUIET):
                arrows.setdefault((state.name, _node(book, place, rule)), []).append(_label(rule))
    for (source, target), labels in arrows.items():
        lines.append(f"    {source} --> {target}: {', '.join(labels)}")
    return "\n".join(lines)


def _node(book: Book, place: str, rule: Rule) -> str:
    if rule.to == RESUME:
        return "where_it_was_parked"
    landing = book.landing(place, rule.to)
    return landing.partition("/")[2] if landing.startswith(f"{place.partition('/')[0]}/") else landing.replace("/", "_")


def _label(rule: Rule) -> str:
    guard = f" [{rule.when}]" if rule.when else ""
    return f"{rule.trigger.replace(':', ' ')}{guard}"


def table(book: Book, flow: Flow) -> str:
    """The flow as a Markdown table, a row an edge."""
    lines = [
        f"### {flow.name} (version {flow.version})",
        "",
        "| state | on | if | to | says | does |",
        "|---|---|---|---|---|---|",
    ]
    for state in flow.states:
        rules = own_rules(book, f"{flow.name}/{state.name}")
        lines += [_row(state.name, rule) for rule in rules] or [f"| {state.name} | | | | | |"]
    return "\n".join(lines) + "\n"


def _row(state: str, rule: Rule) -> str:
    to = {HERE: "(stays, asks again)", QUIET: "(stays, says nothing)", RESUME: "(where it was parked)"}.get(
        rule.to, rule.to
    )
    does = ", ".join(type(effect).__name__ for effect in rule.do)
    return f"| {state} | {rule.trigger} | {rule.when} | {to} | {rule.say} | {does} |"


def page(book: Book, flow: Flow, told: str) -> str:
    """The page of a flow: what its module tells, the picture, the table."""
    return (
        f"# {flow.name}\n\nGenerated from `conversations/{flow.name}.py`; write it anew with `make docs`.\n\n"
        f"```text\n{told.strip()}\n```\n\n```mermaid\n{mermaid(book, flow)}\n```\n\n{table(book, flow)}"
    )


def everywhere_page(book: Book, told: str) -> str:
    """The page of what holds in every state."""
    rows = "\n".join(_row("*", rule) for rule in book.everywhere)
    return (
        "# everywhere\n\nGenerated from `conversations/everywhere.py`; write it anew with `make docs`.\n\n"
        f"```text\n{told.strip()}\n```\n\n| state | on | if | to | says | does |\n|---|---|---|---|---|---|\n{rows}\n"
    )
