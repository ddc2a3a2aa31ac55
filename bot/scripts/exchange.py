"""The exchange's own account system in a script: the reference implementation, behind the sandbox's faults."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.accounts.reference import Reference, opened
from bot.local import ACCOUNTS_TOKEN, new_keys
from bot.sandbox import NoAnswer, World
from bot.sandbox.answers import Answer
from bot.sandbox.faults import spoiled
from bot.sandbox.server import drop, said
from bot.server import Server

_FAULTS = "accounts"
"""What the faults of this service are called."""


class Exchange:
    """A running account system with a database of its own. Make it with :meth:`opened`."""

    def __init__(self, reference: Reference, world: World) -> None:
        self.reference = reference
        self._app = _Faulty(world, Starlette(routes=reference.routes()))
        self._server = Server(self._app, "127.0.0.1", 0)

    @classmethod
    async def opened(cls, folder: Path, world: World) -> Self:
        """Serve one whose database lies in ``folder``."""
        exchange = cls(await opened(folder / "exchange.db", new_keys(), ACCOUNTS_TOKEN, world.clock), world)
        await exchange._server.start()
        return exchange

    @property
    def settings(self) -> dict[str, str]:
        """The settings that make the bot ask it."""
        return {"accounts_url": f"http://127.0.0.1:{self._server.port}", "accounts_token": ACCOUNTS_TOKEN}

    async def close(self) -> None:
        """Stop serving."""
        self._app.let_go()
        await self._server.stop()
        await self.reference.close()


class _Faulty:
    """Serves ``app`` unless a fault of the world is in the way."""

    def __init__(self, world: World, app: ASGIApp) -> None:
        self._world = world
        self._app = app
        self._held: set[asyncio.Task[Answer | None]] = set()

    def let_go(self) -> None:
        """Drop the requests that wait for the clock."""
        for held in self._held:
            held.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._world.faults.take(_FAULTS)
        if fault is None:
            await self._app(scope, receive, send)
            return
        silence: NoAnswer | None = None
        answer = self._app
        try:
            held = asyncio.ensure_future(spoiled(self._world, fault))
            self._held.add(held)
            held.add_done_callback(self._held.discard)
            refusal = await held
            answer = self._app if refusal is None else said(refusal)
        except NoAnswer as wanted:
            silence = wanted
        except asyncio.CancelledError:  # the exchange is closed while the clock has not moved on
            silence = NoAnswer(stored=False)
        if fault.kind == "timeout_after":
            await self._app(scope, receive, _unheard)
            silence = NoAnswer(stored=True, hold_ms=fault.hold_ms)
        if silence is not None:
            answer = await drop(Request(scope, receive), silence)
        await answer(scope, receive, send)


async def _unheard(_message: Message) -> None:
    """An answer that nobody hears."""
