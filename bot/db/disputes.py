"""*This wasn't me*: one address for every notice of a change, good once."""

from __future__ import annotations

from dataclasses import dataclass

from bot.clock import DAY
from bot.db.base import Tx
from bot.domain import codes
from bot.tools import Tools

LIFE = 30 * DAY
"""How long a notice can be answered; people read their letters late."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """The answer to a notice: ``what`` was told, in which ``way`` (``sms``, ``email``, ``telegram``)."""

    id: int
    account: int
    what: str
    way: str
    chat: int
    lang: str
    open: bool


async def issue(tx: Tx, tools: Tools, *, account: int, what: str, way: str, chat: int, lang: str) -> str:
    """The token of a new notice's address."""
    row, token, now = tools.ids(), codes.payload(), tools.clock.now()
    await tx.run(
        "INSERT INTO disputes (id, token_hash, token, account, what, way, chat, lang, made_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        row, tools.vault.index("dispute", token), tools.vault.seal(token, f"disputes/token/{row}"), account, what, way,
        chat, lang, now, now + LIFE,
    )  # fmt: skip
    return token


async def latest(tx: Tx, tools: Tools, *, account: int, chat: int) -> str | None:
    """The token of the newest notice in this chat, to show its address again."""
    row = await tx.one(
        "SELECT id, token FROM disputes WHERE chat = $1 AND account = $2 AND used_at IS NULL AND expires_at > $3"
        " ORDER BY id DESC LIMIT 1",
        chat, account, tools.clock.now(),
    )  # fmt: skip
    return tools.vault.open(row["token"], f"disputes/token/{row['id']}") if row else None


async def find(tx: Tx, tools: Tools, token: str) -> Dispute | None:
    """The notice with this token, however it stands."""
    row = await tx.one(
        "SELECT id, account, what, way, chat, lang, used_at, expires_at FROM disputes WHERE token_hash IN ($1, $2)",
        *tools.vault.indexes("dispute", token),
    )
    if row is None:
        return None
    still = row["used_at"] is None and row["expires_at"] > tools.clock.now()
    return Dispute(row["id"], row["account"], row["what"], row["way"], row["chat"], row["lang"], still)


async def use(tx: Tx, tools: Tools, dispute: int) -> bool:
    """Use the notice up: True for exactly one caller."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE disputes SET used_at = $1, token = NULL WHERE id = $2 AND used_at IS NULL AND expires_at > $1",
        now, dispute,
    )  # fmt: skip
    return used == 1
