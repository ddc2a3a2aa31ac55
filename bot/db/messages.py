"""Messages of tickets: their ids on both sides, what became of them, and every version of what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal

from bot.db import tickets
from bot.db.base import Tx
from bot.tools import Tools

Side = Literal["user", "agent", "note"]
"""Who wrote a message; a note is an agent's, and stays among agents."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a ticket, by its ids on both sides. ``status``: waiting, delivered, failed, kept or unsent.

    ``forum`` is the group whose ids ``desk_message`` is one of, by its configured id; 0 until it has one.
    """

    id: int
    ticket: int
    side: Side
    author: int
    user_message: int | None
    desk_message: int | None
    status: str
    at: int
    what: str
    album: str
    forum: int


_MESSAGE = ", ".join(field.name for field in fields(Message))


async def message(
    tx: Tx,
    tools: Tools,
    *,
    ticket: int,
    side: Side,
    author: int,
    source: int | None,
    forum: int,
    what: str = "text",
    album: str = "",
    text: str = "",
) -> int:
    """Store a message that is to be passed on, or kept; the row's id.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        ticket: its ticket.
        side: who wrote it.
        author: their Telegram id.
        source: the message's id on its own side; None for what stands in no message of Telegram's.
        forum: the agents' group in which it stands, by its configured id; 0 for a person's.
        what: its kind of content.
        album: mark shared by the parts of an album.
        text: what it says, as the other side is shown it.
    """
    made = tools.ids()
    await tx.run(
        "INSERT INTO ticket_messages (id, ticket, side, author, user_message, desk_message, status, at, what, album,"
        " forum) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        made, ticket, side, author, source if side == "user" else None, None if side == "user" else source,
        "kept" if side == "note" else "waiting", tools.clock.now(), what, album, forum,
    )  # fmt: skip
    await say(tx, tools, made, text)
    return made


async def say(tx: Tx, tools: Tools, message_id: int, text: str) -> None:
    """Add what a message says now; what it said before stays."""
    made = tools.ids()
    await tx.run(
        "INSERT INTO ticket_texts (id, message, text, at) VALUES ($1, $2, $3, $4)",
        made, message_id, tools.vault.seal(text, f"ticket_texts/text/{made}"), tools.clock.now(),
    )  # fmt: skip
    await tickets.written(tx, message_id)


async def said(tx: Tx, tools: Tools, message_id: int) -> list[tuple[int, str]]:
    """Everything that a message has said, and when; the newest last."""
    rows = await tx.all("SELECT id, text, at FROM ticket_texts WHERE message = $1 ORDER BY id", message_id)
    return [(row["at"], tools.vault.open(row["text"], f"ticket_texts/text/{row['id']}")) for row in rows]


async def album_kept(tx: Tx, ticket: int, album: str) -> bool:
    """Whether a part of this album is a note; then all of it is."""
    found = await tx.one(
        "SELECT 1 AS one FROM ticket_messages WHERE ticket = $1 AND album = $2 AND side = 'note' LIMIT 1", ticket, album
    )
    return found is not None


async def keep_album(tx: Tx, ticket: int, album: str) -> None:
    """What of the album was to be passed on is a note now."""
    await tx.run(
        "UPDATE ticket_messages SET side = 'note', status = 'kept'"
        " WHERE ticket = $1 AND album = $2 AND side = 'agent' AND status = 'waiting'",
        ticket, album,
    )  # fmt: skip


async def album(tx: Tx, ticket: int, mark: str) -> list[Message]:
    """The parts of an album, in the order in which they stand in it."""
    rows = await tx.all(
        f"SELECT {_MESSAGE} FROM ticket_messages WHERE ticket = $1 AND album = $2 ORDER BY id",  # noqa: S608 - a constant list of columns
        ticket, mark,
    )  # fmt: skip
    return sorted(
        (Message(**dict(found)) for found in rows), key=lambda part: part.user_message or part.desk_message or 0
    )


async def album_failed(tx: Tx, ticket: int, mark: str) -> list[Message]:
    """What of an album was to be passed on could not be; the parts."""
    waiting = await album_waiting(tx, ticket, mark)
    for part in waiting:
        await passed(tx, part.id, None)
    return waiting


async def album_waiting(tx: Tx, ticket: int, mark: str) -> list[Message]:
    """The parts of an album that are to be passed on."""
    return [part for part in await album(tx, ticket, mark) if part.status == "waiting"]


async def written(tx: Tx, ticket: int, desk_message: int, *, forum: int) -> Message | None:
    """The newest message of the ticket that has this id in the group."""
    row = await tx.one(
        f"SELECT {_MESSAGE} FROM ticket_messages WHERE ticket = $1 AND desk_message = $2 AND forum = $3"  # noqa: S608 - a constant list of columns
        " ORDER BY id DESC LIMIT 1",
        ticket, desk_message, forum,
    )  # fmt: skip
    return Message(**dict(row)) if row else None


async def of_tickets(tx: Tx, family: Iterable[int]) -> list[Message]:
    """Every message of these tickets, the oldest first."""
    found: list[Message] = []
    for ticket in family:
        rows = await tx.all(f"SELECT {_MESSAGE} FROM ticket_messages WHERE ticket = $1 ORDER BY id", ticket)  # noqa: S608 - a constant list of columns
        found += [Message(**dict(row)) for row in rows]
    return sorted(found, key=lambda message: message.id)


async def pieces(tx: Tx, ticket: int, desk_message: int, *, forum: int) -> list[Message]:
    """Every message that stands for this one of the group, in order: one, or the parts of a long text."""
    rows = await tx.all(
        f"SELECT {_MESSAGE} FROM ticket_messages WHERE ticket = $1 AND desk_message = $2 AND forum = $3"  # noqa: S608 - a constant list of columns
        " AND status <> 'unsent' ORDER BY id",
        ticket, desk_message, forum,
    )  # fmt: skip
    return [Message(**dict(row)) for row in rows]


async def received(tx: Tx, ticket: int, user_message: int) -> Message | None:
    """The agent's message that the person has under this id."""
    row = await tx.one(
        f"SELECT {_MESSAGE} FROM ticket_messages WHERE ticket = $1 AND user_message = $2 AND side = 'agent'"  # noqa: S608 - a constant list of columns
        " ORDER BY id DESC LIMIT 1",
        ticket, user_message,
    )  # fmt: skip
    return Message(**dict(row)) if row else None


async def row(tx: Tx, message_id: int) -> Message | None:
    """The message with this row id."""
    found = await tx.one(f"SELECT {_MESSAGE} FROM ticket_messages WHERE id = $1", message_id)  # noqa: S608 - a constant list of columns
    return Message(**dict(found)) if found else None


async def again(tx: Tx, failed: Message) -> bool:
    """A message, or the album that it is of, is to be tried once more; True for exactly one caller."""
    taken = await tx.run(
        "UPDATE ticket_messages SET status = 'waiting' WHERE ticket = $1 AND status = 'failed'"
        " AND (id = $2 OR (album = $3 AND album <> ''))",
        failed.ticket, failed.id, failed.album,
    )  # fmt: skip
    return taken > 0


async def unsend(tx: Tx, message_id: int) -> bool:
    """An answer is taken back; True for exactly one caller."""
    taken = await tx.run(
        "UPDATE ticket_messages SET status = 'unsent' WHERE id = $1 AND side = 'agent' AND status = 'delivered'",
        message_id,
    )
    await tickets.written(tx, message_id)
    return taken == 1


async def spoil(tx: Tx, message_id: int) -> None:
    """An answer that did not get through is no longer what was looked at: it is not to be tried once more."""
    await tx.run("UPDATE ticket_messages SET status = 'unsent' WHERE id = $1 AND status = 'failed'", message_id)
    await tickets.written(tx, message_id)


async def passed(tx: Tx, row: int, copy: int | None, *, forum: int = 0) -> None:
    """The message was passed on, and this is the copy's id (in this group of agents); with None, it could not be."""
    await tx.run(
        "UPDATE ticket_messages SET status = $1,"
        " user_message = CASE WHEN side = 'agent' THEN $2 ELSE user_message END,"
        " desk_message = CASE WHEN side = 'user' THEN $2 ELSE desk_message END,"
        " forum = CASE WHEN side = 'user' THEN $3 ELSE forum END WHERE id = $4",
        "failed" if copy is None else "delivered", copy, forum, row,
    )  # fmt: skip
    if copy is None:
        await tickets.written(tx, row)


async def twin(
    tx: Tx, ticket: int, *, forum: int, user_message: int | None = None, desk_message: int | None = None
) -> int | None:
    """The id that a message has on the other side, if it was passed on; the agents' side being this group of them."""
    if user_message is not None:
        row = await tx.one(
            "SELECT desk_message AS twin FROM ticket_messages WHERE ticket = $1 AND user_message = $2 AND forum = $3"
            " ORDER BY id DESC LIMIT 1",
            ticket, user_message, forum,
        )  # fmt: skip
    else:
        row = await tx.one(
            "SELECT user_message AS twin FROM ticket_messages WHERE ticket = $1 AND desk_message = $2 AND forum = $3"
            " ORDER BY id DESC LIMIT 1",
            ticket, desk_message, forum,
        )  # fmt: skip
    return row["twin"] if row else None


async def last_answer(tx: Tx, ticket: int) -> int | None:
    """Who wrote the newest answer to the person."""
    newest = await tx.one(
        "SELECT author FROM ticket_messages WHERE ticket = $1 AND side = 'agent' ORDER BY id DESC LIMIT 1", ticket
    )
    return newest["author"] if newest else None
