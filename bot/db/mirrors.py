"""The twins of tickets in another system: where they are, how they stood, and which comment is on both sides."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from bot.db.base import Tx
from bot.tools import Tools

Progress = Literal["new", "trying", "done"]
"""New: never begun; trying: begun, and nobody knows how it ended; done: sent, or refused for good."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """The twin of a ticket.

    Attributes:
        twin: the other system's id of it; empty until it is known.
        before: the twin before, which was closed for good there.
        tries: twins that were made or are being made.
        seen: how the twin stood when we last knew, in the other system's words; ``told`` how the ticket did, in ours.
        hands: how often it was told who has the ticket.
        refused: why the last try was refused, if it was.
        gone: whether it was deleted there.
    """

    ticket: int
    twin: str
    before: str
    tries: int
    seen: str
    told: str
    priority: str
    tags: str
    assignee: int | None
    hands: int
    refused: str
    gone: int


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A version of what a message of the ticket says that the other side has not got.

    Attributes:
        id: row of the text.
        side: who wrote it: ``user``, ``agent`` or ``note``.
        again: whether it replaces what the message said before.
    """

    id: int
    side: str
    author: int
    what: str
    text: str
    at: int
    again: bool


_COLUMNS = ", ".join(field.name for field in fields(Mirror))


async def of(tx: Tx, ticket: int) -> Mirror | None:
    """The twin of the ticket with this row id."""
    row = await tx.one(f"SELECT {_COLUMNS} FROM mirrors WHERE ticket = $1", ticket)  # noqa: S608 - a constant list of columns
    return Mirror(**dict(row)) if row else None


async def of_twin(tx: Tx, twin: str) -> int | None:
    """The ticket whose twin this is, by its row id."""
    row = await tx.one("SELECT ticket FROM mirrors WHERE twin = $1", twin)
    return row["ticket"] if row else None


async def begin(tx: Tx, ticket: int) -> Mirror:
    """Let the ticket have a twin, which need not be there yet."""
    await tx.run("INSERT INTO mirrors (ticket) VALUES ($1) ON CONFLICT (ticket) DO NOTHING", ticket)
    made = await of(tx, ticket)
    if made is None:
        raise LookupError("the mirror was not written")
    return made


async def found(tx: Tx, ticket: int, *, twin: str, seen: str, told: str, priority: str, tags: str) -> None:
    """The twin is there, and stands like that."""
    await tx.run(
        "UPDATE mirrors SET twin = $1, seen = $2, told = $3, priority = $4, tags = $5 WHERE ticket = $6",
        twin, seen, told, priority, tags, ticket,
    )  # fmt: skip


async def ended(tx: Tx, ticket: int) -> None:
    """The twin is closed for good: the next one takes its place."""
    await tx.run(
        "UPDATE mirrors SET before = twin, twin = '', tries = tries + 1, seen = '', told = '', tags = ''"
        " WHERE ticket = $1 AND twin <> ''",
        ticket,
    )


async def lost(tx: Tx, ticket: int) -> None:
    """The twin was deleted there."""
    await tx.run("UPDATE mirrors SET gone = 1 WHERE ticket = $1", ticket)


async def stands(tx: Tx, ticket: int, *, seen: str, told: str) -> None:
    """How both stand now."""
    await tx.run("UPDATE mirrors SET seen = $1, told = $2 WHERE ticket = $3", seen, told, ticket)


async def prioritised(tx: Tx, ticket: int, priority: str) -> None:
    """The priority was told."""
    await tx.run("UPDATE mirrors SET priority = $1 WHERE ticket = $2", priority, ticket)


async def tagged(tx: Tx, ticket: int, tags: str) -> None:
    """The tags were told."""
    await tx.run("UPDATE mirrors SET tags = $1 WHERE ticket = $2", tags, ticket)


async def handed(tx: Tx, ticket: int, assignee: int | None) -> None:
    """It was told who has the ticket."""
    await tx.run("UPDATE mirrors SET assignee = $1, hands = hands + 1 WHERE ticket = $2", assignee, ticket)


async def refused(tx: Tx, ticket: int, why: str) -> None:
    """The last try was refused; with "" it was not."""
    await tx.run("UPDATE mirrors SET refused = $1 WHERE ticket = $2 AND refused <> $1", why, ticket)


async def again(tx: Tx) -> None:
    """Let everything be tried again that was refused: what was wrong may have been mended."""
    await tx.run("UPDATE tickets SET unmirrored = 1 WHERE id IN (SELECT ticket FROM mirrors WHERE refused <> '')")


async def take(tx: Tx, most: int = 100) -> tuple[int, list[int]]:
    """Take the marks off tickets of which something was written; how many, and those that have or get a twin.

    What was over before there was a mirror stays here.
    """
    rows = await tx.all(
        "UPDATE tickets SET unmirrored = 0 WHERE id IN"
        " (SELECT id FROM tickets WHERE unmirrored = 1 ORDER BY id LIMIT $1)"
        " RETURNING id, status, (SELECT count(*) FROM mirrors WHERE ticket = tickets.id) AS twins",
        most,
    )
    return len(rows), sorted(row["id"] for row in rows if row["status"] != "closed" or row["twins"])


# --- comments ---------------------------------------------------------------------------------------------------


async def trying(tx: Tx, tools: Tools, ticket: int, mark: str) -> Progress:
    """Note that a comment is about to be sent; how far that had come before."""
    made = await tx.run(
        "INSERT INTO mirror_comments (mark, ticket, comment, status, at) VALUES ($1, $2, '', 'trying', $3)"
        " ON CONFLICT (mark) DO NOTHING",
        mark, ticket, tools.clock.now(),
    )  # fmt: skip
    if made:
        return "new"
    row = await tx.one("SELECT status FROM mirror_comments WHERE mark = $1", mark)
    return "trying" if row is not None and row["status"] == "trying" else "done"


async def sent(tx: Tx, mark: str, comment: str) -> None:
    """The comment is over there, under this id; with "" it was refused for good."""
    await tx.run(
        "UPDATE mirror_comments SET status = $1, comment = $2 WHERE mark = $3 AND status = 'trying'",
        "sent" if comment else "refused", comment, mark,
    )  # fmt: skip


async def unbegun(tx: Tx, mark: str) -> None:
    """The comment certainly did not go out."""
    await tx.run("DELETE FROM mirror_comments WHERE mark = $1 AND status = 'trying'", mark)


async def taken(tx: Tx, tools: Tools, ticket: int, comment: str) -> bool:
    """Take a comment of the other side: True for exactly one caller, and never for one of ours."""
    ours = await tx.one("SELECT 1 AS one FROM mirror_comments WHERE ticket = $1 AND comment = $2", ticket, comment)
    if ours is not None:
        return False
    made = await tx.run(
        "INSERT INTO mirror_comments (mark, ticket, comment, status, at) VALUES ($1, $2, $3, 'taken', $4)"
        " ON CONFLICT (mark) DO NOTHING",
        f"theirs:{ticket}:{comment}", ticket, comment, tools.clock.now(),
    )  # fmt: skip
    return made == 1


async def unsaid(tx: Tx, tools: Tools, ticket: int) -> list[Unsaid]:
    """What was said here and is not over there, the oldest first; what came from there has a negative author."""
    rows = await tx.all(
        "SELECT texts.id, texts.text, texts.at, messages.side, messages.author, messages.what,"
        " (SELECT min(first.id) FROM ticket_texts AS first WHERE first.message = texts.message) AS first"
        " FROM ticket_texts AS texts JOIN ticket_messages AS messages ON messages.id = texts.message"
        " WHERE messages.ticket = $1 AND messages.author >= 0 AND NOT EXISTS"
        " (SELECT 1 FROM mirror_comments WHERE mark = 'text:' || CAST(texts.id AS TEXT) AND status <> 'trying')"
        " ORDER BY texts.id",
        ticket,
    )
    return [
        Unsaid(
            row["id"], row["side"], row["author"], row["what"],
            tools.vault.open(row["text"], f"ticket_texts/text/{row['id']}"), row["at"], row["first"] != row["id"],
        )
        for row in rows
    ]  # fmt: skip


async def undone(tx: Tx, ticket: int) -> list[tuple[int, str, int]]:
    """Answers that the person does not have after all, of which the other side has not heard: row, why, author."""
    rows = await tx.all(
        "SELECT id, status, author FROM ticket_messages WHERE ticket = $1 AND side = 'agent' AND author >= 0"
        " AND status IN ('unsent', 'failed') AND NOT EXISTS (SELECT 1 FROM mirror_comments"
        " WHERE mark = ticket_messages.status || ':' || CAST(ticket_messages.id AS TEXT)"
        " AND mirror_comments.status <> 'trying') ORDER BY id",
        ticket,
    )
    return [(row["id"], row["status"], row["author"]) for row in rows]
