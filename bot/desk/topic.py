"""Posts into a ticket's topic. What is sent, and in which order, is ``bot/outbox.py``'s; which topic, ``Topics``'."""

from __future__ import annotations

from bot.context import Policy
from bot.db.outbox import CARD, CLAIM, ICON, RELAY, Post

PASSED, NOTED, TAKEN_BACK = "👍", "✍", "🙈"
"""What became of an agent's message: the person has it, it stays among agents, it was taken back."""
_MARKS = {PASSED: "passed", NOTED: "noted", TAKEN_BACK: "taken_back"}
_COALESCED = ("card", "name")
"""Of these only the newest is sent."""
NO_FORUM = 0
"""Stands for the agents' group that is found when a post is sent; where none is configured it is refused."""


def post(
    policy: Policy,
    ticket: int,
    kind: str,
    body: dict[str, object],
    *,
    priority: int = RELAY,
    ref: int | None = None,
    due_at: int = 0,
) -> Post:
    """A post of this kind for the topic of the ticket with this row id.

    Which group that is in is found when it is sent. In ``body``, ``reply`` is a message to be answered and ``in`` the
    group of which it is, by its configured id: should the topic be in another one by then, nothing is quoted. ``about``
    is one in the person's chat; what it is in the topic is found when the post is sent.
    """
    return Post(
        "telegram", f"ticket:{ticket}", policy.forum or NO_FORUM, kind, {"ticket": ticket, **body},
        priority=priority, ref=ref, keys=str(body.get("key", f"desk/{kind}")),
        merge=f"{kind}:{ticket}" if kind in _COALESCED else f"album:{body['album']}" if kind == "relays" else "",
        due_at=due_at,
    )  # fmt: skip


def card(policy: Policy, ticket: int) -> list[Post]:
    """The ticket stands otherwise: its card and the name of its topic say so."""
    return [
        post(policy, ticket, "card", {}, priority=CARD),
        post(policy, ticket, "name", {}, priority=ICON),
    ]


def solved(policy: Policy, ticket: int, key: str, *, by_hand: bool = False) -> list[Post]:
    """The ticket is done: said, shown, and the topic closed unless somebody has closed it ``by_hand``."""
    posts = [post(policy, ticket, "desk_text", {"key": key}, priority=CLAIM), *card(policy, ticket)]
    return posts if by_hand else [*posts, post(policy, ticket, "close_topic", {}, priority=CLAIM)]


def mark(ticket: int, forum: int, message: int, emoji: str) -> Post:
    """A reaction on an agent's message in the group that is configured by this id."""
    return Post(
        "telegram", f"ticket:{ticket}", forum, "react", {"message": message, "emoji": emoji}, priority=ICON,
        keys=f"desk/{_MARKS.get(emoji, 'reaction')}",
    )  # fmt: skip
