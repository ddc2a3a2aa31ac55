"""The one thing that an agent asks a person for; a ticket has one such question open at most."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.base import Tx
from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that waits for its answer.

    Attributes:
        message: row id of the question among the ticket's messages, and ``user_message`` its id in
            the person's chat.
        author: the agent who asked.
        item: one of ``bot/desk/questions.py``; ``words`` are the agent's own, where it is none of the table.
        hinted: whether the person was told once what would help more.
    """

    id: int
    message: int
    desk_message: int | None
    user_message: int | None
    author: int
    item: str
    words: str
    at: int
    hinted: bool


async def put(tx: Tx, tools: Tools, *, ticket: int, message: int, item: str, words: str) -> None:
    """Ask for something; what was asked for before no longer waits."""
    await end(tx, tools, ticket)
    made = tools.ids()
    await tx.run(
        "INSERT INTO asks (id, ticket, message, item, words, at) VALUES ($1, $2, $3, $4, $5, $6)",
        made, ticket, message, item, tools.vault.seal(words, f"asks/words/{made}"), tools.clock.now(),
    )  # fmt: skip


async def open_of(tx: Tx, tools: Tools, ticket: int) -> Ask | None:
    """What the person of this ticket is asked for."""
    return await _one(tx, tools, "a.ticket = $1 AND a.ended_at IS NULL", ticket)


async def of_message(tx: Tx, tools: Tools, message: int) -> Ask | None:
    """What was asked for by this message, whatever became of it."""
    return await _one(tx, tools, "a.message = $1", message)


async def _one(tx: Tx, tools: Tools, which: str, value: int) -> Ask | None:
    row = await tx.one(
        "SELECT a.id, a.message, m.desk_message, m.user_message, m.author, a.item, a.words, a.at, a.hinted_at"  # noqa: S608 - constant conditions
        f" FROM asks a JOIN ticket_messages m ON m.id = a.message WHERE {which}",
        value,
    )
    if row is None:
        return None
    words = tools.vault.open(row["words"], f"asks/words/{row['id']}")
    return Ask(
        row["id"], row["message"], row["desk_message"], row["user_message"], row["author"], row["item"], words,
        row["at"], row["hinted_at"] is not None,
    )  # fmt: skip


async def hinted(tx: Tx, tools: Tools, ask: int) -> None:
    """The person was told what would help more."""
    await tx.run("UPDATE asks SET hinted_at = $1 WHERE id = $2", tools.clock.now(), ask)


async def end(tx: Tx, tools: Tools, ticket: int, *, message: int | None = None) -> None:
    """Nothing waits for an answer any more; with ``message``, only if it is the question that was asked so."""
    if message is None:
        await tx.run("UPDATE asks SET ended_at = $1 WHERE ticket = $2 AND ended_at IS NULL", tools.clock.now(), ticket)
    else:
        await tx.run(
            "UPDATE asks SET ended_at = $1 WHERE ticket = $2 AND ended_at IS NULL AND message = $3",
            tools.clock.now(), ticket, message,
        )  # fmt: skip
