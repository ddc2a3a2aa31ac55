"""Whether the keys of the settings fit: what this database needs, and what the other processes know.

``key_versions`` names every key that something here was sealed, hashed or authenticated with, until a rotation has
found nothing under it any more. A process that lacks one of them, or has another one in its place, does not start.
``keyrings`` says what each running process knows: a new key is used once all of them know it, or else one would write
what another cannot read.
"""

from __future__ import annotations

from functools import partial

from bot.db import audit
from bot.db.base import Db, Tx
from bot.db.columns import HASHED, SEALED
from bot.domain.vault import Vault
from bot.errors import KeysUnfit
from bot.tools import Tools

JOBS = ("field", "index", "audit")
"""Jobs whose keys are needed for as long as something is left under them; codes are over in ten minutes."""
_LOCK = 0x6B657973  # "keys"
_BARE = 32
"""Length of an index hash from before it began with its key's version."""
_MOST = 5000


async def enter(db: Db, tools: Tools, worker: int) -> None:
    """This process is about to work with its keys.

    Raises:
        KeysUnfit: it must not; the message says what to do.
    """
    await _first_start(db, tools)

    async def job(tx: Tx) -> None:
        await tx.lock(_LOCK)
        fault = await missing(tx, tools.vault)
        if fault:
            raise KeysUnfit(fault)
        await tx.run(
            "INSERT INTO keyrings (worker, at, field, index_keys) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (worker) DO UPDATE SET at = excluded.at, field = excluded.field,"
            " index_keys = excluded.index_keys",
            worker, tools.clock.now(), *(_listed(tools.vault.versions(job)) for job in ("field", "index")),
        )  # fmt: skip

    await db.transact(job)  # stays even if what follows refuses: the others are to see what this one knows
    await use(db, tools)


async def use(db: Db, tools: Tools) -> None:
    """From now on something may be written under the newest keys.

    Raises:
        KeysUnfit: a key that is needed is missing, or a process that runs does not know the newest ones.
    """

    async def job(tx: Tx) -> None:
        await tx.lock(_LOCK)
        fault = await missing(tx, tools.vault) or await behind(tx, tools.vault)
        if fault:
            raise KeysUnfit(fault)
        for job in JOBS:
            await _need(tx, tools, job, tools.vault.versions(job)[0])

    await db.transact(job)


async def leave(tx: Tx, worker: int) -> None:
    """This process has stopped, or will never come back."""
    await tx.run("DELETE FROM keyrings WHERE worker = $1", worker)


async def missing(tx: Tx, vault: Vault) -> str:
    """What is wrong with these keys for this database; empty if nothing is."""
    faults = []
    rows = await tx.all("SELECT job, version, check_value, retired_at FROM key_versions ORDER BY job, version")
    for row in rows:
        job, version = row["job"], row["version"]
        name = f"PHONEDESK_{job.upper()}_KEYS"
        if version not in vault.versions(job):
            if row["retired_at"] is None:
                faults.append(f"{name}: key {version} is missing, and rows in the database need it")
        elif vault.check_value(job, version) != row["check_value"]:
            faults.append(f"{name}: key {version} is not the one that this database was written with")
    return "phonedesk cannot work with these keys:\n" + "\n".join(f"  - {each}" for each in faults) if faults else ""


async def behind(tx: Tx, vault: Vault) -> str:
    """Which process does not know the newest keys yet, and what to do; empty if all do."""
    for row in await tx.all("SELECT worker, field, index_keys FROM keyrings ORDER BY worker"):
        for job, column in (("field", "field"), ("index", "index_keys")):
            newest = vault.versions(job)[0]
            if str(newest) not in row[column].split():
                return (
                    f"process {row['worker']} was started without {job} key {newest} and would not read what is written"
                    f" with it.\nStop it before you start one with the new key. If there is no such process any more:"
                    f" phonedesk keys forget {row['worker']}"
                )
    return ""


async def _need(tx: Tx, tools: Tools, job: str, version: int) -> None:
    """Something may be under this key from now on."""
    await tx.run(
        "INSERT INTO key_versions (job, version, check_value, since) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (job, version) DO UPDATE SET retired_at = NULL",
        job, version, tools.vault.check_value(job, version), tools.clock.now(),
    )  # fmt: skip


async def retire(tx: Tx, tools: Tools, job: str, version: int) -> bool:
    """Note that nothing is left under this key: a start no longer needs it. Whether that is news."""
    noted = await tx.run(
        "UPDATE key_versions SET retired_at = $1 WHERE job = $2 AND version = $3 AND retired_at IS NULL",
        tools.clock.now(), job, version,
    )  # fmt: skip
    return noted == 1


async def needed(tx: Tx) -> list[tuple[str, int]]:
    """The keys that a start needs, by job and version."""
    rows = await tx.all("SELECT job, version FROM key_versions WHERE retired_at IS NULL ORDER BY job, version")
    return [(row["job"], row["version"]) for row in rows]


def _listed(versions: tuple[int, ...]) -> str:
    return " ".join(map(str, versions))


# --- a database from before keys could be rotated, or a new one -----------------------------------------------


async def _first_start(db: Db, tools: Tools) -> None:
    """Let hashes begin with a version, chain the audit's old rows, and note which keys the rows need. Done once."""
    if await db.transact(needed):
        return
    version = await db.transact(lambda tx: _index_version(tx, tools.vault))
    for each in HASHED:
        while await db.transact(partial(_versioned, table=each.table, column=each.column, version=version)):
            pass
    while await db.transact(partial(audit.carry_over, tools=tools)):
        pass

    async def note(tx: Tx) -> None:
        await tx.lock(_LOCK)
        found = {("field", v) for each in SEALED for v in await under(tx, each.table, each.column)}
        found |= {("index", v) for each in HASHED for v in await under(tx, each.table, each.column) if v}
        for job, used in sorted(found):
            if used not in tools.vault.versions(job):
                raise KeysUnfit(
                    f"PHONEDESK_{job.upper()}_KEYS: key {used} is missing, and rows in the database need it"
                )
            await _need(tx, tools, job, used)

    await db.transact(note)


async def _index_version(tx: Tx, vault: Vault) -> int:
    """Which index key the hashes were made with: the one that finds an account by its address."""
    row = await tx.one("SELECT id, person_key, email, email_hash FROM accounts WHERE length(person_key) > 0 LIMIT 1")
    if row is not None and len(row["email_hash"]) == _BARE:
        email = vault.person(row["person_key"], row["id"]).open(row["email"], f"accounts/email/{row['id']}")
        for hashed in vault.indexes("email", email or f"none:{row['id']}"):
            if hashed[1:] == row["email_hash"]:
                return hashed[0]
        raise KeysUnfit("PHONEDESK_INDEX_KEYS: the key that this database was written with is missing")
    return vault.versions("index")[0]


async def _versioned(tx: Tx, *, table: str, column: str, version: int) -> int:
    """Put the version before up to so many bare hashes; how many there were."""
    rows = await tx.all(f"SELECT DISTINCT {column} AS h FROM {table} WHERE length({column}) = {_BARE} LIMIT {_MOST}")  # noqa: S608 - names of our tables
    for row in rows:
        await tx.run(f"UPDATE {table} SET {column} = $1 WHERE {column} = $2", bytes([version]) + row["h"], row["h"])  # noqa: S608 - as above
    return len(rows)


async def under(tx: Tx, table: str, column: str, matters: str = "1 = 1", now: int = 0) -> dict[int, int]:
    """How many values of a column there are under each version, of those that matter now."""
    rows = await tx.all(
        f"SELECT substr({column}, 1, 1) AS version, count(*) AS n FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - as above
        f" AND ({matters}) GROUP BY 1",
        *([now] if "$1" in matters else []),
    )
    return {row["version"][0]: row["n"] for row in rows if row["version"]}
