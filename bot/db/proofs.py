"""Factors that were proved, each for one purpose, for a short while, once."""

from __future__ import annotations

from bot.db.base import Tx
from bot.db.conversations import FLOW_LIFE
from bot.tools import Tools


async def add(tx: Tx, tools: Tools, *, account: int, chat: int, purpose: str, factor: str) -> None:
    """Note that ``factor`` (``email``, ``sms``, ``totp``) was proved."""
    await tx.run(
        "INSERT INTO proofs (id, account, chat, purpose, factor, at) VALUES ($1, $2, $3, $4, $5, $6)",
        tools.ids(), account, chat, purpose, factor, tools.clock.now(),
    )  # fmt: skip


async def fresh(tx: Tx, tools: Tools, *, account: int, chat: int, purpose: str) -> bool:
    """Whether a factor was proved in this chat within the flow's life and was not used yet."""
    row = await tx.one(
        "SELECT id FROM proofs WHERE account = $1 AND chat = $2 AND purpose = $3 AND used_at IS NULL AND at > $4"
        " LIMIT 1",
        account, chat, purpose, tools.clock.now() - FLOW_LIFE,
    )  # fmt: skip
    return row is not None


async def use(tx: Tx, tools: Tools, *, account: int, purpose: str) -> bool:
    """Use up what was proved for the purpose; whether there was anything."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE proofs SET used_at = $1 WHERE account = $2 AND purpose = $3 AND used_at IS NULL AND at > $4",
        now, account, purpose, now - FLOW_LIFE,
    )  # fmt: skip
    return used > 0
