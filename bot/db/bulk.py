"""Many tickets that are to be solved at once: which ones were told, until it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bot.db.base import Tx
from bot.tools import Tools


class Ask(NamedTuple):
    """What is to be confirmed: which tickets, by their rows, and the words by which they were chosen."""

    words: tuple[str, ...]
    tickets: tuple[int, ...]


async def ask(tx: Tx, tools: Tools, *, agent: int, words: Iterable[str], tickets: Iterable[int], life: int) -> int:
    """Store what is asked; its row. An agent has one question open: an earlier one is no longer good."""
    now, row = tools.clock.now(), tools.ids()
    await tx.run("UPDATE bulk_asks SET used_at = $1 WHERE agent = $2 AND used_at IS NULL", now, agent)
    await tx.run(
        "INSERT INTO bulk_asks (id, agent, words, tickets, expires_at) VALUES ($1, $2, $3, $4, $5)",
        row, agent, " ".join(words), " ".join(map(str, tickets)), now + life,
    )  # fmt: skip
    return row


async def asker(tx: Tx, row: int) -> int | None:
    """Who has asked it."""
    found = await tx.one("SELECT agent FROM bulk_asks WHERE id = $1", row)
    return found["agent"] if found else None


async def use(tx: Tx, tools: Tools, row: int, agent: int) -> Ask | None:
    """Use it up: given once, to whoever asked, in time."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE bulk_asks SET used_at = $1 WHERE id = $2 AND agent = $3 AND used_at IS NULL AND expires_at > $4",
        now, row, agent, now,
    )  # fmt: skip
    found = await tx.one("SELECT words, tickets FROM bulk_asks WHERE id = $1", row) if used == 1 else None
    return Ask(tuple(found["words"].split()), tuple(map(int, found["tickets"].split()))) if found else None
