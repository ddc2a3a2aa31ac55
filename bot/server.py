"""The web server: one, on the event loop that everything else runs on."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from starlette.types import ASGIApp

from bot.errors import PortTaken

_GRACE = 2.0
"""Seconds that requests under way get to end; a long poll is cut then."""


class Server:
    """Serves an ASGI application on a port of its own; raises ``PortTaken`` when another has it.

    uvicorn's parts are put together here: its own ``serve`` takes the signals, which belong to the command line, and
    rests a tenth of a second at either end.
    """

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        # IPPROTO_TCP named outright: otherwise asyncio leaves Nagle's algorithm on, 40 ms an answer.
        self._socket = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise PortTaken(f"{host}:{port} cannot be listened on ({error.strerror}); set PHONEDESK_PORT") from error
        self._config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=75, server_header=False
        )
        self._server = uvicorn.Server(self._config)
        self._ticks: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    async def start(self) -> None:
        """Begin to serve; returns once connections are taken."""
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup(sockets=[self._socket])
        self._ticks = asyncio.create_task(self._server.main_loop())

    async def stop(self) -> None:
        """Stop serving; what is under way gets a moment to end."""
        if self._ticks is not None:
            self._ticks.cancel()
            await asyncio.gather(self._ticks, return_exceptions=True)
        for listener in getattr(self._server, "servers", ()):
            listener.close()
        self._socket.close()
        for connection in list(self._server.server_state.connections):
            connection.shutdown()
        tasks = set(self._server.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=_GRACE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
