"""When the next hand-over comes by itself, since when it counts, and what it counts."""

from __future__ import annotations

from typing import NamedTuple

from bot.db.base import Tx
from bot.tools import Tools


class Counts(NamedTuple):
    """What has happened since a moment; ``waits``: how long first answers took, in milliseconds."""

    opened: int
    solved: int
    reopened: int
    missed: int
    waits: tuple[int, ...]


async def last(tx: Tx, forum: int) -> int:
    """When the last one came by itself; 0 where none has, and none was planned."""
    row = await tx.one("SELECT at FROM digests WHERE forum = $1", forum)
    return row["at"] if row else 0


async def plan(tx: Tx, tools: Tools, forum: int, due_at: int | None) -> None:
    """The next one of this group comes then, or with None never; one that was missed is not forgotten."""
    await tx.run("DELETE FROM digests WHERE forum <> $1 OR $2 = 1", forum, int(due_at is None))
    if due_at is not None:
        now = tools.clock.now()
        await tx.run(
            "INSERT INTO digests (forum, at, due_at) VALUES ($1, $2, $3) ON CONFLICT (forum) DO UPDATE"
            " SET due_at = CASE WHEN digests.due_at > $2 THEN excluded.due_at ELSE digests.due_at END",
            forum, now, due_at,
        )  # fmt: skip


async def take(tx: Tx, tools: Tools, forum: int, following: int) -> bool:
    """It has come, and the next one does at ``following``; True for exactly one caller."""
    now = tools.clock.now()
    taken = await tx.run(
        "UPDATE digests SET at = $1, due_at = $2 WHERE forum = $3 AND due_at <= $1", now, following, forum
    )
    return taken == 1


async def counts(tx: Tx, since: int) -> Counts:
    """What has happened to tickets since then."""
    row = await tx.one(
        "SELECT COALESCE(SUM(CASE WHEN opened_at >= $1 THEN 1 ELSE 0 END), 0) AS opened,"
        " COALESCE(SUM(CASE WHEN solved_at >= $1 THEN 1 ELSE 0 END), 0) AS solved,"
        " COALESCE(SUM(CASE WHEN reopened_at >= $1 THEN 1 ELSE 0 END), 0) AS reopened,"
        " COALESCE(SUM(CASE WHEN missed_at >= $1 THEN 1 ELSE 0 END), 0) AS missed FROM tickets"
        " WHERE opened_at >= $1 OR solved_at >= $1 OR reopened_at >= $1 OR missed_at >= $1",
        since,
    )
    waits = await tx.all("SELECT answered_at - opened_at AS waited FROM tickets WHERE answered_at >= $1", since)
    opened, solved, reopened, missed = (int(row[name]) if row else 0 for name in Counts._fields[:4])
    return Counts(opened, solved, reopened, missed, tuple(each["waited"] for each in waits))
