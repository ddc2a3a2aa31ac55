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
NUMBER_LOCK = 0x7469636B  # "tick"
"""Held while it is decided which ticket of a person is the live one."""


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
        assignee: the agent who speaks to the person; ``solved_by``: ``person``, ``system`` or ``agent:`` and the id.
        lost_thread: the topic that could not be reached any more, in the group ``lost_chat``, until that is told.
        tags: words of the agents, with blanks between.
        spent: open milliseconds that the desk has used, and ``running_since`` since when the clock runs.
        told: what was said of its time, in words with blanks between.
        follows: number of the closed ticket that it goes on from.
        snooze_at: until when it is out of the queue.
        merged_into: number of the ticket that it went into.
        came: chat of whoever came by its link, and went on in the ticket that they had open.
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
    follows: int | None
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
    solved_by: str | None
    snooze_at: int | None
    merged_into: int | None
    came: int | None
    forum: int
    lobby: int
    lost_chat: int | None
    lost_thread: int | None
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
    follows: int | None = None,
    lobby: bool = False,
) -> Ticket:
    """Open a ticket, or return the one that this person has open. ``chat`` is 0 while nobody has come to it yet."""
    await tx.lock(NUMBER_LOCK)
    known = await open_of(tx, tools, chat) if chat else None
    if known is not None:
        return known
    row = tools.ids()
    last = await tx.one("SELECT max(number) AS number FROM tickets")
    number = (last["number"] if last and last["number"] else FIRST_NUMBER - 1) + 1
    await tx.run(
        "INSERT INTO tickets (id, number, chat, account, reason, place, lang, facts, status, opened_at, status_at,"
        " running_since, due_at, priority, follows, phone_end, lobby)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'new', $9, $9, $9, $9, $10, $11, $12, $13)",
        row, number, chat, account, reason, place, lang,
        tools.vault.seal(json.dumps(facts), f"tickets/facts/{row}"), tools.clock.now(),
        "urgent" if urgent else "normal", follows, phone_end(tools, str(facts.get("phone") or "")), int(lobby),
    )  # fmt: skip
    made = await get(tx, tools, row)
    if made is None:
        raise LookupError("the ticket was not written")
    return made


def phone_end(tools: Tools, masked: str) -> bytes | None:
    """What tickets are found by that show a phone with this end; None where no digits are shown."""
    digits = masked[-2:]
    return tools.vault.index("phone_end", digits) if len(digits) == 2 and digits.isdecimal() else None


async def join(tx: Tx, tools: Tools, ticket: int, chat: int) -> bool:
    """Let the person come to a ticket that nobody has come to yet, unless they have one open."""
    await tx.lock(NUMBER_LOCK)
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


async def which(tx: Tx, tools: Tools, condition: str, *args: object) -> list[Ticket]:
    """The tickets for which a condition holds that a module of ``bot/db`` has written."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM tickets WHERE {condition}", *args)  # noqa: S608 - as above
    return [ticket for row in rows if (ticket := _ticket(tools, row)) is not None]


async def set_facts(tx: Tx, tools: Tools, ticket: int, facts: Mapping[str, Any]) -> None:
    """What the card shows from now on, masked already."""
    await tx.run(
        "UPDATE tickets SET facts = $1, phone_end = $2 WHERE id = $3",
        tools.vault.seal(json.dumps(facts), f"tickets/facts/{ticket}"),
        phone_end(tools, str(facts.get("phone") or "")), ticket,
    )  # fmt: skip


async def get(tx: Tx, tools: Tools, ticket: int) -> Ticket | None:
    """The ticket with this row id."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM tickets WHERE id = $1", ticket)  # noqa: S608 - as above
    return _ticket(tools, row)


async def live(tx: Tx, tools: Tools) -> list[Ticket]:
    """Every ticket that somebody still has to do something for, the oldest first."""
    rows = await tx.all(f"SELECT {_COLUMNS} FROM tickets WHERE status IN ({_LIVE}) ORDER BY id")  # noqa: S608 - as above
    return [ticket for row in rows if (ticket := _ticket(tools, row)) is not None]


async def reports(tx: Tx, tools: Tools, account: int) -> list[Ticket]:
    """The live ones that somebody opened who says that a change of the account was not theirs."""
    return await which(tx, tools, f"account = $1 AND reason = 'not_me' AND status IN ({_LIVE}) ORDER BY id", account)


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


async def before(tx: Tx, tools: Tools, ticket: Ticket, most: int = 100) -> list[Ticket]:
    """The tickets that the person, or the account, had before this one; the newest first."""
    rows = await tx.all(
        f"SELECT {_COLUMNS} FROM tickets WHERE id < $1 AND ((chat = $2 AND chat <> 0) OR account = $3)"  # noqa: S608 - as above
        " ORDER BY id DESC LIMIT $4",
        ticket.id, ticket.chat, ticket.account, most,
    )  # fmt: skip
    return [found for row in rows if (found := _ticket(tools, row)) is not None]


async def urge(tx: Tx, ticket: int) -> bool:
    """Make it urgent; False if it is so already."""
    return (
        await tx.run(
            "UPDATE tickets SET priority = 'urgent', unmirrored = 1 WHERE id = $1 AND priority <> 'urgent'", ticket
        )
        == 1
    )


async def claim(tx: Tx, tools: Tools, ticket: int, agent: int) -> bool:
    """Let the agent take it; True for exactly one, as long as nobody has it."""
    taken = await tx.run(
        "UPDATE tickets SET assignee = $1, claimed_at = $2, unmirrored = 1,"  # noqa: S608 - as above
        " status = CASE status WHEN 'new' THEN 'open' ELSE status END"
        f" WHERE id = $3 AND assignee IS NULL AND status IN ({_LIVE})",
        agent, tools.clock.now(), ticket,
    )  # fmt: skip
    return taken == 1


async def hand_over(tx: Tx, tools: Tools, ticket: int, agent: int, to: int | None) -> bool:
    """Let another agent have what ``agent`` has, or with None whoever takes it; True if it was theirs."""
    given = await tx.run(
        "UPDATE tickets SET assignee = $1, claimed_at = $2, unmirrored = 1"  # noqa: S608 - as above
        f" WHERE id = $3 AND assignee = $4 AND status IN ({_LIVE})",
        to, tools.clock.now() if to is not None else None, ticket, agent,
    )  # fmt: skip
    return given == 1


async def turn(tx: Tx, ticket: int, status: Status) -> bool:
    """Let it stand otherwise among the live ones; whether it did not already."""
    turned = await tx.run(
        f"UPDATE tickets SET status = $1, unmirrored = 1 WHERE id = $2 AND status <> $1 AND status IN ({_LIVE})",  # noqa: S608 - as above
        status, ticket,
    )  # fmt: skip
    return turned == 1


async def solve(tx: Tx, tools: Tools, ticket: int, by: str) -> bool:
    """It is done; True for exactly one caller."""
    solved = await tx.run(
        "UPDATE tickets SET status = 'solved', solved_at = $1, solved_by = $2, snooze_at = NULL, unmirrored = 1"  # noqa: S608 - as above
        f" WHERE id = $3 AND status IN ({_LIVE})",
        tools.clock.now(), by, ticket,
    )  # fmt: skip
    return solved == 1


async def reopen(tx: Tx, tools: Tools, ticket: Ticket) -> bool:
    """It is not done after all, unless the person has another one open by now. Nobody becomes *new* twice."""
    await tx.lock(NUMBER_LOCK)
    if ticket.chat and await open_of(tx, tools, ticket.chat):
        return False
    opened = await tx.run(
        "UPDATE tickets SET status = 'open', solved_at = NULL, solved_by = NULL, reopened_at = $2, unmirrored = 1"
        " WHERE id = $1 AND status = 'solved'",
        ticket.id,
        tools.clock.now(),
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
        "UPDATE tickets SET status = 'closed', closed_at = $1, unmirrored = 1 WHERE id = $2 AND status = 'solved'",
        tools.clock.now(), ticket,
    )  # fmt: skip
    return closed == 1


async def cases(tx: Tx, since: int) -> list[Case]:
    """What counts of the tickets that were opened, or solved, since then."""
    names = tuple(field.name for field in fields(Case))
    rows = await tx.all(
        f"SELECT {', '.join(names)} FROM tickets WHERE opened_at >= $1 OR solved_at >= $1",  # noqa: S608 - as above
        since,
    )
    return [Case(**{name: row[name] for name in names}) for row in rows]


async def tag(tx: Tx, ticket: Ticket, words: Iterable[str]) -> None:
    """Add tags; one that it has stays."""
    await set_tags(tx, ticket.id, dict.fromkeys((*ticket.tags.split(), *words)))


async def set_tags(tx: Tx, ticket: int, words: Iterable[str]) -> None:
    """These are its tags."""
    await tx.run("UPDATE tickets SET tags = $1, unmirrored = 1 WHERE id = $2", " ".join(words), ticket)


async def snooze(tx: Tx, ticket: int, until: int | None) -> bool:
    """Keep a live one out of the queue until then, or with None no longer; whether that is new."""
    changed = await tx.run(
        f"UPDATE tickets SET snooze_at = $1 WHERE id = $2 AND status IN ({_LIVE})"  # noqa: S608 - as above
        " AND COALESCE(snooze_at, 0) <> $3",
        until, ticket, until or 0,
    )  # fmt: skip
    return changed == 1


async def missed(tx: Tx, tools: Tools, ticket: int) -> None:
    """It has missed a target just now."""
    await tx.run("UPDATE tickets SET missed_at = $1 WHERE id = $2", tools.clock.now(), ticket)


async def prioritise(tx: Tx, ticket: int, priority: str) -> None:
    """How soon it is to be worked on."""
    await tx.run("UPDATE tickets SET priority = $1, unmirrored = 1 WHERE id = $2", priority, ticket)


async def answered(tx: Tx, tools: Tools, ticket: int) -> None:
    """An answer has reached the person; the first one is remembered, and what it means for the target is looked at."""
    await tx.run(
        "UPDATE tickets SET answered_at = $1, due_at = $1 WHERE id = $2 AND answered_at IS NULL",
        tools.clock.now(), ticket,
    )  # fmt: skip


async def written(tx: Tx, message: int) -> None:
    """A message of the ticket says something else, or stands otherwise, which the mirror has still to look at."""
    await tx.run(
        "UPDATE tickets SET unmirrored = 1 WHERE id = (SELECT ticket FROM ticket_messages WHERE id = $1)", message
    )
