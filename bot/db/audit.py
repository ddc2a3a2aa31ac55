"""What happened, edge by edge. No personal data in clear: masked values and row ids only."""

from __future__ import annotations

import json

from bot.db.base import Tx
from bot.tools import Tools


async def write(
    tx: Tx,
    tools: Tools,
    *,
    action: str,
    actor: str,
    chat: int | None = None,
    account: int | None = None,
    **detail: object,
) -> None:
    """Add a row. ``actor`` is ``person``, ``agent:<id>`` or ``system``; ``action`` an edge or a stable word."""
    await tx.run(
        "INSERT INTO audit (id, at, chat, account, actor, action, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tools.ids(), tools.clock.now(), chat, account, actor, action,
        json.dumps(detail, sort_keys=True) if detail else "{}",
    )  # fmt: skip
