"""How people found the help: stars and a word, on the ticket that they are about."""

from __future__ import annotations

from bot.db import tickets
from bot.db.base import Tx
from bot.db.tickets import Ticket
from bot.tools import Tools


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
    return await tickets.get(tx, tools, row["id"]) if written == 1 else None
