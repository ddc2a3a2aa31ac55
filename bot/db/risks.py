"""What the tables say of an account and a chat that an agent should look at twice (``bot/domain/risks.py``)."""

from __future__ import annotations

from bot.db import accounts, freezes, holds, limits, sessions
from bot.db.base import Tx
from bot.domain.risks import Signs
from bot.tools import Tools


async def signs(tx: Tx, tools: Tools, *, chat: int, account: int | None) -> Signs:
    """Everything that may be a sign; ``chat`` is 0 where nobody has come yet."""
    others = await _accounts(tx, chat, account) if chat else 0
    holder = await accounts.get(tx, tools, account) if account is not None else None
    if account is None or holder is None:
        return Signs(other_accounts=max(0, others - 1))  # one is theirs
    made = await tx.one("SELECT created_at FROM accounts WHERE id = $1", account)
    disputed = await tx.one("SELECT max(used_at) AS at FROM disputes WHERE account = $1", account)
    refused = await tx.one(
        "SELECT max(changed_at) AS at FROM recoveries WHERE account = $1 AND status = 'rejected'", account
    )
    return Signs(
        wrong_codes=await limits.failures(tx, tools, account),
        changed={
            "email": holder.email_at, "phone": holder.phone_at, "totp": holder.totp_at,
            "password": holder.password_at, "trading": holder.trading_at,
        },
        made_at=made["created_at"] if made else None,
        frozen_since=await freezes.since(tx, account),
        held_until=await holds.until(tx, tools, account),
        disputed_at=disputed["at"] if disputed else None,
        refused_at=refused["at"] if refused else None,
        other_accounts=others,
        other_chats=sum(each != chat for each in await sessions.chats_of(tx, account)),
    )  # fmt: skip


async def _accounts(tx: Tx, chat: int, account: int | None) -> int:
    """How many accounts but this one were opened, or asked for, in the chat."""
    row = await tx.one(
        "SELECT count(*) AS n FROM (SELECT account FROM logins WHERE chat = $1"
        " UNION SELECT account FROM links WHERE opened_by = $1 AND ticket IS NULL"
        " UNION SELECT account FROM recoveries WHERE chat = $1) AS met WHERE account <> $2",
        chat, account if account is not None else 0,
    )  # fmt: skip
    return row["n"] if row else 0
