"""What was answered to requests with an idempotency key."""

from __future__ import annotations

from typing import NamedTuple

from bot.db.base import Tx
from bot.tools import Tools


class Answer(NamedTuple):
    """The account whose profile was answered, or the reason of a refusal."""

    account: int | None
    reason: str = ""


async def known(tx: Tx, tools: Tools, key: str, request: str) -> Answer | None:
    """What was answered to this request before.

    Raises:
        ValueError: the key was used for another request.
    """
    await tx.lock(tools.vault.index_lock("idempotency", key))
    row = await tx.one("SELECT request, account, reason FROM answers WHERE idempotency_key = $1", key)
    if row is None:
        return None
    if row["request"] not in tools.vault.indexes("request", request):
        raise ValueError("the key was used for another request")
    return Answer(row["account"], row["reason"])


async def keep(tx: Tx, tools: Tools, key: str, request: str, answer: Answer) -> None:
    """Keep an answer, in the transaction that carries the request out."""
    await tx.run(
        "INSERT INTO answers (idempotency_key, request, account, reason, at) VALUES ($1, $2, $3, $4, $5)",
        key, tools.vault.index("request", request), answer.account, answer.reason, tools.clock.now(),
    )  # fmt: skip
