"""The lobby: what becomes of new tickets when more are opened than there should be topics.

Such a ticket has no topic of its own; it is listed, with a button to claim it, in one topic for all of them. What is
written to it is held, and is in its topic, in order, as soon as somebody claims it. The person notices nothing.
"""

from __future__ import annotations

from bot.context import Policy
from bot.db import limits, lobby, outbox
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.db.tickets import Ticket
from bot.domain.limits import topics
from bot.tools import Tools

_ALL = "all"
"""Topics are counted together, whoever they are for."""


async def crowded(tx: Tx, tools: Tools, policy: Policy, *, urgent: bool) -> bool:
    """Whether one more ticket has to go to the lobby; if not, its topic is counted."""
    return await limits.allow(tx, tools, topics(*policy.topics, urgent=urgent), _ALL) > 0


async def leave(tx: Tx, tools: Tools, ticket: Ticket) -> list[Post]:
    """Let the ticket have a topic, with everything that was held for it; nothing where it has one."""
    if not ticket.lobby:
        return []
    await tx.lock(ticket.id)
    if not await lobby.left(tx, ticket.id):
        return []
    return [*await outbox.release(tx, tools, ticket.id), await outbox.listing(tx, tools)]
