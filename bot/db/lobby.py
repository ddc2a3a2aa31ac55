"""The lobby: tickets without a topic of their own, and the topic in which they are listed.

What is written to such a ticket is held in the outbox until it leaves the lobby (``bot/db/outbox.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.base import Tx
from bot.domain.targets import PRIORITIES

_ROW = 1
"""There is one lobby."""


@dataclass(frozen=True, slots=True)
class State:
    """Where the lobby's topic is (``bot/db/tickets.py`` says it likewise), and the message that lists who waits."""

    forum: int = 0
    thread: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket in the lobby: its row id, and how many messages are held for it."""

    ticket: int
    messages: int


async def state(tx: Tx) -> State:
    """Where the lobby is."""
    row = await tx.one("SELECT forum, thread, message FROM lobby WHERE id = $1", _ROW)
    return State(**dict(row)) if row else State()


async def placed(tx: Tx, forum: int, thread: int | None) -> None:
    """Note the topic, or with None that it is gone; nothing is listed in it yet."""
    await tx.run(
        "INSERT INTO lobby (id, forum, thread) VALUES ($1, $2, $3) ON CONFLICT (id)"
        " DO UPDATE SET forum = excluded.forum, thread = excluded.thread, message = NULL",
        _ROW, forum, thread,
    )  # fmt: skip


async def shown(tx: Tx, forum: int, message: int | None) -> None:
    """Note the message that lists who waits, or with None that the next one is a new one."""
    await tx.run(
        "INSERT INTO lobby (id, forum, message) VALUES ($1, $2, $3) ON CONFLICT (id)"
        " DO UPDATE SET forum = excluded.forum, message = excluded.message",
        _ROW, forum, message,
    )  # fmt: skip


async def scattered(tx: Tx, forum: int) -> None:
    """The group has another id: the lobby has no topic there yet."""
    await tx.run("UPDATE lobby SET forum = 0, thread = NULL, message = NULL WHERE forum = $1", forum)


async def regrouped(tx: Tx, before: int, now: int) -> None:
    """The group is configured by another id from now on."""
    await tx.run("UPDATE lobby SET forum = $1 WHERE forum = $2", now, before)


async def waiting(tx: Tx) -> list[Waiting]:
    """Who waits: by priority, those with an account before those without, the oldest first."""
    rows = await tx.all(
        "SELECT t.id, t.priority, t.account, (SELECT count(*) FROM ticket_messages m WHERE m.ticket = t.id) AS n"
        " FROM tickets t WHERE t.lobby = 1 AND t.status IN ('new', 'open', 'pending', 'hold') ORDER BY t.id"
    )
    ranked = sorted(rows, key=lambda row: (-PRIORITIES.index(row["priority"]), row["account"] is None))
    return [Waiting(row["id"], row["n"]) for row in ranked]


async def left(tx: Tx, ticket: int) -> bool:
    """The ticket gets a topic of its own; True for exactly one caller."""
    return await tx.run("UPDATE tickets SET lobby = 0 WHERE id = $1 AND lobby = 1", ticket) == 1
