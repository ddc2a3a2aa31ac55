"""The limiter: the one place that counts, and the only writer of ``hits`` and ``locks``.

``allow`` limits how often something is done. ``begin`` counts a guess *before* anything is compared: a guess that turns
out right is forgiven by ``succeed``, so that a crash between the two costs a try and never gives one.

Nothing is sealed beside the hashed keys here. While there are two index keys, whatever is counted under the older one
is carried to the newer when it is counted again, and what is an account's by :func:`renew`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.clock import HOUR
from bot.db.base import Tx
from bot.domain import limits as policy
from bot.domain.limits import Limit
from bot.tools import Tools
from conversations.effects import PURPOSES

Counted = list[tuple[str, str]]
"""Scope and key of guesses, such as those that a turn has counted; see :func:`recount`."""

CODE, TOTP, PASSWORD, RECOVERY, TRADING = "code", "totp", "password", "recovery", "trading"
"""Scopes of guesses."""
GUESSES = (CODE, TOTP, PASSWORD, RECOVERY, TRADING)
PREFIX = "sms prefix"
"""Scope of the blocks of prefixes to which no code goes for a while."""
_GUESSED = (CODE, TOTP, RECOVERY)
"""Scopes whose keys name an account and a purpose."""
HUMAN = -1
"""The wait that only a human ends."""


async def allow(tx: Tx, tools: Tools, limit: Limit, key: str) -> int:
    """Count one more and return 0, or return the milliseconds to wait and count nothing."""
    return await allow_all(tx, tools, ((limit, key),))


async def allow_all(tx: Tx, tools: Tools, wanted: Sequence[tuple[Limit, str]]) -> int:
    """Count one more for each, or none at all: 0, or the longest wait in milliseconds."""
    wait = await waits(tx, tools, wanted)
    if not wait:
        await count(tx, tools, wanted)
    return wait


async def waits(tx: Tx, tools: Tools, wanted: Sequence[tuple[Limit, str]]) -> int:
    """The longest wait in milliseconds, or 0; nobody else counts for these keys until the transaction ends."""
    now, wait = tools.clock.now(), 0
    for limit, key in _ordered(tools, wanted):
        counted = await _locked(tx, tools, limit.scope, key)
        wait = max(wait, await _wait(tx, limit, (counted, counted), now))
    return wait


async def count(tx: Tx, tools: Tools, wanted: Sequence[tuple[Limit, str]]) -> None:
    """Count one more for each, after :func:`waits` in the same transaction has said 0."""
    for limit, key in _ordered(tools, wanted):
        await _hit(tx, tools, limit.scope, await _locked(tx, tools, limit.scope, key))


def _ordered(tools: Tools, wanted: Sequence[tuple[Limit, str]]) -> list[tuple[Limit, str]]:
    """In an order that is everybody's, so that no two wait for one another."""
    return sorted(wanted, key=lambda pair: tools.vault.index_lock(pair[0].scope, pair[1]))


async def due(tx: Tx, tools: Tools, limit: Limit, key: str) -> int:
    """Look only: milliseconds until one more would be allowed, or 0."""
    return await _wait(tx, limit, tools.vault.indexes(limit.scope, key), tools.clock.now())


async def _locked(tx: Tx, tools: Tools, scope: str, key: str) -> bytes:
    """The key as it is stored, once nobody else counts for it, with everything counted for it before."""
    newest, older = tools.vault.indexes(scope, key)
    await tx.lock(tools.vault.index_lock(scope, key))
    if older != newest:
        await _carry(tx, scope, older, newest)
    return newest


async def _carry(tx: Tx, scope: str, older: bytes, newest: bytes) -> None:
    await tx.run("UPDATE hits SET key = $1 WHERE scope = $2 AND key = $3", newest, scope, older)
    await tx.run("UPDATE locks SET key = $1 WHERE scope = $2 AND key = $3", newest, scope, older)


async def _wait(tx: Tx, limit: Limit, keys: tuple[bytes, bytes], now: int) -> int:
    longest = max(length for length, _most in limit.windows)
    rows = await tx.all(
        "SELECT at FROM hits WHERE scope = $1 AND key IN ($2, $3) AND at > $4 ORDER BY at DESC",
        limit.scope, *keys, now - longest,
    )  # fmt: skip
    times = [row["at"] for row in rows]
    wait = 0
    for length, most in limit.windows:
        if len(times) >= most and times[most - 1] > now - length:
            wait = max(wait, times[most - 1] + length - now)
    recent = sum(at > now - HOUR for at in times)
    if limit.gaps and recent:
        wait = max(wait, times[0] + limit.gaps[min(recent, len(limit.gaps)) - 1] - now)
    return wait


async def _hit(tx: Tx, tools: Tools, scope: str, key: bytes) -> None:
    await tx.run(
        "INSERT INTO hits (id, scope, key, at) VALUES ($1, $2, $3, $4)", tools.ids(), scope, key, tools.clock.now()
    )


async def begin(tx: Tx, tools: Tools, scope: str, key: str, counted: Counted | None = None) -> int:
    """Count a guess; 0 to go on and compare, else milliseconds to wait (``HUMAN``: for ever) and nothing is counted.

    Args:
        tx: the open transaction.
        tools: clock, ids and vault.
        scope: what is guessed at.
        key: whose it is, the same however it was addressed.
        counted: notes the count, so that it can be made again should this transaction be undone.
    """
    hashed = await _locked(tx, tools, scope, key)
    wait = await _waiting(tx, tools, scope, (hashed, hashed))
    if wait:
        return wait
    await _count(tx, tools, scope, hashed)
    if counted is not None:
        counted.append((scope, key))
    return 0


async def _count(tx: Tx, tools: Tools, scope: str, key: bytes) -> None:
    now = tools.clock.now()
    await _hit(tx, tools, scope, key)
    row = await tx.one(
        "SELECT count(*) AS n FROM hits WHERE scope = $1 AND key = $2 AND at > $3",
        scope, key, now - policy.FAILURES_WINDOW,
    )  # fmt: skip
    lock = await tx.one("SELECT closed FROM locks WHERE scope = $1 AND key = $2", scope, key)
    wait = policy.wait_after(row["n"] if row else 0, lock["closed"] if lock else 0)
    await tx.run(
        "INSERT INTO locks (scope, key, failures, until, closed) VALUES ($1, $2, 1, $3, $4)"
        " ON CONFLICT (scope, key) DO UPDATE SET failures = locks.failures + 1, until = excluded.until,"
        " closed = locks.closed + excluded.closed",
        scope, key, now + wait if wait else 0, int(closes(wait)),
    )  # fmt: skip


def closes(wait: int) -> bool:
    """Whether this is the wait of a check that is closed for long, and no pause between two tries."""
    return wait == HUMAN or wait > max(policy.WAITS)


async def guesses(tx: Tx, since: int) -> int:
    """How many codes and passwords, of any account or none, were wrong since a moment."""
    found = [
        await tx.one("SELECT count(*) AS n FROM hits WHERE scope = $1 AND at > $2", scope, since) for scope in GUESSES
    ]
    return sum(row["n"] for row in found if row)


async def succeed(tx: Tx, tools: Tools, scope: str, key: str) -> None:
    """The guess was right: what was counted for it and before it is forgiven."""
    hashed = tools.vault.indexes(scope, key)
    await tx.run("DELETE FROM hits WHERE scope = $1 AND key IN ($2, $3)", scope, *hashed)
    await tx.run("DELETE FROM locks WHERE scope = $1 AND key IN ($2, $3)", scope, *hashed)


async def closed(tx: Tx, tools: Tools, account: int, email: str) -> Counted:
    """The checks of an account that are closed for long, by scope and key; a pause between two tries is none."""
    found: Counted = []
    for scope, key in _checks(account, email):
        row = await tx.one(
            "SELECT failures, until, closed FROM locks WHERE scope = $1 AND key IN ($2, $3)",
            scope, *tools.vault.indexes(scope, key),
        )  # fmt: skip
        if row and (row["failures"] >= policy.HUMAN_AT or (row["closed"] and row["until"] > tools.clock.now())):
            found.append((scope, key))
    return found


async def waiting(tx: Tx, tools: Tools, scope: str, key: str) -> int:
    """Look only: milliseconds until the next guess is compared, ``HUMAN``, or 0."""
    return await _waiting(tx, tools, scope, tools.vault.indexes(scope, key))


async def _waiting(tx: Tx, tools: Tools, scope: str, keys: tuple[bytes, bytes]) -> int:
    row = await tx.one("SELECT failures, until FROM locks WHERE scope = $1 AND key IN ($2, $3)", scope, *keys)
    if row is None:
        return 0
    if row["failures"] >= policy.HUMAN_AT:
        return HUMAN
    return max(0, int(row["until"]) - tools.clock.now())


async def blocked_until(tx: Tx, tools: Tools, scope: str, key: str) -> int:
    """When the last block of this key ends or ended; 0 where there was none."""
    row = await tx.one(
        "SELECT max(until) AS until FROM locks WHERE scope = $1 AND key IN ($2, $3)",
        scope, *tools.vault.indexes(scope, key),
    )  # fmt: skip
    return int(row["until"]) if row and row["until"] is not None else 0


async def block(tx: Tx, tools: Tools, scope: str, key: str, length: int) -> None:
    """Block the key for so many milliseconds; that is no failure of anybody's."""
    await tx.run(
        "INSERT INTO locks (scope, key, failures, until) VALUES ($1, $2, 0, $3)"
        " ON CONFLICT (scope, key) DO UPDATE SET until = excluded.until",
        scope, await _locked(tx, tools, scope, key), tools.clock.now() + length,
    )  # fmt: skip


async def blocks(tx: Tx, tools: Tools, scope: str) -> int:
    """How many keys of the scope are blocked now."""
    row = await tx.one("SELECT count(*) AS n FROM locks WHERE scope = $1 AND until > $2", scope, tools.clock.now())
    return row["n"] if row else 0


async def recount(tx: Tx, tools: Tools, counted: Counted) -> None:
    """Count again what a transaction had counted that was then undone (CVE-2026-35597: or nobody is ever locked)."""
    for scope, key in counted:
        await _count(tx, tools, scope, await _locked(tx, tools, scope, key))


async def failures(tx: Tx, tools: Tools, account: int) -> int:
    """Consecutive wrong codes of an account, over all purposes."""
    total = 0
    for scope, key in _guessed(account):
        hashed = tools.vault.indexes(scope, key)
        row = await tx.one("SELECT failures FROM locks WHERE scope = $1 AND key IN ($2, $3)", scope, *hashed)
        total += row["failures"] if row else 0
    return total


def seconds(wait: int) -> int:
    """A wait as events carry it: whole seconds rounded up, 0 for one that only a human ends."""
    return 0 if wait == HUMAN else -(-wait // 1000)


# --- rotating the index key -------------------------------------------------------------------------------------


def _guessed(account: int) -> Iterator[tuple[str, str]]:
    return ((scope, f"{account}:{purpose}") for scope in _GUESSED for purpose in PURPOSES)


def _checks(account: int, email: str) -> Iterator[tuple[str, str]]:
    """Scope and key of everything that can be guessed at for an account."""
    yield from _guessed(account)
    yield from ((TRADING, str(account)), (PASSWORD, email))


def _kept(account: int, email: str) -> Iterator[tuple[str, str]]:
    """Scope and key of everything that is counted for an account for longer than a day."""
    yield from _checks(account, email)
    yield from ((limit.scope, str(account)) for limit in policy.PER_ACCOUNT)


async def older(tx: Tx, version: int) -> set[tuple[str, bytes]]:
    """Scope and hashed key of everything counted under this version."""
    mark = bytes([version])
    rows = await tx.all(
        "SELECT scope, key FROM hits WHERE substr(key, 1, 1) = $1 UNION SELECT scope, key FROM locks"
        " WHERE substr(key, 1, 1) = $1",
        mark,
    )
    return {(row["scope"], bytes(row["key"])) for row in rows}


async def renew(tx: Tx, tools: Tools, accounts: Iterable[tuple[int, str]], counted: set[tuple[str, bytes]]) -> int:
    """Carry what is counted for these accounts (id and address) to the newest key, of what :func:`older` found."""
    carried = 0
    for account, email in accounts:
        for scope, key in _kept(account, email):
            newest, before = tools.vault.indexes(scope, key)
            if before != newest and (scope, before) in counted:
                await _locked(tx, tools, scope, key)
                carried += 1
    return carried
