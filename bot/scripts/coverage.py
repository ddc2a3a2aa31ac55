"""Which edges of the flows the scripts took.

Every state's own rules count one by one. What holds in every state (``conversations/everywhere.py``) counts once, in
whichever state it was taken: the exhaustive walk proves it for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conversations.engine import Book
from conversations.everywhere import CANCEL

EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge: its name, and the flow it counts for."""

    name: str
    flow: str


@dataclass(slots=True)
class Coverage:
    """Hits by edge, and the first script that took it."""

    book: Book
    hits: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    _own: dict[str, str] = field(default_factory=dict)
    _shared: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        book = self.book
        for place, state in book.places.items():
            own = len(book.rules(place)) - len(book.everywhere)
            for number, rule in enumerate(book.rules(place)):
                edge = book.edge(place, rule)
                if number < own:
                    self._own[edge] = place.partition("/")[0]
                elif not (state.root and rule.on == CANCEL):
                    self._shared.setdefault(edge, book.edge(EVERYWHERE, rule))

    def add(self, actions: Iterable[str], where: str) -> None:
        """Count the edges among the audit's ``actions``; ``where`` names the script."""
        for action in actions:
            edge = action if action in self._own else self._shared.get(action)
            if edge is not None:
                self.hits[edge] = self.hits.get(edge, 0) + 1
                self.first.setdefault(edge, where)

    @property
    def edges(self) -> list[Edge]:
        """All edges, flow by flow."""
        own = [Edge(name, flow) for name, flow in self._own.items()]
        return own + [Edge(name, EVERYWHERE) for name in dict.fromkeys(self._shared.values())]

    @property
    def missing(self) -> list[str]:
        """Edges that no script took."""
        return [edge.name for edge in self.edges if edge.name not in self.hits]

    def table(self) -> list[str]:
        """A line a flow: how many edges, how many taken, how often; then every edge that was not."""
        lines = [f"{'flow':<14}{'edges':>6}{'taken':>7}{'hits':>8}"]
        for flow in dict.fromkeys(edge.flow for edge in self.edges):
            names = [edge.name for edge in self.edges if edge.flow == flow]
            taken = [name for name in names if name in self.hits]
            hits = sum(self.hits[name] for name in taken)
            lines.append(f"{flow:<14}{len(names):>6}{len(taken):>7}{hits:>8}")
        return lines + [f"not taken: {name}" for name in self.missing]
