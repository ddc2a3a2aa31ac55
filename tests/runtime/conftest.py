"""A database of one's own for what does not depend on the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from bot.db.base import Db
from bot.db.connect import connect
from bot.db.migrate import migrate


@pytest.fixture
async def lite(tmp_path, clock: ManualClock) -> AsyncIterator[Db]:
    """A fresh, migrated SQLite file."""
    opened = await connect(f"sqlite:{tmp_path / 'lite.db'}")
    await migrate(opened, clock)
    yield opened
    await opened.close()
