"""Who is signed in, and everything on the way there: logins, sign-ups and deep links, each used once."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.clock import DAY, MINUTE
from bot.db.base import Tx
from bot.domain import codes
from bot.tools import Tools

LOGIN_LIFE = 10 * MINUTE
"""How long after the password the second check may take."""
SIGNUP_LIFE = 30 * MINUTE
"""How long a sign-up waits for its code, new codes included."""
LINK_LIFE = 5 * MINUTE
"""How long a deep link of the website is good."""
TICKET_LINK_LIFE = DAY
"""How long a link to a ticket is good; it opens no account."""


async def begin(tx: Tx, tools: Tools, *, chat: int, account: int, via: str) -> None:
    """Sign the person in; an earlier session of theirs ends."""
    await tx.run(
        "INSERT INTO sessions (chat, account, since, via) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (chat) DO UPDATE SET account = excluded.account, since = excluded.since, via = excluded.via",
        chat, account, tools.clock.now(), via,
    )  # fmt: skip


async def end(tx: Tx, tools: Tools, chat: int) -> None:
    """Sign the person out, and let no half-finished sign-in go on."""
    await tx.run("DELETE FROM sessions WHERE chat = $1", chat)
    await tx.run("UPDATE logins SET used_at = $1 WHERE chat = $2 AND used_at IS NULL", tools.clock.now(), chat)


async def end_all(tx: Tx, tools: Tools, account: int) -> int:
    """Sign out every chat of the account, and let no half-finished sign-in to it go on; how many were signed in."""
    ended = await tx.run("DELETE FROM sessions WHERE account = $1", account)
    await tx.run("UPDATE logins SET used_at = $1 WHERE account = $2 AND used_at IS NULL", tools.clock.now(), account)
    return ended


async def end_others(tx: Tx, tools: Tools, account: int, *, chat: int) -> int:
    """Sign out every chat of the account but this one; how many were signed in."""
    ended = await tx.run("DELETE FROM sessions WHERE account = $1 AND chat <> $2", account, chat)
    await tx.run(
        "UPDATE logins SET used_at = $1 WHERE account = $2 AND chat <> $3 AND used_at IS NULL",
        tools.clock.now(), account, chat,
    )  # fmt: skip
    return ended


async def account_of(tx: Tx, chat: int) -> int | None:
    """The account that the chat is signed in to."""
    row = await tx.one("SELECT account FROM sessions WHERE chat = $1", chat)
    return row["account"] if row else None


async def chats_of(tx: Tx, account: int) -> list[int]:
    """Every chat that is signed in to the account."""
    return [row["chat"] for row in await tx.all("SELECT chat FROM sessions WHERE account = $1 ORDER BY chat", account)]


async def concerns(tx: Tx, user: int, *, chat: int, account: int) -> bool:
    """Whether the chat or the account is this Telegram user's own: then somebody else has to decide about it."""
    return user in (chat, *await chats_of(tx, account))


# --- logins: the password was right ---------------------------------------------------------------------------


async def add_login(tx: Tx, tools: Tools, *, chat: int, account: int) -> None:
    """The password of ``account`` was given in the form of this chat."""
    now = tools.clock.now()
    await tx.run("UPDATE logins SET used_at = $1 WHERE chat = $2 AND used_at IS NULL", now, chat)
    await tx.run(
        "INSERT INTO logins (id, chat, account, at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        tools.ids(), chat, account, now, now + LOGIN_LIFE,
    )  # fmt: skip


async def use_login(tx: Tx, tools: Tools, *, chat: int) -> int | None:
    """Use the login of this chat: its account, for exactly one caller."""
    now = tools.clock.now()
    row = await tx.one(
        "UPDATE logins SET used_at = $1 WHERE chat = $2 AND used_at IS NULL AND expires_at > $1 RETURNING account",
        now, chat,
    )  # fmt: skip
    return row["account"] if row else None


# --- sign-ups -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signup:
    """A sign-up that waits for the proof of its address."""

    id: int
    email: str = field(repr=False)
    password_hash: str = field(repr=False)


async def add_signup(tx: Tx, tools: Tools, *, chat: int, email: str, password_hash: str) -> None:
    """The sign-up form of this chat was filled in; an earlier sign-up of it is dropped."""
    row, now = tools.ids(), tools.clock.now()
    await tx.run("UPDATE signups SET used_at = $1 WHERE chat = $2 AND used_at IS NULL", now, chat)
    await tx.run(
        "INSERT INTO signups (id, chat, email, email_hash, password, at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row, chat, tools.vault.seal(email, f"signups/email/{row}"), tools.vault.index("email", email), password_hash,
        now, now + SIGNUP_LIFE,
    )  # fmt: skip


async def signup_pending(tx: Tx, tools: Tools, chat: int) -> Signup | None:
    """The sign-up of this chat that waits for its code."""
    row = await tx.one(
        "SELECT id, email, password FROM signups WHERE chat = $1 AND used_at IS NULL AND expires_at > $2"
        " ORDER BY id DESC LIMIT 1",
        chat, tools.clock.now(),
    )  # fmt: skip
    if row is None:
        return None
    return Signup(row["id"], tools.vault.open(row["email"], f"signups/email/{row['id']}"), row["password"])


async def use_signup(tx: Tx, tools: Tools, *, chat: int) -> Signup | None:
    """Use the sign-up of this chat, for exactly one caller."""
    signup = await signup_pending(tx, tools, chat)
    if signup is None:
        return None
    used = await tx.run(
        "UPDATE signups SET used_at = $1 WHERE id = $2 AND used_at IS NULL", tools.clock.now(), signup.id
    )
    return signup if used == 1 else None


# --- deep links -----------------------------------------------------------------------------------------------


async def issue_link(tx: Tx, tools: Tools, account: int, *, ticket: int | None = None) -> str:
    """The payload of a new deep link, good once: to sign in to the account, or to come to a ticket about it."""
    payload, now = codes.payload(), tools.clock.now()
    life = LINK_LIFE if ticket is None else TICKET_LINK_LIFE
    await tx.run(
        "INSERT INTO links (id, payload_hash, account, ticket, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        tools.ids(), tools.vault.index("link", payload), account, ticket, now, now + life,
    )  # fmt: skip
    return payload


@dataclass(frozen=True, slots=True)
class Link:
    """A deep link that was opened: it signs in to ``account``, unless it leads to a ``ticket``."""

    account: int
    ticket: int | None


async def open_link(tx: Tx, tools: Tools, *, chat: int, payload: str) -> Link | None:
    """Open a deep link, for the first who does so in time."""
    now = tools.clock.now()
    row = await tx.one(
        "UPDATE links SET opened_at = $1, opened_by = $2 WHERE payload_hash IN ($3, $4) AND opened_at IS NULL"
        " AND expires_at > $1 RETURNING account, ticket",
        now, chat, *tools.vault.indexes("link", payload),
    )  # fmt: skip
    return Link(row["account"], row["ticket"]) if row else None


async def use_link(tx: Tx, tools: Tools, *, chat: int) -> int | None:
    """Use the link that this chat has opened: its account, for exactly one caller."""
    now = tools.clock.now()
    row = await tx.one(
        "UPDATE links SET used_at = $1 WHERE opened_by = $2 AND ticket IS NULL AND used_at IS NULL AND expires_at > $1"
        " RETURNING account",
        now, chat,
    )  # fmt: skip
    return row["account"] if row else None
