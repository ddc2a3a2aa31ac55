"""An account system over HTTP, and a way to spoil what it answers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.applications import Starlette

from bot.accounts.reference import Reference, opened
from bot.clock import ManualClock
from bot.local import ACCOUNTS_TOKEN, new_keys
from bot.server import Server


@pytest.fixture
async def reference(tmp_path) -> AsyncIterator[Reference]:
    made = await opened(tmp_path / "exchange.db", new_keys(), ACCOUNTS_TOKEN, ManualClock(1_767_603_600_000))
    yield made
    await made.close()


@pytest.fixture
async def serve(reference) -> AsyncIterator[Callable]:
    """Serves the reference, or what is made of it; the address."""
    async with contextlib.AsyncExitStack() as stack:

        async def serving(wrapped: Callable = lambda app: app) -> str:
            server = Server(wrapped(Starlette(routes=reference.routes())), "127.0.0.1", 0)
            await server.start()
            stack.push_async_callback(server.stop)
            return f"http://127.0.0.1:{server.port}"

        yield serving
