"""Authenticator keys and their codes. The only writer of an account's ``totp`` columns."""

from __future__ import annotations

from bot.clock import MINUTE
from bot.db import limits
from bot.db.base import Row, Tx
from bot.db.limits import TOTP, Counted
from bot.domain import codes, digits, totp
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

PENDING_LIFE = 15 * MINUTE
"""How long a new key waits for its first code (security.md, recommended defaults: flow life 15 min)."""


async def new_key(tx: Tx, tools: Tools, account: int, key: str = "") -> None:
    """Make a key that waits for its first code, or take a given one; an earlier waiting one is destroyed."""
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is None:
        return
    seal = tools.vault.person(row["person_key"], account)
    await tx.run(
        "UPDATE accounts SET new_totp = $1, new_totp_at = $2, new_totp_step = NULL WHERE id = $3",
        seal.seal(key or codes.totp_key(), f"accounts/new_totp/{account}"), tools.clock.now(), account,
    )  # fmt: skip


async def pending_key(tx: Tx, tools: Tools, account: int) -> str | None:
    """The key that waits for its first code, in base32, to be shown; None once it is bound or too old."""
    row = await tx.one(
        "SELECT person_key, new_totp FROM accounts WHERE id = $1 AND new_totp_at > $2",
        account, tools.clock.now() - PENDING_LIFE,
    )  # fmt: skip
    return _open(tools, row, account, "new_totp") if row else None


async def verify(
    tx: Tx, tools: Tools, account: int, purpose: str, typed: str, *, pending: bool, counted: Counted | None = None
) -> Event:
    """What the typed code is. A step is accepted once, by a conditional update, and never one before it."""
    read = digits.code(typed)
    if not read.code:
        return ev.CodeMalformed(read.reason or "not_a_code")
    scope_key = f"{account}:{purpose}"
    # One at a time: of two that type the same right code at once, the second is impatient and not a guesser.
    await tx.lock(account)
    row = await tx.one("SELECT person_key, totp, new_totp, totp_step FROM accounts WHERE id = $1", account)
    key = await pending_key(tx, tools, account) if pending else row and _open(tools, row, account, "totp")
    if row is None or not key:
        return ev.CodeExpired()
    now, last = tools.clock.now(), 0 if pending else int(row["totp_step"])
    accepted = (last,) if last in totp.window(now) else ()
    if not await limits.waiting(tx, tools, TOTP, scope_key) and totp.matching(key, read.code, accepted) is not None:
        # Typing an accepted code again is impatience, not a guess: it tells nothing and is not counted.
        return ev.CodeReused()
    wait = await limits.begin(tx, tools, TOTP, scope_key, counted)
    if wait:
        return ev.CodeLocked(limits.seconds(wait))
    step = totp.matching(key, read.code, totp.window(now))
    if step is not None and await accept(tx, account, step, pending=pending):
        await limits.succeed(tx, tools, TOTP, scope_key)
        return ev.CodeRight()
    locked = await limits.waiting(tx, tools, TOTP, scope_key)
    if locked:
        return ev.CodeLocked(limits.seconds(locked))
    old = step is not None or totp.matching(key, read.code, totp.stale(now)) is not None
    return ev.CodeExpired() if old else ev.CodeWrong()


async def step_of(tx: Tx, tools: Tools, account: int, code: str) -> int | None:
    """The time step, of those taken now, whose code by the account's authenticator this is."""
    row = await tx.one("SELECT person_key, totp FROM accounts WHERE id = $1", account)
    key = _open(tools, row, account, "totp") if row else None
    return totp.matching(key, code, totp.window(tools.clock.now())) if key else None


async def accept(tx: Tx, account: int, step: int, *, pending: bool = False) -> bool:
    """Take the step, unless it or a later one was taken before; True for exactly one caller."""
    column = "new_totp_step" if pending else "totp_step"
    fresh = "new_totp_step IS NULL" if pending else "totp_step < $1"
    taken = await tx.run(f"UPDATE accounts SET {column} = $1 WHERE id = $2 AND {fresh}", step, account)  # noqa: S608 - two constant clauses
    return taken == 1


async def bind(tx: Tx, tools: Tools, account: int, *, replace: bool = False) -> str:
    """Make the waiting key, whose first code was right, the account's authenticator: "", ``already``, ``unproven``.

    With ``replace`` it takes the place of the bound one, which is destroyed.
    """
    row = await tx.one("SELECT person_key, new_totp, totp_at, new_totp_step FROM accounts WHERE id = $1", account)
    if row is None or (row["totp_at"] is not None) is not replace:
        return "already"
    key = await pending_key(tx, tools, account)
    if key is None or row["new_totp_step"] is None:
        return "unproven"
    seal = tools.vault.person(row["person_key"], account)
    # The first code's step goes with the key, so that it is no second time good for anything.
    bound = await tx.run(
        "UPDATE accounts SET totp = $1, totp_at = $2, totp_step = new_totp_step, new_totp = NULL, new_totp_at = NULL,"
        " new_totp_step = NULL WHERE id = $3 AND (totp_at IS NOT NULL) = $4 AND new_totp_step IS NOT NULL",
        seal.seal(key, f"accounts/totp/{account}"), tools.clock.now(), account, replace,
    )  # fmt: skip
    return "" if bound == 1 else "already"


def _open(tools: Tools, row: Row, account: int, column: str) -> str | None:
    if row[column] is None:
        return None
    return tools.vault.person(row["person_key"], account).open(row[column], f"accounts/{column}/{account}")
