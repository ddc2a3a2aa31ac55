"""The agents' groups: where each is now, whether it has topics, and whether there is room for more of them.

A group is named by the id that is configured, whatever id it has by now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.db import lobby, places
from bot.db.base import Tx


@dataclass(frozen=True, slots=True)
class Forum:
    """One group of agents.

    Attributes:
        configured: its id in the settings.
        current: the id it has now.
        flat_since: since when it has no topics; None: it has.
        full_since: since when new topics go to the next group; None: there is room.
    """

    configured: int
    current: int
    flat_since: int | None = None
    full_since: int | None = None


async def known(tx: Tx, configured: Sequence[int]) -> list[Forum]:
    """The configured groups, in their order."""
    rows = await tx.all("SELECT configured, current, flat_since, full_since FROM forums")
    found = {row["configured"]: Forum(**dict(row)) for row in rows}
    return [found.get(one, Forum(one, one)) for one in configured]


async def forum(tx: Tx, configured: int) -> Forum:
    """Where a configured group is now."""
    return (await known(tx, (configured,)))[0]


async def filling(tx: Tx, configured: Sequence[int]) -> Forum | None:
    """The group that new topics go to: the first with room, else the last; None where none is configured."""
    groups = await known(tx, configured)
    return next((group for group in groups if group.full_since is None), groups[-1] if groups else None)


async def full(tx: Tx, configured: int, since: int) -> bool:
    """Note that there is no room for more topics; True the first time."""
    noted = await tx.run(
        "INSERT INTO forums (configured, current, full_since) VALUES ($1, $1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET full_since = excluded.full_since WHERE forums.full_since IS NULL",
        configured, since,
    )  # fmt: skip
    return noted == 1


async def moved(tx: Tx, configured: int, current: int) -> bool:
    """Follow a group to its new id; True the first time."""
    if (await forum(tx, configured)).current == current:
        return False
    await tx.run(
        "INSERT INTO forums (configured, current) VALUES ($1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET current = excluded.current",
        configured, current,
    )  # fmt: skip
    await places.scattered(tx, configured)
    await lobby.scattered(tx, configured)
    return True


async def flattened(tx: Tx, configured: int, since: int | None) -> None:
    """Note that a group has no topics (since when), or has them again (None)."""
    await tx.run(
        "INSERT INTO forums (configured, current, flat_since) VALUES ($1, $1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET flat_since = excluded.flat_since",
        configured, since,
    )  # fmt: skip


async def adopt(tx: Tx, configured: Sequence[int]) -> None:
    """Bring what is kept of topics in line with the settings, which may name other groups than they did.

    What was kept before groups were told apart is the first one's; a group that is configured by the id to which it had
    moved is the same; topics in a group that is no longer configured are lost, and are made again where there is room.
    """
    if not configured:
        return
    await places.regrouped(tx, 0, configured[0])
    for row in await tx.all("SELECT configured, current FROM forums"):
        if row["configured"] not in configured and row["current"] in configured:
            await places.regrouped(tx, row["configured"], row["current"])
            await lobby.regrouped(tx, row["configured"], row["current"])
    for lost in await places.groups(tx):
        if lost not in configured:
            await places.scattered(tx, lost)
    where = await lobby.state(tx)
    if where.forum not in configured:
        await lobby.scattered(tx, where.forum)
