"""What is on record of a ticket: everything that was said in it, in whole or lately, and the tickets before it."""

from __future__ import annotations

from typing import Any, Final

from bot.db import agents, merges, messages, tickets
from bot.db.base import Tx
from bot.db.messages import Message
from bot.db.tickets import Ticket
from bot.desk import topic
from bot.tools import Tools

_LATELY: Final = 10
"""Messages of a digest."""
_SHORT: Final = 240
"""Characters of each: together they fit into one message."""
_SHOWN: Final = 5
"""Earlier tickets that the card shows."""
_AGENT: Final = "agent:"


async def said(tx: Tx, tools: Tools, ticket: Ticket) -> list[dict[str, Any]]:
    """Every message with all its versions, as the other side was shown it; secrets were masked before.

    What was said in tickets that went into this one is a part of it.
    """
    family = {each.id: each for each in await merges.family(tx, tools, ticket)}
    return [await _row(tx, tools, family[message.ticket], message) for message in await messages.of_tickets(tx, family)]


async def lately(tx: Tx, tools: Tools, ticket: Ticket, *, arrived: bool = False) -> dict[str, Any]:
    """The last messages, each cut short, and how many there were before them; if need be only those that have arrived.

    What has not arrived is still to be passed on, into whatever topic the ticket has by then.
    """
    family = {each.id: each for each in await merges.family(tx, tools, ticket)}
    found = await messages.of_tickets(tx, family)
    if arrived:
        found = [each for each in found if each.status in ("delivered", "kept")]
    rows = []
    for message in found[-_LATELY:]:
        row = await _row(tx, tools, family[message.ticket], message)
        version = row.pop("said")[-1]
        text = " ".join(version["text"].split())
        rows.append({**row, "at": message.at, "text": text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"})
    return {
        "rows": rows,
        "more": max(0, len(found) - _LATELY),
        "chat": ticket.lost_chat,
        "thread": ticket.lost_thread,
    }


async def _row(tx: Tx, tools: Tools, ticket: Ticket, message: Message) -> dict[str, Any]:
    name = ticket.facts.get("name") if message.side == "user" else await agents.name(tx, tools, message.author)
    versions = [{"at": at, "text": text} for at, text in await messages.said(tx, tools, message.id)]
    return {
        "side": message.side,
        "author": name or "",
        "status": message.status,
        "what": message.what,
        "of": ticket.number,
        "said": versions,
    }


async def before(tx: Tx, tools: Tools, ticket: Ticket) -> dict[str, Any]:
    """The tickets that the person, or the account, had before.

    The newest ones and how each ended, how many more there are, and a link to the one that this goes on from.
    """
    found = await tickets.before(tx, tools, ticket)
    rows = []
    for each in found[:_SHOWN]:
        solver = each.solved_by or ""
        agent = int(solver.removeprefix(_AGENT)) if solver.startswith(_AGENT) else None
        rows.append({
            **await topic.link(tx, each), "reason": each.reason, "live": each.live,
            "status": each.status, "by": await agents.name(tx, tools, agent) if agent else solver,
            "opened_at": each.opened_at,
        })  # fmt: skip
    followed = next((each for each in found if each.number == ticket.follows), None)
    follows = await topic.link(tx, followed) if followed else None
    return {"rows": rows, "more": max(0, len(found) - _SHOWN), "follows": follows}
