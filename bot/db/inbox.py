"""What came in and waits for its turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.db.base import Tx
from bot.errors import SealBroken
from bot.tools import Tools

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A waiting row, opened.

    Attributes:
        payload: what came; empty when ``broken``.
        tries: how often its turn has failed so far.
        more: whether another one waits behind it.
        broken: whether the payload cannot be opened, with its key gone or its bytes altered.
    """

    id: int
    lane: int
    source: str
    payload: Payload
    received_at: int
    tries: int
    more: bool = False
    broken: bool = False


async def put(tx: Tx, tools: Tools, *, source: str, key: str, lane: int, payload: Payload) -> bool:
    """Store one thing that happened to ``lane``; False if the same ``source`` and ``key`` came before."""
    row = tools.ids()
    sealed = tools.vault.seal(json.dumps(payload, separators=(",", ":")), f"inbox/payload/{row}")
    stored = await tx.run(
        "INSERT INTO inbox (id, source, source_key, lane, payload, received_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (source, source_key) DO NOTHING",
        row, source, key, lane, sealed, tools.clock.now(),
    )  # fmt: skip
    return stored == 1


async def event(tx: Tx, tools: Tools, *, source: str, key: str, lane: int, name: str, **fields: object) -> bool:
    """Store an event of ``conversations/events.py`` by its class name, for the lane of a chat."""
    return await put(tx, tools, source=source, key=key, lane=lane, payload={"event": name, "fields": fields})


async def oldest(tx: Tx, tools: Tools, lane: int) -> Item | None:
    """The row of the lane whose turn it is, or None."""
    rows = await tx.all(
        "SELECT id, source, payload, received_at, tries FROM inbox"
        " WHERE lane = $1 AND done_at IS NULL AND aside_at IS NULL ORDER BY id LIMIT 2",
        lane,
    )
    if not rows:
        return None
    row = rows[0]
    try:
        payload, broken = json.loads(tools.vault.open_bytes(row["payload"], f"inbox/payload/{row['id']}")), False
    except SealBroken:
        payload, broken = {}, True
    return Item(row["id"], lane, row["source"], payload, row["received_at"], row["tries"], len(rows) > 1, broken)


async def done(tx: Tx, tools: Tools, item: int) -> bool:
    """Take the row: True for exactly one caller. What it held is cleared."""
    taken = await tx.run(
        "UPDATE inbox SET done_at = $1, payload = NULL WHERE id = $2 AND done_at IS NULL", tools.clock.now(), item
    )
    return taken == 1


async def tried(tx: Tx, tools: Tools, item: int, error: str, *, most: int) -> bool:
    """Note a failed turn; True once the row was put aside because it has failed ``most`` times."""
    row = await tx.one(
        "UPDATE inbox SET tries = tries + 1, error = $1 WHERE id = $2 AND done_at IS NULL RETURNING tries", error, item
    )
    if row is None or row["tries"] < most:
        return False
    await tx.run("UPDATE inbox SET aside_at = $1 WHERE id = $2", tools.clock.now(), item)
    return True


async def aside(tx: Tx, tools: Tools, *, source: str, key: str, payload: object, error: str) -> None:
    """Keep something that cannot be read for the operator to look at; it never has a turn."""
    row = tools.ids()
    sealed = tools.vault.seal(json.dumps(payload), f"inbox/payload/{row}")
    await tx.run(
        "INSERT INTO inbox (id, source, source_key, lane, payload, received_at, aside_at, error)"
        " VALUES ($1, $2, $3, 0, $4, $5, $5, $6) ON CONFLICT (source, source_key) DO NOTHING",
        row, source, key, sealed, tools.clock.now(), error,
    )  # fmt: skip


async def waiting(tx: Tx) -> Iterable[int]:
    """Every lane with something waiting."""
    rows = await tx.all("SELECT DISTINCT lane FROM inbox WHERE done_at IS NULL AND aside_at IS NULL")
    return [row["lane"] for row in rows]
