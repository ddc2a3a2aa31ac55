"""Tickets, their messages, and the forum they live in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.db.base import Row, Tx
from bot.tools import Tools

FIRST_NUMBER = 1001
"""Tickets are numbered from here, so that a number is recognised as one."""
_NUMBER_LOCK = 0x7469636B  # "tick"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One case. ``facts`` is what the card shows, masked already."""

    id: int
    number: int
    chat: int
    lang: str
    reason: str
    place: str
    status: Literal["open", "closed"]
    thread: int | None
    card: int | None
    opened_at: int
    closed_at: int | None
    account: int | None
    urgent: bool
    facts: Mapping[str, Any]


_COLUMNS = "id, number, chat, lang, reason, place, status, thread, card, opened_at, closed_at, account, urgent, facts"


def _ticket(tools: Tools, row: Row | None) -> Ticket | None:
    if row is None:
        return None
    facts = json.loads(tools.vault.open(row["facts"], f"tickets/facts/{row['id']}"))
    columns = {name: row[name] for name in _COLUMNS.split(", ") if name not in ("facts", "urgent")}
    return Ticket(facts=facts, urgent=bool(row["urgent"]), **columns)


async def create(
    tx: Tx,
    tools: Tools,
    *,
    chat: int,
    account: int | None,
    reason: str,
    place: str,
    lang: str,
    facts: Mapping[str, Any],
    urgent: bool = False,
) -> Ticket:
    """Open a ticket, or return the one that this person has open. ``chat`` is 0 while nobody has come to it yet."""
    await tx.lock(_NUMBER_LOCK)
    known = await open_of(tx, tools, chat) if chat else None
    if known is not None:
        return known
    row = tools.ids()
    last = await tx.one("SELECT max(number) AS number FROM tickets")
    number = (last["number"] if last and last["number"] else FIRST_NUMBER - 1) + 1
    now = tools.clock.now()
    await tx.run(
        "INSERT INTO tickets (id, number, chat, account, reason, place, lang, facts, status, opened_at, urgent)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10)",
        row, number, chat, account, reason, place, lang,
        tools.vault.seal(json.dumps(facts), f"tickets/facts/{row}"), now, int(urgent),
    )  # fmt: skip
    return Ticket(row, number, chat, lang, reason, place, "open", None, None, now, None, account, urgent, facts)


async def join(tx: Tx, tools: Tools, ticket: int, chat: int) -> bool:
    """Let the person come to a ticket that nobody has come to yet, unless they have one open."""
    await tx.lock(_NUMBER_LOCK)
    if await open_of(tx, tools, chat):
        return False
    joined = await tx.run("UPDATE tickets SET chat = $1 WHERE id = $2 AND chat = 0 AND status = 'open'", chat, ticket)
    return joined == 1


async def open_of(tx: Tx, tools: Tools, chat: int) -> Ticket | None:
    """The ticket that this person has open."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE chat = $1 AND status = 'open'", chat)  # noqa: S608 - a constant list of columns
    return _ticket(tools, row)


async def get(tx: Tx, tools: Tools, ticket: int) -> Ticket | None:
    """The ticket with this row id."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE id = $1", ticket)  # noqa: S608 - as above
    return _ticket(tools, row)


async def of_thread(tx: Tx, tools: Tools, thread: int) -> Ticket | None:
    """The ticket whose topic this is."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE thread = $1", thread)  # noqa: S608 - as above
    return _ticket(tools, row)


async def of_message(tx: Tx, tools: Tools, message: int) -> Ticket | None:
    """The newest ticket of which this message of the agents' group is the card or a part."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM tickets WHERE card = $1"  # noqa: S608 - as above
        " OR id IN (SELECT ticket FROM ticket_messages WHERE desk_message = $1) ORDER BY id DESC LIMIT 1",
        message,
    )
    return _ticket(tools, row)


async def earlier(tx: Tx, chat: int) -> int:
    """How many tickets this person had before."""
    row = await tx.one("SELECT count(*) AS n FROM tickets WHERE chat = $1", chat)
    return row["n"] if row else 0


async def placed(tx: Tx, ticket: int, thread: int | None, card: int | None) -> None:
    """Note the topic and the card's message, or with None that they are gone."""
    await tx.run("UPDATE tickets SET thread = $1, card = $2 WHERE id = $3", thread, card, ticket)


async def urge(tx: Tx, ticket: int) -> bool:
    """Make it urgent; False if it is so already."""
    return await tx.run("UPDATE tickets SET urgent = 1 WHERE id = $1 AND urgent = 0", ticket) == 1


async def close(tx: Tx, tools: Tools, ticket: int, by: str) -> bool:
    """Close it; True for exactly one caller."""
    closed = await tx.run(
        "UPDATE tickets SET status = 'closed', closed_at = $1, closed_by = $2 WHERE id = $3 AND status = 'open'",
        tools.clock.now(), by, ticket,
    )  # fmt: skip
    return closed == 1


async def reopen(tx: Tx, tools: Tools, ticket: Ticket) -> bool:
    """Open it again, unless the person has another one open by now."""
    await tx.lock(_NUMBER_LOCK)
    if await open_of(tx, tools, ticket.chat):
        return False
    opened = await tx.run(
        "UPDATE tickets SET status = 'open', closed_at = NULL, closed_by = NULL WHERE id = $1 AND status = 'closed'",
        ticket.id,
    )
    return opened == 1


# --- messages -------------------------------------------------------------------------------------------------


async def message(
    tx: Tx, tools: Tools, *, ticket: int, side: Literal["user", "agent"], author: int, source: int
) -> int:
    """Store that a message (``source`` is its id on its own side) is to be passed on; the row's id."""
    row = tools.ids()
    await tx.run(
        "INSERT INTO ticket_messages (id, ticket, side, author, user_message, desk_message, status, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7)",
        row, ticket, side, author, source if side == "user" else None, source if side == "agent" else None,
        tools.clock.now(),
    )  # fmt: skip
    return row


async def passed(tx: Tx, row: int, copy: int | None) -> None:
    """The message was passed on, and this is the copy's id; with None, it could not be."""
    await tx.run(
        "UPDATE ticket_messages SET status = $1,"
        " user_message = CASE WHEN side = 'agent' THEN $2 ELSE user_message END,"
        " desk_message = CASE WHEN side = 'user' THEN $2 ELSE desk_message END WHERE id = $3",
        "failed" if copy is None else "delivered", copy, row,
    )  # fmt: skip


async def twin(tx: Tx, ticket: int, *, user_message: int | None = None, desk_message: int | None = None) -> int | None:
    """The id that a message has on the other side, if it was passed on."""
    if user_message is not None:
        row = await tx.one(
            "SELECT desk_message AS twin FROM ticket_messages WHERE ticket = $1 AND user_message = $2"
            " ORDER BY id DESC LIMIT 1",
            ticket, user_message,
        )  # fmt: skip
    else:
        row = await tx.one(
            "SELECT user_message AS twin FROM ticket_messages WHERE ticket = $1 AND desk_message = $2"
            " ORDER BY id DESC LIMIT 1",
            ticket, desk_message,
        )  # fmt: skip
    return row["twin"] if row else None


# --- the forum ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forum:
    """The agents' group: the id it has now, and since when it has no topics (None: it has)."""

    current: int
    flat_since: int | None


async def forum(tx: Tx, configured: int) -> Forum:
    """Where the configured group is now."""
    row = await tx.one("SELECT current, flat_since FROM forums WHERE configured = $1", configured)
    return Forum(row["current"], row["flat_since"]) if row else Forum(configured, None)


async def moved(tx: Tx, configured: int, current: int) -> bool:
    """Follow the group to its new id; True the first time."""
    if (await forum(tx, configured)).current == current:
        return False
    await tx.run(
        "INSERT INTO forums (configured, current) VALUES ($1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET current = excluded.current",
        configured, current,
    )  # fmt: skip
    await tx.run("UPDATE tickets SET thread = NULL, card = NULL WHERE status = 'open'")
    return True


async def flattened(tx: Tx, configured: int, since: int | None) -> None:
    """Note that the group has no topics (since when), or has them again (None)."""
    await tx.run(
        "INSERT INTO forums (configured, current, flat_since) VALUES ($1, $1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET flat_since = excluded.flat_since",
        configured, since,
    )  # fmt: skip
