"""Where tickets stand: the topic and the card of each in the agents' groups.

A group is named by its configured id; 0 where nothing is there yet.
"""

from __future__ import annotations

from bot.db import tickets
from bot.db.base import Tx
from bot.db.tickets import Ticket
from bot.tools import Tools


async def of_thread(tx: Tx, tools: Tools, forum: int, thread: int) -> Ticket | None:
    """The ticket whose topic this is, in the group that is configured by this id."""
    found = await tickets.which(tx, tools, "forum = $1 AND thread = $2", forum, thread)
    return found[0] if found else None


async def of_message(tx: Tx, tools: Tools, forum: int, message: int) -> Ticket | None:
    """The newest ticket of which this message of the group is the card or a part."""
    found = await tickets.which(
        tx, tools,
        "(forum = $1 AND card = $2)"
        " OR id IN (SELECT ticket FROM ticket_messages WHERE forum = $1 AND desk_message = $2)"
        " ORDER BY id DESC LIMIT 1",
        forum, message,
    )  # fmt: skip
    return found[0] if found else None


async def put(tx: Tx, ticket: int, forum: int, thread: int | None, card: int | None) -> None:
    """Note the topic and the card's message, or with 0 and None that they are gone."""
    await tx.run("UPDATE tickets SET forum = $1, thread = $2, card = $3 WHERE id = $4", forum, thread, card, ticket)


async def lost(tx: Tx, ticket: int, chat: int) -> None:
    """Note that the topic, in the group that has this id now, cannot be reached any more."""
    await tx.run(
        "UPDATE tickets SET lost_chat = $1, lost_thread = thread, forum = 0, thread = NULL, card = NULL WHERE id = $2",
        chat, ticket,
    )  # fmt: skip


async def recalled(tx: Tx, ticket: int) -> None:
    """What was said in the lost topic stands in the new one."""
    await tx.run("UPDATE tickets SET lost_chat = NULL, lost_thread = NULL WHERE id = $1", ticket)


async def scattered(tx: Tx, forum: int) -> None:
    """The group has another id, or is none of ours any more: no ticket has a topic there."""
    await tx.run("UPDATE tickets SET forum = 0, thread = NULL, card = NULL WHERE forum = $1", forum)


async def regrouped(tx: Tx, before: int, now: int) -> None:
    """What is in a group is named by another configured id from now on."""
    there = await tx.run(
        "UPDATE tickets SET forum = $1 WHERE forum = $2 AND (thread IS NOT NULL OR card IS NOT NULL)", now, before
    )
    if there:
        await tx.run("UPDATE ticket_messages SET forum = $1 WHERE forum = $2 AND desk_message IS NOT NULL", now, before)


async def groups(tx: Tx) -> list[int]:
    """The groups in which tickets have topics, by configured id."""
    return [row["forum"] for row in await tx.all("SELECT DISTINCT forum FROM tickets WHERE forum <> 0")]
