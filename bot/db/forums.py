"""The agents' group: where it is now, and whether it has topics."""

from __future__ import annotations

from dataclasses import dataclass

from bot.db import tickets
from bot.db.base import Tx


@dataclass(frozen=True, slots=True)
class Forum:
    """The agents' group: the id it has now, and since when it has no topics (None: it has)."""

    current: int
    flat_since: int | None


async def forum(tx: Tx, configured: int) -> Forum:
    """Where the configured group is now."""
    row = await tx.one("SELECT current, flat_since FROM forums WHERE configured = $1", configured)
    return Forum(row["current"], row["flat_since"]) if row else Forum(configured, None)


async def moved(tx: Tx, configured: int, current: int) -> bool:
    """Follow the group to its new id; True the first time."""
    if (await forum(tx, configured)).current == current:
        return False
    await tx.run(
        "INSERT INTO forums (configured, current) VALUES ($1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET current = excluded.current",
        configured, current,
    )  # fmt: skip
    await tickets.scattered(tx)
    return True


async def flattened(tx: Tx, configured: int, since: int | None) -> None:
    """Note that the group has no topics (since when), or has them again (None)."""
    await tx.run(
        "INSERT INTO forums (configured, current, flat_since) VALUES ($1, $1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET flat_since = excluded.flat_since",
        configured, since,
    )  # fmt: skip
