"""The support agents: their names, as Telegram shows them and as people are told."""

from __future__ import annotations

from bot.db.base import Tx
from bot.tools import Tools


async def seen(tx: Tx, tools: Tools, agent: int, name: str) -> None:
    """An agent did something, and is called so by Telegram."""
    sealed = tools.vault.seal(name, f"agents/name/{agent}")
    await tx.run(
        "INSERT INTO agents (id, name, seen_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at",
        agent, sealed, tools.clock.now(),
    )  # fmt: skip


async def call(tx: Tx, tools: Tools, agent: int, display: str) -> None:
    """People are told this name of the agent from now on."""
    await tx.run(
        "UPDATE agents SET display = $1 WHERE id = $2", tools.vault.seal(display, f"agents/display/{agent}"), agent
    )


async def name(tx: Tx, tools: Tools, agent: int | None) -> str:
    """What people are told: the name that the agent has chosen, or the first of those that Telegram shows.

    Empty for an agent whose name is but spaces, as for one who was never seen.
    """
    row = await tx.one("SELECT name, display FROM agents WHERE id = $1", agent) if agent is not None else None
    if row is None:
        return ""
    if row["display"]:
        return tools.vault.open(row["display"], f"agents/display/{agent}")
    words = tools.vault.open(row["name"], f"agents/name/{agent}").split()
    return words[0] if words else ""


async def called(tx: Tx, tools: Tools, wanted: str) -> int | None:
    """The agent of this name (as people are told it, in any case), if exactly one has it; those of a mirror do not."""
    rows = await tx.all("SELECT id FROM agents WHERE id > 0 ORDER BY id")
    found = [row["id"] for row in rows if (await name(tx, tools, row["id"])).casefold() == wanted.casefold()]
    return found[0] if len(found) == 1 else None
