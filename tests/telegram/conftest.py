"""Fixtures of the tests about Telegram's HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.telegram.stand import Stand


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    """A stand-in for the Bot API on a free port."""
    made = Stand()
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{rest:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    made.free.set()
    await runner.cleanup()
