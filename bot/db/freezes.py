"""The freeze: somebody says that a change was not theirs, and nothing leaves until an agent has looked.

The only writer of ``freezes``. A freeze is not a hold: agents lift it, and lifting it leaves the hold as it is.
"""

from __future__ import annotations

from bot.db.base import Tx
from bot.tools import Tools


async def freeze(tx: Tx, tools: Tools, *, account: int, cause: str) -> bool:
    """Freeze the account; False if it is frozen already."""
    made = await tx.run(
        "INSERT INTO freezes (id, account, cause, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        tools.ids(), account, cause, tools.clock.now(),
    )  # fmt: skip
    return made == 1


async def since(tx: Tx, account: int) -> int | None:
    """Since when the account is frozen; None if it is not."""
    row = await tx.one("SELECT since FROM freezes WHERE account = $1 AND lifted_at IS NULL", account)
    return row["since"] if row else None


async def lift(tx: Tx, tools: Tools, *, account: int, by: str) -> bool:
    """Lift the freeze; True for exactly one caller."""
    lifted = await tx.run(
        "UPDATE freezes SET lifted_at = $1, lifted_by = $2 WHERE account = $3 AND lifted_at IS NULL",
        tools.clock.now(), by, account,
    )  # fmt: skip
    return lifted == 1
