"""The hold: after a change of the phone, withdrawals and selling wait. The only writer of ``holds``.

There are two things that can be done to a hold: begin or prolong it, and tell its end once its time is over. Nothing
shortens it, for nobody: there is no statement that could.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.base import Tx
from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Hold:
    """An account's hold. ``chat`` and ``lang`` are of whoever made the change."""

    account: int
    chat: int
    lang: str
    since: int
    until: int


async def start(tx: Tx, tools: Tools, *, account: int, chat: int, lang: str, cause: str, length: int) -> Hold:
    """Begin the hold of ``length`` milliseconds from now; a running one is prolonged and never shortened."""
    await tx.lock(account)
    now = tools.clock.now()
    row = await tx.one(
        "INSERT INTO holds (account, chat, lang, cause, since, until) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (account) DO UPDATE SET chat = excluded.chat, lang = excluded.lang, cause = excluded.cause,"
        " since = CASE WHEN holds.until > $5 THEN holds.since ELSE $5 END,"
        " until = CASE WHEN holds.until > excluded.until THEN holds.until ELSE excluded.until END, ended_at = NULL"
        " RETURNING since, until",
        account, chat, lang, cause, now, now + length,
    )  # fmt: skip
    if row is None:
        raise LookupError("the hold was not written")
    return Hold(account, chat, lang, row["since"], row["until"])


async def until(tx: Tx, tools: Tools, account: int) -> int | None:
    """When the account's hold ends; None where there is none any more."""
    row = await tx.one("SELECT until FROM holds WHERE account = $1 AND until > $2", account, tools.clock.now())
    return row["until"] if row else None


async def take_ended(tx: Tx, tools: Tools, most: int = 100) -> list[Hold]:
    """Holds whose time is over and whose end nobody has been told yet; each is handed out once."""
    now = tools.clock.now()
    rows = await tx.all(
        "UPDATE holds SET ended_at = $1 WHERE ended_at IS NULL AND until <= $1 AND account IN"
        " (SELECT account FROM holds WHERE ended_at IS NULL AND until <= $1 ORDER BY until LIMIT $2)"
        " RETURNING account, chat, lang, since, until",
        now, most,
    )  # fmt: skip
    return [Hold(row["account"], row["chat"], row["lang"], row["since"], row["until"]) for row in rows]
