"""Agents who want the closed checks of an account opened again: one asks, another one agrees."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.clock import HOUR
from bot.db.base import Tx
from bot.tools import Tools

LIFE: Final = HOUR
"""How long a wish waits for the second agent, in milliseconds: they talk about the person who is there now."""


async def second(tx: Tx, tools: Tools, *, account: int, ticket: int, agent: int, agents: Collection[int]) -> int | None:
    """Count an agent for the account; the one who asked before, if this is the second, else None.

    Args:
        tx: the open transaction, which holds the account's lock.
        tools: the clock.
        account: whose checks are closed.
        ticket: of whom they talk; what was asked in another one was about somebody else.
        agent: who asks now.
        agents: who is an agent now; the wish of somebody who no longer is one counts for nothing.
    """
    now = tools.clock.now()
    row = await tx.one(
        "SELECT agent FROM new_tries WHERE account = $1 AND ticket = $2 AND at > $3", account, ticket, now - LIFE
    )
    if row is not None and row["agent"] != agent and row["agent"] in agents:
        await tx.run("DELETE FROM new_tries WHERE account = $1", account)
        return int(row["agent"])
    await tx.run(
        "INSERT INTO new_tries (account, ticket, agent, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account) DO UPDATE SET ticket = excluded.ticket, agent = excluded.agent, at = excluded.at",
        account, ticket, agent, now,
    )  # fmt: skip
    return None
