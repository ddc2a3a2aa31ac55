"""Carries a conversation from an older release's shape into this one.

``flows.lock.json`` freezes the shape of every released version of every flow; a test fails when a shape changes and
neither its version rises nor an upgrade stands here. A conversation that nothing carries over is restarted politely
(``Outdated``): the person is told, and nothing they had finished is lost, because what is finished is rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from conversations.engine import Book, Flow, Snapshot

Upgrade = Callable[[Snapshot], Snapshot]

Upgrades = Mapping[tuple[str, int], Upgrade | None]


def _same(snapshot: Snapshot) -> Snapshot:
    """For a version that only added to the one before it."""
    return replace(snapshot, version=snapshot.version + 1)


_ADDED_TO = {
    "welcome": (1, 2, 3), "signin": (1, 2, 3), "protection": (1, 2), "bind_phone": (1, 2), "change_phone": (1, 2),
    "recover_phone": (1, 2), "bind_totp": (1, 2), "bind_email": (1,), "trading_password": (1,), "handoff": (1, 2),
}  # fmt: skip
UPGRADES: Upgrades = {(flow, version): _same for flow, versions in _ADDED_TO.items() for version in versions}
"""By flow and the version it comes from: makes a snapshot of the next version; None where a restart was decided on."""


def carry(book: Book, snapshot: Snapshot | None, upgrades: Upgrades = UPGRADES) -> Snapshot | None:
    """The snapshot in today's shape; None if there is none, or nothing carries it over."""
    while snapshot is not None:
        flow = book.flows.get(snapshot.flow)
        if flow is not None and flow.version == snapshot.version:
            parked = carry(book, snapshot.parked, upgrades)
            known = snapshot.place in book.places
            return (snapshot if parked is snapshot.parked else replace(snapshot, parked=parked)) if known else None
        upgrade = upgrades.get((snapshot.flow, snapshot.version))
        snapshot = upgrade(snapshot) if upgrade else None
    return None


def lock(book: Book, known: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """What ``flows.lock.json`` should hold: what it does, and today's versions where it lacks them.

    A shape that is locked stays: a change under the same version is for the author to mend, not for a tool to hide.
    """
    return {name: {str(flow.version): shape(flow), **known.get(name, {})} for name, flow in book.flows.items()}


def shape(flow: Flow) -> str:
    """A digest of what a running conversation depends on: the states, what they read, show and keep."""
    states = {
        state.name: {
            "reads": [state.reads.kind, state.reads.channel, state.reads.purpose],
            "buttons": sorted(button.id for row in state.buttons for button in row),
            "edges": sorted({f"{rule.trigger}?{rule.when}->{rule.to}" for rule in state.rules}),
            "keeps": sorted({name for rule in state.rules for name in (*rule.keep, *rule.put)}),
        }
        for state in flow.states
    }
    text = json.dumps(states, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
