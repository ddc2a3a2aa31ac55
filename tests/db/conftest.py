"""An account to do things to."""

from __future__ import annotations

import pytest

from bot.db import accounts


@pytest.fixture
async def account(db, tools) -> int:
    return await db.transact(lambda tx: accounts.create(tx, tools, email="ann@example.com", password_hash="x"))
