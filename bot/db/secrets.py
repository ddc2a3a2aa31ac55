"""What was given in a form and waits for the turn that writes it.

The same transaction puts the event into the inbox that the turn is about; a later form of the kind replaces it.
"""

from __future__ import annotations

from typing import Literal

from bot.db.base import Tx
from bot.tools import Tools

Kind = Literal["trading", "phrase"]


async def put(tx: Tx, tools: Tools, *, chat: int, account: int, kind: Kind, value: str) -> None:
    """Keep what was given; an earlier one of the kind is dropped."""
    row, now = tools.ids(), tools.clock.now()
    await tx.run(
        "UPDATE secrets SET used_at = $1, value = NULL WHERE chat = $2 AND kind = $3 AND used_at IS NULL",
        now, chat, kind,
    )  # fmt: skip
    await tx.run(
        "INSERT INTO secrets (id, chat, account, kind, value, at) VALUES ($1, $2, $3, $4, $5, $6)",
        row, chat, account, kind, tools.vault.seal(value, f"secrets/value/{row}"), now,
    )  # fmt: skip


async def take(tx: Tx, tools: Tools, *, chat: int, account: int, kind: Kind) -> str | None:
    """What was given in this chat for this account, for exactly one caller."""
    now = tools.clock.now()
    row = await tx.one(
        "SELECT id, value FROM secrets WHERE chat = $1 AND account = $2 AND kind = $3 AND used_at IS NULL"
        " ORDER BY id DESC LIMIT 1",
        chat, account, kind,
    )  # fmt: skip
    if row is None:
        return None
    used = await tx.run(
        "UPDATE secrets SET used_at = $1, value = NULL WHERE id = $2 AND used_at IS NULL", now, row["id"]
    )
    return tools.vault.open(row["value"], f"secrets/value/{row['id']}") if used == 1 else None
