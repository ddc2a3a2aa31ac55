"""An empty database, ready for use, laid where a script begins: to migrate one anew takes longer than most scripts."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.clock import ManualClock
from bot.db.migrate import migrate
from bot.db.sqlite import SqliteDb

_made: list[bytes] = []


async def lay(path: Path) -> None:
    """Write an SQLite file at ``path`` on which every migration has been carried out."""
    if not _made:
        with tempfile.TemporaryDirectory(prefix="phonedesk-template-") as folder:
            file = Path(folder) / "phonedesk.db"
            db = await SqliteDb.open(file)
            await migrate(db, ManualClock(0))
            await db.close()
            _made.append(file.read_bytes())
    await asyncio.to_thread(path.write_bytes, _made[0])
