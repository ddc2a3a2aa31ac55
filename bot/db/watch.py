"""What scripts, tests and the doctor may look at: rows without what is sealed or hashed, and the edges taken."""

from __future__ import annotations

from typing import Any

from bot.db import due
from bot.db.base import Tx

TABLES = (
    "accounts", "agents", "approvals", "asks", "audit", "bulk_asks", "codes", "conversations", "digests",
    "disputes", "erasures", "forms", "forums", "freezes", "hits", "holds", "inbox", "kept_records", "key_versions",
    "keyrings", "links", "lobby", "locks", "logins", "mirror_comments", "mirrors", "new_tries", "outbox", "people",
    "picture_views", "pictures", "proofs", "recoveries", "recovery_codes", "secrets", "sessions", "signups",
    "sms_days", "subjects", "ticket_messages", "ticket_texts", "tickets",
)  # fmt: skip


async def rows(tx: Tx, table: str) -> list[dict[str, Any]]:
    """Every row of a table, oldest first, without the columns that hold bytes.

    Raises:
        LookupError: there is no such table to look at.
    """
    if table not in TABLES:
        raise LookupError(f"there is no table {table}; there are: {', '.join(TABLES)}")
    found = await tx.all(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - one of the names above
    return [
        {name: value for name, value in dict(row).items() if not isinstance(value, bytes | memoryview)} for row in found
    ]


async def actions(tx: Tx, *, chat: int | None = None) -> list[str]:
    """The actions of the audit in order: edges of the flows, and the words of everything else."""
    found = await tx.all(
        "SELECT a.action, s.id AS chat FROM audit a LEFT JOIN subjects s ON s.pseudonym = a.person ORDER BY a.seq"
    )
    return [row["action"] for row in found if chat in (None, row["chat"])]


async def moments(tx: Tx) -> list[int]:
    """When something falls due: whatever the timers look after, and messages that are to be tried again."""
    sources = (*due.KINDS.values(), "SELECT due_at AS at FROM outbox WHERE status = 'waiting'")
    return sorted(row["at"] for row in await tx.all(" UNION ".join(sources)))


async def writable(tx: Tx) -> None:
    """Write and take back; raises whatever keeps this database from being written."""
    await tx.run("CREATE TABLE doctor (seen BIGINT)")
    await tx.run("DROP TABLE doctor")
