"""Tickets: how they stand, who has them, and where their topic is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from bot.db.base import Row, Tx
from bot.domain.desk_days import Case
from bot.tools import Tools

FIRST_NUMBER = 1001
"""Tickets are numbered from here, so that a number is recognised as one."""
_NUMBER_LOCK = 0x7469636B  # "tick"


Status = Literal["new", "open", "pending", "hold", "solved", "closed"]
"""New: nobody has taken it; open: somebody works on it; pending: the person is asked something; hold: something else is
waited for; solved: done, and may be reopened; closed: for good."""
LIVE = ("new", "open", "pending", "hold")
"""Somebody still has to do something; a person has one such ticket at most."""
_LIVE = ", ".join(f"'{status}'" for status in LIVE)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One case.

    Attributes:
        assignee: the agent who speaks to the person.
        tags: words of the agents, with blanks between.
        spent: open milliseconds that the desk has used, and ``running_since`` since when the clock runs.
        told: what was said of its time, in words with blanks between.
        first_result: how the target of the first answer was met; ``result``: that of the resolution.
        forum: the group in which its topic is, by its configured id; 0: there is none yet.
        thread: the topic; 0 where the group has no room for one, so that all of it stands in *General*.
        lobby: 1 while it has no topic of its own and is listed in the lobby.
        facts: what the card shows, masked already.
    """

    id: int
    number: int
    chat: int
    lang: str
    reason: str
    place: str
    status: Status
    thread: int | None
    card: int | None
    opened_at: int
    account: int | None
    priority: str
    tags: str
    status_at: int
    wake_at: int | None
    spent: int
    running_since: int | None
    told: str
    first_result: str
    result: str
    assignee: int | None
    claimed_at: int | None
    answered_at: int | None
    solved_at: int | None
    forum: int
    lobby: int
    facts: Mapping[str, Any]

    @property
    def live(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in LIVE

    @property
    def urgent(self) -> bool:
        """Whether it goes before all others."""
        return self.priority == "urgent"


_NAMES = tuple(field.name for field in fields(Ticket) if field.name != "facts")
_COLUMNS = ", ".join((*_NAMES, "facts"))


def _ticket(tools: Tools, row: Row | None) -> Ticket | None:
    if row is None:
        return None
    facts = json.loads(tools.vault.open(row["facts"], f"tickets/facts/{row['id']}"))
    return Ticket(facts=facts, **{name: row[name] for name in _NAMES})


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
    lobby: bool = False,
) -> Ticket:
    """Open a ticket, or return the one that this person has open. ``chat`` is 0 while nobody has come to it yet."""
    await tx.lock(_NUMBER_LOCK)
    known = await open_of(tx, tools, chat) if chat else None
    if known is not None:
        return known
    row = tools.ids()
    last = await tx.one("SELECT max(number) AS number FROM tickets")
    number = (last["number"] if last and last["number"] else FIRST_NUMBER - 1) + 1
    await tx.run(
        "INSERT INTO tickets (id, number, chat, account, reason, place, lang, facts, status, opened_at, status_at,"
        " running_since, due_at, priority, lobby)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'new', $9, $9, $9, $9, $10, $11)",
        row, number, chat, account, reason, place, lang,
        tools.vault.seal(json.dumps(facts), f"tickets/facts/{row}"), tools.clock.now(),
        "urgent" if urgent else "normal", int(lobby),
    )  # fmt: skip
    made = await get(tx, tools, row)
    if made is None:
        raise LookupError("the ticket was not written")
    return made


async def join(tx: Tx, tools: Tools, ticket: int, chat: int) -> bool:
    """Let the person come to a ticket that nobody has come to yet, unless they have one open."""
    await tx.lock(_NUMBER_LOCK)
    if await open_of(tx, tools, chat):
        return False
    joined = await tx.run(
        f"UPDATE tickets SET chat = $1 WHERE id = $2 AND chat = 0 AND status IN ({_LIVE})",  # noqa: S608 - a constant list
        chat, ticket,
    )  # fmt: skip
    return joined == 1


async def open_of(tx: Tx, tools: Tools, chat: int) -> Ticket | None:
    """The ticket that this person has open."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE chat = $1 AND status IN ({_LIVE})", chat)  # noqa: S608 - a constant list of columns
    return _ticket(tools, row)


async def get(tx: Tx, tools: Tools, ticket: int) -> Ticket | None:
    """The ticket with this row id."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE id = $1", ticket)  # noqa: S608 - as above
    return _ticket(tools, row)


async def live(tx: Tx, tools: Tools) -> list[Ticket]:
    """Every ticket that somebody still has to do something for, the oldest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM tickets WHERE status IN ({_LIVE}) ORDER BY id")  # noqa: S608 - as above
    return [ticket for row in rows if (ticket := _ticket(tools, row)) is not None]


async def by_number(tx: Tx, tools: Tools, number: int) -> Ticket | None:
    """The ticket with this number."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE number = $1", number)  # noqa: S608 - as above
    return _ticket(tools, row)


async def latest(tx: Tx, tools: Tools, chat: int) -> Ticket | None:
    """The newest ticket of this person."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE chat = $1 ORDER BY id DESC LIMIT 1", chat)  # noqa: S608 - as above
    return _ticket(tools, row)


async def of_account(tx: Tx, tools: Tools, account: int) -> list[Ticket]:
    """The account's tickets, the newest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM tickets WHERE account = $1 ORDER BY id DESC LIMIT 50", account)  # noqa: S608 - as above
    return [ticket for row in rows if (ticket := _ticket(tools, row)) is not None]


async def of_thread(tx: Tx, tools: Tools, forum: int, thread: int) -> Ticket | None:
    """The ticket whose topic this is, in the group that is configured by this id."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE forum = $1 AND thread = $2", forum, thread)  # noqa: S608 - as above
    return _ticket(tools, row)


async def of_message(tx: Tx, tools: Tools, forum: int, message: int) -> Ticket | None:
    """The newest ticket of which this message of the group is the card or a part."""
    row = await tx.one(
        f"SELECT {_COLUMNS} FROM tickets WHERE (forum = $1 AND card = $2)"  # noqa: S608 - as above
        " OR id IN (SELECT ticket FROM ticket_messages WHERE forum = $1 AND desk_message = $2)"
        " ORDER BY id DESC LIMIT 1",
        forum, message,
    )  # fmt: skip
    return _ticket(tools, row)


async def earlier(tx: Tx, chat: int) -> int:
    """How many tickets this person had before."""
    row = await tx.one("SELECT count(*) AS n FROM tickets WHERE chat = $1", chat)
    return row["n"] if row else 0


async def placed(tx: Tx, ticket: int, forum: int, thread: int | None, card: int | None) -> None:
    """Note the topic and the card's message, or with 0 and None that they are gone."""
    await tx.run("UPDATE tickets SET forum = $1, thread = $2, card = $3 WHERE id = $4", forum, thread, card, ticket)


async def urge(tx: Tx, ticket: int) -> bool:
    """Make it urgent; False if it is so already."""
    return await tx.run("UPDATE tickets SET priority = 'urgent' WHERE id = $1 AND priority <> 'urgent'", ticket) == 1


async def claim(tx: Tx, tools: Tools, ticket: int, agent: int) -> bool:
    """Let the agent take it; True for exactly one, as long as nobody has it."""
    taken = await tx.run(
        "UPDATE tickets SET assignee = $1, claimed_at = $2,"  # noqa: S608 - as above
        " status = CASE status WHEN 'new' THEN 'open' ELSE status END"
        f" WHERE id = $3 AND assignee IS NULL AND status IN ({_LIVE})",
        agent, tools.clock.now(), ticket,
    )  # fmt: skip
    return taken == 1


async def hand_over(tx: Tx, tools: Tools, ticket: int, agent: int, to: int | None) -> bool:
    """Let another agent have what ``agent`` has, or with None whoever takes it; True if it was theirs."""
    given = await tx.run(
        f"UPDATE tickets SET assignee = $1, claimed_at = $2 WHERE id = $3 AND assignee = $4 AND status IN ({_LIVE})",  # noqa: S608 - as above
        to, tools.clock.now() if to is not None else None, ticket, agent,
    )  # fmt: skip
    return given == 1


async def turn(tx: Tx, ticket: int, status: Status) -> bool:
    """Let it stand otherwise among the live ones; whether it did not already."""
    turned = await tx.run(
        f"UPDATE tickets SET status = $1 WHERE id = $2 AND status <> $1 AND status IN ({_LIVE})",  # noqa: S608 - as above
        status, ticket,
    )  # fmt: skip
    return turned == 1


async def solve(tx: Tx, tools: Tools, ticket: int, by: str) -> bool:
    """It is done; True for exactly one caller."""
    solved = await tx.run(
        f"UPDATE tickets SET status = 'solved', solved_at = $1, solved_by = $2 WHERE id = $3 AND status IN ({_LIVE})",  # noqa: S608 - as above
        tools.clock.now(), by, ticket,
    )  # fmt: skip
    return solved == 1


async def reopen(tx: Tx, tools: Tools, ticket: Ticket) -> bool:
    """It is not done after all, unless the person has another one open by now. Nobody becomes *new* twice."""
    await tx.lock(_NUMBER_LOCK)
    if ticket.chat and await open_of(tx, tools, ticket.chat):
        return False
    opened = await tx.run(
        "UPDATE tickets SET status = 'open', solved_at = NULL, solved_by = NULL WHERE id = $1 AND status = 'solved'",
        ticket.id,
    )
    return opened == 1


async def looked(
    tx: Tx,
    ticket: int,
    *,
    spent: int,
    running_since: int | None,
    told: Iterable[str],
    first_result: str,
    result: str,
    due_at: int | None,
) -> None:
    """Write what the clock says of it, and when it has to be looked at next."""
    await tx.run(
        "UPDATE tickets SET spent = $1, running_since = $2, told = $3, first_result = $4, result = $5, due_at = $6"
        " WHERE id = $7",
        spent, running_since, " ".join(sorted(told)), first_result, result, due_at, ticket,
    )  # fmt: skip


async def stands(tx: Tx, tools: Tools, ticket: int, wake_at: int | None = None) -> None:
    """It stands otherwise from now on, until ``wake_at`` if it is on hold for a time; its time is to be looked at."""
    await tx.run(
        "UPDATE tickets SET status_at = $1, due_at = $1, wake_at = $2 WHERE id = $3",
        tools.clock.now(), wake_at, ticket,
    )  # fmt: skip


async def due(tx: Tx, tools: Tools, most: int = 100) -> list[Ticket]:
    """The tickets whose time is to be looked at."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM tickets WHERE due_at <= $1 ORDER BY due_at LIMIT $2",  # noqa: S608 - as above
        tools.clock.now(), most,
    )  # fmt: skip
    return [ticket for row in rows if (ticket := _ticket(tools, row)) is not None]


async def close(tx: Tx, tools: Tools, ticket: int) -> bool:
    """A solved one is closed for good; True for exactly one caller."""
    closed = await tx.run(
        "UPDATE tickets SET status = 'closed', closed_at = $1 WHERE id = $2 AND status = 'solved'",
        tools.clock.now(), ticket,
    )  # fmt: skip
    return closed == 1


async def unasked(tx: Tx, ticket: int) -> bool:
    """Whether the person has not been asked yet how the help was."""
    return await tx.one("SELECT 1 AS one FROM tickets WHERE id = $1 AND rating_message IS NULL", ticket) is not None


async def asked(tx: Tx, ticket: int, message: int) -> None:
    """Note the message that asks the person how the help was."""
    await tx.run("UPDATE tickets SET rating_message = $1 WHERE id = $2", message, ticket)


async def rate(tx: Tx, ticket: int, chat: int, stars: int) -> bool:
    """The person's answer to that; True for the first one."""
    rated = await tx.run(
        "UPDATE tickets SET rating = $1 WHERE id = $2 AND chat = $3 AND rating IS NULL", stars, ticket, chat
    )
    return rated == 1


async def comment(tx: Tx, tools: Tools, chat: int, message: int, words: str) -> Ticket | None:
    """A word on the rating, in answer to the message that asked or thanked; the ticket, for the first one."""
    row = await tx.one(
        "SELECT id FROM tickets WHERE chat = $1 AND rating_message = $2 AND rating IS NOT NULL AND comment IS NULL",
        chat, message,
    )  # fmt: skip
    if row is None:
        return None
    sealed = tools.vault.seal(words, f"tickets/comment/{row['id']}")
    written = await tx.run("UPDATE tickets SET comment = $1 WHERE id = $2 AND comment IS NULL", sealed, row["id"])
    return await get(tx, tools, row["id"]) if written == 1 else None


async def cases(tx: Tx, since: int) -> list[Case]:
    """What counts of the tickets that were opened, or solved, since then."""
    names = tuple(field.name for field in fields(Case))
    rows = await tx.all(
        f"SELECT {', '.join(names)} FROM tickets WHERE opened_at >= $1 OR solved_at >= $1",  # noqa: S608 - as above
        since,
    )
    return [Case(**{name: row[name] for name in names}) for row in rows]


async def answer_times(tx: Tx, since: int) -> list[int]:
    """How long people who came since then have waited for their first answer, in milliseconds."""
    rows = await tx.all(
        "SELECT answered_at - opened_at AS waited FROM tickets WHERE answered_at IS NOT NULL AND opened_at >= $1", since
    )
    return [row["waited"] for row in rows]


async def tag(tx: Tx, ticket: Ticket, words: Iterable[str]) -> None:
    """Add tags; one that it has stays."""
    tags = " ".join(dict.fromkeys((*ticket.tags.split(), *words)))
    await tx.run("UPDATE tickets SET tags = $1 WHERE id = $2", tags, ticket.id)


async def prioritise(tx: Tx, ticket: int, priority: str) -> None:
    """How soon it is to be worked on."""
    await tx.run("UPDATE tickets SET priority = $1 WHERE id = $2", priority, ticket)


async def answered(tx: Tx, tools: Tools, ticket: int) -> None:
    """An answer has reached the person; the first one is remembered, and what it means for the target is looked at."""
    await tx.run(
        "UPDATE tickets SET answered_at = $1, due_at = $1 WHERE id = $2 AND answered_at IS NULL",
        tools.clock.now(), ticket,
    )  # fmt: skip


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
