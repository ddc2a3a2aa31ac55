"""An account to do things to, and keys of several versions."""

from __future__ import annotations

import pytest
from ring_life import key

from bot.db import accounts
from bot.db.ids import Ids
from bot.domain.vault import Keys, Vault
from bot.tools import Tools


@pytest.fixture
async def account(db, tools) -> int:
    return await db.transact(lambda tx: accounts.create(tx, tools, email="ann@example.com", password_hash="x"))


@pytest.fixture
def ring(clock, keys):
    """Tools whose keys have the versions asked for."""
    ids = Ids(clock)

    def tools(*versions: int) -> Tools:
        made = Keys(
            *(
                {v: getattr(keys, job)[1] if v == 1 else key(place * 7 + v) for v in versions}
                for place, job in enumerate(("field", "index", "code", "audit"))
            )
        )
        return Tools(clock, ids, Vault(made))

    return tools
