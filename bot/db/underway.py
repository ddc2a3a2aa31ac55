"""What is under way for an account: its codes, what was proved for it, and its recoveries."""

from __future__ import annotations

from bot.db import codes, proofs, recoveries
from bot.db.base import Tx
from bot.tools import Tools


async def drop(tx: Tx, tools: Tools, account: int) -> list[int]:
    """Something about the account is another one now: all of it dies. The chats that have an event waiting."""
    await codes.revoke(tx, subject=account)
    await proofs.void(tx, tools, account=account)
    return await recoveries.void(tx, tools, account)
