"""Rotating the keys: everything under an older key is sealed, or hashed, anew under the newest.

It runs beside the bot, in short transactions that each begin where the rows say that there is something left to do. So
it may be killed at any moment and started again, and does nothing where nothing is left. A row that the bot has written
meanwhile is left as the bot wrote it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.db import audit, keyring, limits, recovery_codes
from bot.db.base import Db, Tx
from bot.db.columns import HASHED, SEALED, Hashed, Sealed
from bot.errors import SealBroken
from bot.tools import Tools

BATCH: Final = 200
"""Rows in one transaction, so that the bot never waits long."""
_FIRST: Final = -(1 << 63)
REASONS: Final = {(each.table, each.column): each.why for each in HASHED if each.renew is None} | {
    ("audit", "mac"): "rows keep the key that they were written under"
}
"""Why what is in a column is not simply renewed."""

Progress = Callable[[str, int], Awaitable[None]]
"""Is told after every batch what is rotated and how many rows were looked at."""


@dataclass(slots=True)
class Result:
    """What a rotation did.

    Attributes:
        renewed: how many values were sealed or hashed anew, by table and column.
        broken: rows that no key opens, by table, column and the version that they begin with.
        retired: keys that nothing is left under, by job and version.
    """

    renewed: dict[str, int] = field(default_factory=dict)
    broken: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    retired: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Left:
    """What is under one key: how many values, and how many of these still matter."""

    job: str
    version: int
    table: str
    column: str
    values: int
    matter: int


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction did: the last row it looked at, how many, how many were renewed; broken ones by version."""

    last: int
    seen: int
    renewed: int
    broken: tuple[tuple[int, int], ...] = ()


async def rotate(db: Db, tools: Tools, progress: Progress, *, void_codes: bool = False) -> Result:
    """Renew everything that is under an older key, and retire the keys that nothing is left under.

    Args:
        db: the database; the bot may be working with it.
        tools: clock, ids and vault, with the old keys and the new ones.
        progress: is told how far it is.
        void_codes: kill recovery codes that were hashed under an older index key: nothing else can be done about them.

    Raises:
        KeysUnfit: the keys do not fit; nothing was done.
    """
    await keyring.use(db, tools)
    result = Result()
    newest = {job: tools.vault.versions(job)[0] for job in ("field", "index")}
    for sealed in SEALED:
        await _column(db, f"{sealed.table}.{sealed.column}", result, progress,
                      partial(_reseal, tools=tools, sealed=sealed, newest=newest["field"]))  # fmt: skip
    for hashed in HASHED:
        if hashed.renew is not None:
            await _column(db, f"{hashed.table}.{hashed.column}", result, progress,
                          partial(_rehash, tools=tools, hashed=hashed, newest=newest["index"]))  # fmt: skip
    for version in tools.vault.versions("index")[1:]:
        await _counts(db, tools, version, result, progress)
        if void_codes:
            await db.transact(partial(recovery_codes.void_under, tools=tools, version=version))
    await _retire(db, tools, result)
    return result


async def _column(
    db: Db, name: str, result: Result, progress: Progress, step: Callable[..., Awaitable[_Batch]]
) -> None:
    """Walk through a column, a transaction a batch."""
    after, seen = _FIRST, 0
    while True:
        batch: _Batch = await db.transact(partial(step, after=after))
        if batch.renewed:
            result.renewed[name] = result.renewed.get(name, 0) + batch.renewed
        for version, row in batch.broken:
            result.broken.setdefault((name, version), []).append(row)
        if not batch.seen:
            return
        after, seen = batch.last, seen + batch.seen
        await progress(name, seen)


async def _reseal(tx: Tx, *, tools: Tools, sealed: Sealed, newest: int, after: int) -> _Batch:
    table, column, key = sealed.table, sealed.column, sealed.row
    rows = await tx.all(
        f"SELECT {key} AS id, {column} AS value FROM {table} WHERE {key} > $1 AND length({column}) > 0"  # noqa: S608 - names of our tables
        f" AND substr({column}, 1, 1) <> $2 ORDER BY {key} LIMIT {BATCH}",
        after, bytes([newest]),
    )  # fmt: skip
    renewed, broken = 0, []
    for row in rows:
        try:
            fresh = tools.vault.renewed(row["value"], f"{table}/{column}/{row['id']}")
        except SealBroken:
            broken.append((row["value"][0], row["id"]))
            continue
        renewed += await tx.run(
            f"UPDATE {table} SET {column} = $1 WHERE {key} = $2 AND {column} = $3",  # noqa: S608 - names of our tables
            fresh, row["id"], row["value"],
        )  # fmt: skip
    return _Batch(rows[-1]["id"] if rows else after, len(rows), renewed, tuple(broken))


async def _rehash(tx: Tx, *, tools: Tools, hashed: Hashed, newest: int, after: int) -> _Batch:
    table, column, renew = hashed.table, hashed.column, hashed.renew
    rows = await tx.all(
        f"SELECT id, {column} AS hash, {', '.join(hashed.columns)} FROM {table} WHERE id > $1 AND length({column}) > 0"  # noqa: S608 - names of our tables
        f" AND substr({column}, 1, 1) <> $2 ORDER BY id LIMIT {BATCH}",
        after, bytes([newest]),
    )  # fmt: skip
    renewed, broken = 0, []
    for row in rows:
        try:
            value = renew(tools.vault, row) if renew else None
            fits = value is None or row["hash"] in tools.vault.indexes(*value)
        except SealBroken:
            value, fits = None, False
        if not fits:
            broken.append((row["hash"][0], row["id"]))
        elif value is not None:
            renewed += await tx.run(
                f"UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3",  # noqa: S608 - names of our tables
                tools.vault.index(*value), row["id"], row["hash"],
            )  # fmt: skip
    return _Batch(rows[-1]["id"] if rows else after, len(rows), renewed, tuple(broken))


async def _counts(db: Db, tools: Tools, version: int, result: Result, progress: Progress) -> None:
    """Carry what is counted for accounts over to the newest index key."""
    counted = await db.transact(partial(limits.older, version=version))
    if not counted:
        return

    async def step(tx: Tx, *, after: int) -> _Batch:
        rows = await tx.all(
            "SELECT id, person_key, email FROM accounts WHERE id > $1 ORDER BY id LIMIT $2", after, BATCH
        )
        known = []
        for row in rows:
            try:
                seal = tools.vault.person(row["person_key"], row["id"])
                known.append((row["id"], seal.open(row["email"], f"accounts/email/{row['id']}")))
            except SealBroken:
                known.append((row["id"], ""))
        carried = await limits.renew(tx, tools, known, counted)
        return _Batch(rows[-1]["id"] if rows else after, len(rows), carried)

    await _column(db, "limits", result, progress, step)


# --- what is left ----------------------------------------------------------------------------------------------


async def left(db: Db, tools: Tools) -> list[Left]:
    """What there is under each key."""

    async def job(tx: Tx, each: Sealed | Hashed) -> list[Left]:
        values = await keyring.under(tx, each.table, each.column)
        if isinstance(each, Sealed):
            return [Left("field", v, each.table, each.column, n, n) for v, n in values.items()]
        matter = await keyring.under(tx, each.table, each.column, each.matters, tools.clock.now())
        return [Left("index", v, each.table, each.column, n, matter.get(v, 0)) for v, n in values.items() if v]

    async def chained(tx: Tx) -> list[Left]:
        return [Left("audit", v, "audit", "mac", n, n) for v, n in (await audit.versions(tx)).items()]

    found = [await db.transact(partial(job, each=each)) for each in (*SEALED, *HASHED)]
    found.append(await db.transact(chained))
    return sorted((line for lines in found for line in lines), key=lambda line: (line.job, line.version))


async def _retire(db: Db, tools: Tools, result: Result) -> None:
    """Note the keys that nothing is left under, and the rotation in the audit."""
    lines = await left(db, tools)
    newest = {job: tools.vault.versions(job)[0] for job in ("field", "index")}

    async def job(tx: Tx) -> None:
        for name, version in await keyring.needed(tx):
            if version == newest.get(name, version):
                continue
            if not any(_matter(line, result) for line in lines if (line.job, line.version) == (name, version)):
                await keyring.retire(tx, tools, name, version)
                result.retired.append((name, version))
        if result.renewed or result.retired:
            await audit.write(
                tx, tools, action="keys rotated", actor="operator", field_key=newest["field"],
                index_key=newest["index"], retired=[f"{name} {version}" for name, version in result.retired],
                values=sum(result.renewed.values()),
            )  # fmt: skip

    await db.transact(job)


def _matter(line: Left, result: Result) -> int:
    """How many values of this line need their key; those that it does not open have no use of it."""
    return max(0, line.matter - len(result.broken.get((f"{line.table}.{line.column}", line.version), ())))
