"""Tickets that went into another one: who may have both, and what is one case from then on."""

from __future__ import annotations

from bot.db import tickets
from bot.db.base import Tx
from bot.db.tickets import Ticket
from bot.domain.targets import PRIORITIES
from bot.tools import Tools

_LONGEST = 10
"""So many merges one after the other are followed."""


async def came(tx: Tx, ticket: int, chat: int) -> None:
    """This person came by the ticket's link, and went on in the one that they had open."""
    await tx.run("UPDATE tickets SET came = $1 WHERE id = $2 AND chat = 0", chat, ticket)


async def merge(tx: Tx, tools: Tools, ticket: Ticket, into: Ticket) -> bool:
    """Close the ticket as merged, and let the other have what it lacks; True for exactly one caller.

    The person, the account and whoever works on it stay with the case; so do the tags, what is known, and the higher
    priority.
    """
    await tx.lock(tickets.NUMBER_LOCK)
    merged = await tx.run(
        "UPDATE tickets SET status = 'closed', closed_at = $1, merged_into = $2, snooze_at = NULL, unmirrored = 1"
        " WHERE id = $3 AND status <> 'closed'",
        tools.clock.now(), into.number, ticket.id,
    )  # fmt: skip
    if merged != 1:
        return False
    facts = {**ticket.facts, **{name: value for name, value in into.facts.items() if value not in ("", None)}}
    await tickets.set_facts(tx, tools, into.id, facts)
    await tx.run(
        "UPDATE tickets SET chat = CASE WHEN chat = 0 THEN $1 ELSE chat END,"
        " lang = CASE WHEN chat = 0 THEN $2 ELSE lang END, account = COALESCE(account, $3),"
        " assignee = COALESCE(assignee, $4), claimed_at = COALESCE(claimed_at, $5), came = COALESCE(came, $6),"
        " priority = $7, unmirrored = 1 WHERE id = $8",
        ticket.chat, ticket.lang, ticket.account, ticket.assignee, ticket.claimed_at, ticket.came,
        max(ticket.priority, into.priority, key=PRIORITIES.index), into.id,
    )  # fmt: skip
    await tickets.tag(tx, into, ticket.tags.split())
    return True


async def end(tx: Tx, tools: Tools, ticket: Ticket) -> Ticket:
    """Where the case goes on: the ticket itself, or the one that it went into in the end."""
    for _ in range(_LONGEST):
        following = await tickets.by_number(tx, tools, ticket.merged_into) if ticket.merged_into else None
        if following is None:
            break
        ticket = following
    return ticket


async def family(tx: Tx, tools: Tools, ticket: Ticket) -> list[Ticket]:
    """The ticket and all that went into it, also by way of others."""
    found = [ticket]
    for each in found:  # it grows while it is walked
        known = {member.id for member in found}
        merged = await tickets.which(tx, tools, "merged_into = $1 ORDER BY id", each.number)
        found += [member for member in merged if member.id not in known]
    return found
