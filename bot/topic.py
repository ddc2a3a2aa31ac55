"""Posts into a ticket's topic. What is sent, and in which order, is ``bot/outbox.py``'s; which topic, ``Topics``'."""

from __future__ import annotations

from bot.context import Policy
from bot.db.outbox import RELAY, Post

NO_FORUM = 0
"""Stands for the agents' group where none is configured, as only a sandbox may be: such posts are refused."""


def post(
    policy: Policy,
    ticket: int,
    kind: str,
    body: dict[str, object],
    *,
    priority: int = RELAY,
    ref: int | None = None,
) -> Post:
    """A post of this kind for the topic of the ticket with this row id."""
    return Post(
        "telegram", f"ticket:{ticket}", policy.forum or NO_FORUM, kind, {"ticket": ticket, **body},
        priority=priority, ref=ref, keys=str(body.get("key", f"desk/{kind}")),
        merge=f"card:{ticket}" if kind == "card" else "",
    )  # fmt: skip
