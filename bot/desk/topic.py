"""Posts into a ticket's topic. What is sent, and in which order, is ``bot/outbox.py``'s; which topic, ``Topics``'."""

from __future__ import annotations

from bot.context import Policy
from bot.db import forums, lobby
from bot.db.base import Tx
from bot.db.outbox import CARD, CLAIM, ICON, RELAY, Post
from bot.db.tickets import Ticket

PASSED, NOTED, TAKEN_BACK, TWICE = "👍", "✍", "🙈", "🤔"
"""What became of a message: the person has it, it stays among agents, it was taken back, it may be there twice."""
_MARKS = {PASSED: "passed", NOTED: "noted", TAKEN_BACK: "taken_back", TWICE: "perhaps_twice"}
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


def over(policy: Policy, ticket: int, key: str = "", *, by_hand: bool = False) -> list[Post]:
    """The ticket is done: shown, and the topic closed unless somebody has closed it ``by_hand``.

    Said too, with ``key``; without one it is shown after everything that is more urgent.
    """
    said = [post(policy, ticket, "desk_text", {"key": key}, priority=CLAIM)] if key else []
    closed = [] if by_hand else [post(policy, ticket, "close_topic", {}, priority=CLAIM if key else ICON)]
    return [*said, *card(policy, ticket), *closed]


def mark(ticket: int, forum: int, message: int, emoji: str) -> Post:
    """A reaction on an agent's message in the group that is configured by this id."""
    return Post(
        "telegram", f"ticket:{ticket}", forum, "react", {"message": message, "emoji": emoji}, priority=ICON,
        keys=f"desk/{_MARKS.get(emoji, 'reaction')}",
    )  # fmt: skip


async def link(tx: Tx, ticket: Ticket) -> dict[str, object]:
    """What a link to a ticket needs: its number, the group that it is in (0: none yet), and the message there."""
    if ticket.lobby:
        where = await lobby.state(tx)
        configured, message = where.forum, where.message or where.thread
    else:
        configured, message = ticket.forum, ticket.thread or ticket.card
    group = (await forums.forum(tx, configured)).current if configured else 0
    return {"number": ticket.number, "group": group, "message": message or 0}
