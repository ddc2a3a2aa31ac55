"""Which tickets a person may look at.

Those of their own chat and of no other. While an account is known there, only that account's and those that were
opened without one: somebody else may have been signed in before. While none is, all of the chat's: what was said in
them stands in the chat itself.
"""

from __future__ import annotations

from typing import Final

from bot.db.base import Tx

_VISIBLE: Final = "t.chat = $1 AND (t.account IS NULL OR t.account = $2 OR CAST($2 AS BIGINT) IS NULL)"


async def standing(tx: Tx, chat: int, account: int | None) -> tuple[int, int]:
    """How many there are, and the number of the newest one that is solved and can be opened again; 0 if none."""
    row = await tx.one(
        "SELECT count(*) AS n, max(CASE t.status WHEN 'solved' THEN t.number END) AS solved FROM tickets t"  # noqa: S608 - a constant condition
        f" WHERE {_VISIBLE}",
        chat, account,
    )  # fmt: skip
    return (row["n"], row["solved"] or 0) if row else (0, 0)


async def numbers(tx: Tx, chat: int, account: int | None, *, skip: int, most: int) -> list[int]:
    """The numbers of some of them, the newest first."""
    rows = await tx.all(
        f"SELECT t.number FROM tickets t WHERE {_VISIBLE} ORDER BY t.id DESC LIMIT $3 OFFSET $4",  # noqa: S608 - as above
        chat, account, most, skip,
    )  # fmt: skip
    return [row["number"] for row in rows]


async def visible(tx: Tx, chat: int, account: int | None, number: int) -> bool:
    """Whether the one with this number is among them."""
    row = await tx.one(f"SELECT 1 AS one FROM tickets t WHERE {_VISIBLE} AND t.number = $3", chat, account, number)  # noqa: S608 - as above
    return row is not None


async def of_message(tx: Tx, chat: int, account: int | None, message: int) -> int | None:
    """The number of the one of which this message of the chat is a part."""
    row = await tx.one(
        "SELECT t.number FROM tickets t JOIN ticket_messages m ON m.ticket = t.id"  # noqa: S608 - as above
        f" WHERE {_VISIBLE} AND m.user_message = $3 ORDER BY t.id DESC LIMIT 1",
        chat, account, message,
    )  # fmt: skip
    return row["number"] if row else None


async def answer_times(tx: Tx, since: int) -> list[int]:
    """How long people who came since then have waited for their first answer, in milliseconds."""
    rows = await tx.all(
        "SELECT answered_at - opened_at AS waited FROM tickets WHERE answered_at IS NOT NULL AND opened_at >= $1", since
    )
    return [row["waited"] for row in rows]
