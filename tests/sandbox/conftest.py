from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from sandbox_play import Play

from bot.sandbox import make_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
async def http(play: Play) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(play.world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
        yield client
