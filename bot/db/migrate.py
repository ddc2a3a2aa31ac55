"""Numbered migrations, each committed together with its record.

What the two databases do not say alike stands beside the migration, in ``<name>.sqlite.sql`` and
``<name>.postgresql.sql``, and is carried out after it.
"""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.db.base import Db, Tx

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x6D696772  # "migr"


def statements(sql: str) -> list[str]:
    """The statements of a migration: split at semicolons that end a line, comments dropped."""
    lines = [line.split("--")[0].rstrip() for line in sql.splitlines()]
    return [part.strip() for part in "\n".join(lines).split(";\n") if part.strip()]


async def _known(tx: Tx) -> set[str]:
    await tx.lock(_LOCK)
    await tx.run("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, at BIGINT NOT NULL)")
    return {row["name"] for row in await tx.all("SELECT name FROM migrations")}


async def pending(db: Db) -> list[str]:
    """The migrations that the next start will apply."""
    known = await db.transact(_known)
    return [path.stem for path in _files() if path.stem not in known]


def _files() -> list[Path]:
    return sorted(path for path in _FOLDER.glob("[0-9]*.sql") if "." not in path.stem)


def _text(path: Path, engine: str) -> str:
    own = path.with_suffix(f".{engine}.sql")
    return "\n".join(each.read_text(encoding="utf-8") for each in (path, own) if each.is_file()) + "\n"


async def migrate(db: Db, clock: Clock) -> list[str]:
    """Apply what is missing, in order; the names of the migrations applied.

    Raises:
        DatabaseDown: the database cannot be written; the migration under way was undone whole.
    """
    applied, missing = [], set(await pending(db))
    for path in _files():
        if path.stem not in missing:
            continue
        text = _text(path, db.engine)

        async def apply(tx: Tx, name: str = path.stem, text: str = text) -> bool:
            if name in await _known(tx):
                return False
            for statement in statements(text):
                await tx.run(statement)
            await tx.run("INSERT INTO migrations (name, at) VALUES ($1, $2)", name, clock.now())
            return True

        if await db.transact(apply):
            applied.append(path.stem)
    return applied
