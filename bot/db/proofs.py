"""Factors that were proved, each for one purpose, for a short while, once."""

from __future__ import annotations

from bot.clock import MINUTE
from bot.db.base import Tx
from bot.domain import factors
from bot.tools import Tools

FLOW_LIFE = 15 * MINUTE
"""How long a proved factor may be used (security.md, recommended defaults: flow life 15 min)."""


async def add(tx: Tx, tools: Tools, *, account: int, chat: int, purpose: str, factor: str) -> None:
    """Note that ``factor`` (``email``, ``sms``, ``totp``) was proved."""
    await tx.run(
        "INSERT INTO proofs (id, account, chat, purpose, factor, at) VALUES ($1, $2, $3, $4, $5, $6)",
        tools.ids(), account, chat, purpose, factor, tools.clock.now(),
    )  # fmt: skip


async def shown(tx: Tx, tools: Tools, *, account: int, chat: int, purpose: str) -> frozenset[str]:
    """The factors that were proved in this chat within the flow's life and were not used yet."""
    rows = await tx.all(
        "SELECT factor FROM proofs WHERE account = $1 AND chat = $2 AND purpose = $3 AND used_at IS NULL AND at > $4",
        account, chat, purpose, tools.clock.now() - FLOW_LIFE,
    )  # fmt: skip
    return frozenset(row["factor"] for row in rows)


async def fresh(tx: Tx, tools: Tools, *, account: int, chat: int, purpose: str) -> bool:
    """Whether what was proved (:func:`shown`) is enough for the purpose."""
    return factors.enough(purpose, await shown(tx, tools, account=account, chat=chat, purpose=purpose))


async def use(tx: Tx, tools: Tools, *, account: int, purpose: str) -> bool:
    """Use up what was proved for the purpose; whether there was anything."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE proofs SET used_at = $1 WHERE account = $2 AND purpose = $3 AND used_at IS NULL AND at > $4",
        now, account, purpose, now - FLOW_LIFE,
    )  # fmt: skip
    return used > 0


async def void(tx: Tx, tools: Tools, *, account: int) -> None:
    """Forget everything that was proved for the account: after a change, each further one is proved anew."""
    await tx.run("UPDATE proofs SET used_at = $1 WHERE account = $2 AND used_at IS NULL", tools.clock.now(), account)
