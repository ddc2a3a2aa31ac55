"""One-time forms: an address that one person gets, one browser opens, and one submission uses up."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from bot.clock import MINUTE, SECOND
from bot.db.base import Tx
from bot.domain import codes
from bot.tools import Tools
from conversations.steps import FORM_LIFE

LIVES = {"identity": 30 * MINUTE}
"""Milliseconds that a form of a kind is good, where it is not ``FORM_LIFE``: pictures take longer than a password."""
TRIES = 5
"""How often one form may be sent in; then the person asks for a new one in the chat."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that exists; ``browser_hash`` is None until a browser has opened it.

    ``account`` is the one that was signed in to, and ``trading_at`` since when it has a trading password.
    """

    id: int
    kind: str
    chat: int
    lang: str
    name: str = field(repr=False)
    tries: int
    expires_at: int
    used_at: int | None
    browser_hash: bytes | None = field(repr=False)
    account: int | None
    trading_at: int | None


async def open_form(tx: Tx, tools: Tools, *, chat: int, kind: str, lang: str, account: int | None = None) -> str:
    """A new form's token; earlier forms of this person are dead from now on. ``account`` is signed in to, if any."""
    row, token, now = tools.ids(), codes.token(), tools.clock.now()
    await tx.run("UPDATE forms SET used_at = $1, token = NULL WHERE chat = $2 AND used_at IS NULL", now, chat)
    await tx.run(
        "INSERT INTO forms (id, token_hash, token, kind, chat, lang, made_at, expires_at, account)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row, tools.vault.index("form", token), tools.vault.seal(token, f"forms/token/{row}"), kind, chat, lang, now,
        now + LIVES.get(kind, FORM_LIFE * SECOND), account,
    )  # fmt: skip
    return token


async def current(tx: Tx, tools: Tools, *, chat: int) -> str | None:
    """The token of the person's live form, to show its address again."""
    row = await tx.one(
        "SELECT id, token FROM forms WHERE chat = $1 AND used_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 1",
        chat, tools.clock.now(),
    )  # fmt: skip
    return tools.vault.open(row["token"], f"forms/token/{row['id']}") if row else None


async def find(tx: Tx, tools: Tools, token: str) -> Form | None:
    """The form with this token, however it stands."""
    row = await tx.one(
        "SELECT f.id, f.kind, f.chat, f.lang, f.tries, f.expires_at, f.used_at, f.browser_hash, f.account,"
        " a.trading_at, p.name FROM forms f LEFT JOIN people p ON p.chat = f.chat"
        " LEFT JOIN accounts a ON a.id = f.account WHERE f.token_hash IN ($1, $2)",
        *tools.vault.indexes("form", token),
    )
    if row is None:
        return None
    name = tools.vault.open(row["name"], f"people/name/{row['chat']}") if row["name"] else ""
    return Form(**{**row, "name": name})


async def claim(tx: Tx, tools: Tools, form: int, browser: str) -> bool:
    """Whether the form belongs to this browser; the first one to open it gets it."""
    hashed = tools.vault.indexes("browser", browser)
    await tx.run("UPDATE forms SET browser_hash = $1 WHERE id = $2 AND browser_hash IS NULL", hashed[0], form)
    row = await tx.one("SELECT browser_hash FROM forms WHERE id = $1", form)
    known = bytes(row["browser_hash"]) if row else b""
    return any(hmac.compare_digest(known, each) for each in hashed)


async def try_once(tx: Tx, tools: Tools, form: int) -> bool:
    """Count one of the form's tries, before anything is compared; False once they are used up or it is dead."""
    counted = await tx.run(
        "UPDATE forms SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND used_at IS NULL AND expires_at > $3",
        form, TRIES, tools.clock.now(),
    )  # fmt: skip
    return counted == 1


async def use(tx: Tx, tools: Tools, form: int) -> bool:
    """Use the form up: True for exactly one submission."""
    now = tools.clock.now()
    used = await tx.run(
        "UPDATE forms SET used_at = $1, token = NULL WHERE id = $2 AND used_at IS NULL AND expires_at > $1", now, form
    )
    return used == 1
