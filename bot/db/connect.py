"""Which driver a database setting means."""

from __future__ import annotations

from pathlib import Path

from bot.db.base import Db
from bot.db.sqlite import SqliteDb

SQLITE = "sqlite:"


async def connect(database: str) -> Db:
    """Open ``sqlite:PATH`` or ``postgresql://...``.

    Raises:
        DatabaseDown: it cannot be opened.
    """
    if database.startswith(SQLITE):
        return await SqliteDb.open(Path(database.removeprefix(SQLITE)))
    from bot.db.postgres import PostgresDb  # noqa: PLC0415 - its client is 7 MB that SQLite does not need

    return await PostgresDb.open(database)
