"""Identity pictures, each under a key of its own, and the addresses under which an agent sees one of them, once."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.clock import MINUTE
from bot.db.base import Tx
from bot.domain import codes
from bot.domain.recovery import MOST_FILES, Part
from bot.tools import Tools

VIEW_LIFE = 10 * MINUTE
"""How long the address of a picture is good."""


@dataclass(frozen=True, slots=True)
class View:
    """An address under which ``agent`` may see a picture; ``name`` stands across it."""

    id: int
    picture: int
    part: str
    recovery: int
    ticket: int | None
    agent: int
    name: str = field(repr=False)
    open: bool


async def add(tx: Tx, tools: Tools, recovery: int, part: Part, content: bytes) -> bool:
    """Keep a picture in the place of the one before it; False once the case has had too many."""
    await tx.lock(recovery)
    taken = await tx.one("SELECT count(*) AS n FROM pictures WHERE recovery = $1", recovery)
    if taken is None or taken["n"] >= MOST_FILES:
        return False
    row, now = tools.ids(), tools.clock.now()
    wrapped, seal = tools.vault.new_file(row)
    await drop(tx, tools, recovery, part)
    await tx.run(
        "INSERT INTO pictures (id, recovery, part, file_key, content, at) VALUES ($1, $2, $3, $4, $5, $6)",
        row, recovery, part, wrapped, seal.seal(content, f"pictures/content/{row}"), now,
    )  # fmt: skip
    return True


async def drop(tx: Tx, tools: Tools, recovery: int, part: Part) -> None:
    """The picture of this part no longer counts."""
    await tx.run(
        "UPDATE pictures SET dead_at = $1 WHERE recovery = $2 AND part = $3 AND dead_at IS NULL",
        tools.clock.now(), recovery, part,
    )  # fmt: skip


async def parts(tx: Tx, recovery: int) -> dict[str, int]:
    """The pictures that count, by part."""
    rows = await tx.all("SELECT id, part FROM pictures WHERE recovery = $1 AND dead_at IS NULL", recovery)
    return {row["part"]: row["id"] for row in rows}


async def unseen(tx: Tx, recovery: int, agent: int) -> list[str]:
    """Parts whose picture this agent has not looked at yet."""
    rows = await tx.all(
        "SELECT p.part FROM pictures p WHERE p.recovery = $1 AND p.dead_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM picture_views v WHERE v.picture = p.id AND v.agent = $2 AND v.used_at IS NOT NULL)"
        " ORDER BY p.id",
        recovery, agent,
    )  # fmt: skip
    return [row["part"] for row in rows]


async def issue_view(tx: Tx, tools: Tools, picture: int, *, agent: int, name: str) -> str:
    """The token of a new address for this agent; an earlier one that was not opened is dead."""
    row, token, now = tools.ids(), codes.token(), tools.clock.now()
    await tx.run(
        "UPDATE picture_views SET expires_at = $1 WHERE picture = $2 AND agent = $3 AND used_at IS NULL"
        " AND expires_at > $1",
        now, picture, agent,
    )  # fmt: skip
    await tx.run(
        "INSERT INTO picture_views (id, token_hash, picture, agent, name, made_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row, tools.vault.index("view", token), picture, agent, tools.vault.seal(name, f"picture_views/name/{row}"),
        now, now + VIEW_LIFE,
    )  # fmt: skip
    return token


async def find_view(tx: Tx, tools: Tools, token: str) -> View | None:
    """The address with this token, however it stands."""
    newest, older = tools.vault.indexes("view", token)
    row = await tx.one(
        "SELECT v.id, v.picture, p.part, p.recovery, r.ticket, v.agent, v.name, v.used_at IS NULL"
        " AND p.dead_at IS NULL AND r.status = 'review' AND v.expires_at > $2 AS good FROM picture_views v"
        " JOIN pictures p ON p.id = v.picture JOIN recoveries r ON r.id = p.recovery WHERE v.token_hash IN ($1, $3)",
        newest, tools.clock.now(), older,
    )  # fmt: skip
    if row is None:
        return None
    name = tools.vault.open(row["name"], f"picture_views/name/{row['id']}")
    return View(
        row["id"], row["picture"], row["part"], row["recovery"], row["ticket"], row["agent"], name, bool(row["good"])
    )


async def open_view(tx: Tx, tools: Tools, view: View) -> bytes | None:
    """Use the address up: the picture for exactly one caller."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE picture_views SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $1", now, view.id
    )
    row = await tx.one("SELECT file_key, content FROM pictures WHERE id = $1 AND dead_at IS NULL", view.picture)
    if used != 1 or row is None:
        return None
    seal = tools.vault.file(row["file_key"], view.picture)
    return seal.open_bytes(row["content"], f"pictures/content/{view.picture}")
