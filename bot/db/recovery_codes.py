"""Recovery codes of an authenticator: shown once, kept as hashes under their account's own key, each good once."""

from __future__ import annotations

from bot.db import limits
from bot.db.base import Tx
from bot.db.limits import RECOVERY, Counted
from bot.domain import codes, recovery_codes
from bot.tools import Tools
from conversations import events as ev
from conversations.events import Event

_KIND = "recovery code"


async def issue(tx: Tx, tools: Tools, account: int) -> list[str]:
    """A fresh set, to be shown once; the set before it is dead."""
    await void(tx, tools, account)
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is None:
        return []
    seal = tools.vault.person(row["person_key"], account)
    fresh = [codes.recovery_code() for _ in range(recovery_codes.COUNT)]
    for code in fresh:
        await tx.run(
            "INSERT INTO recovery_codes (id, account, code_hash, made_at) VALUES ($1, $2, $3, $4)",
            tools.ids(), account, seal.index(_KIND, code), tools.clock.now(),
        )  # fmt: skip
    return fresh


async def void(tx: Tx, tools: Tools, account: int) -> None:
    """The account's codes are dead: their authenticator is another one, or newer ones were made."""
    await tx.run(
        "UPDATE recovery_codes SET dead_at = $1 WHERE account = $2 AND dead_at IS NULL", tools.clock.now(), account
    )


async def since(tx: Tx, account: int) -> int | None:
    """Since when the account has its codes; None once there is none left."""
    row = await tx.one(
        "SELECT max(made_at) AS at FROM recovery_codes WHERE account = $1 AND used_at IS NULL AND dead_at IS NULL",
        account,
    )
    return row["at"] if row else None


async def verify(
    tx: Tx, tools: Tools, *, account: int, purpose: str, typed: str, counted: Counted | None = None
) -> Event:
    """What the typed code is: counted first, then used by a conditional update."""
    code = recovery_codes.read(typed)
    if code is None:
        return ev.CodeMalformed("no_recovery_code")
    key = f"{account}:{purpose}"
    wait = await limits.begin(tx, tools, RECOVERY, key, counted)
    if wait:
        return ev.CodeLocked(limits.seconds(wait))
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    own = tools.vault.person(row["person_key"], account).index(_KIND, code) if row else None
    used = await tx.run(
        "UPDATE recovery_codes SET used_at = $1 WHERE account = $2 AND code_hash IN ($3, $4, $5) AND used_at IS NULL"
        " AND dead_at IS NULL",
        tools.clock.now(), account, own, *tools.vault.indexes(_KIND, f"{account}:{code}"),
    )  # fmt: skip
    if used == 1:
        await limits.succeed(tx, tools, RECOVERY, key)
        return ev.CodeRight()
    locked = await limits.waiting(tx, tools, RECOVERY, key)
    return ev.CodeLocked(limits.seconds(locked)) if locked else ev.CodeWrong()


async def void_under(tx: Tx, tools: Tools, version: int) -> int:
    """Kill the codes that were hashed under this index key, before accounts hashed them with their own; how many."""
    return await tx.run(
        "UPDATE recovery_codes SET dead_at = $1 WHERE substr(code_hash, 1, 1) = $2 AND used_at IS NULL"
        " AND dead_at IS NULL",
        tools.clock.now(), bytes([version]),
    )  # fmt: skip
