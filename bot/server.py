"""The web server: one, on the event loop that everything else runs on."""

from __future__ import annotations

import asyncio
import functools
import socket
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.errors import PortTaken

_GRACE = 2.0
"""Seconds that requests under way get to end; a long poll is cut then."""
_PATIENCE = 30.0
"""Seconds within which whoever has connected must have said what they want."""
_MOST = 500
"""Connections at a time: each takes one of the files that the system lets a process have, 1,024 as a rule."""


class _Connection(H11Protocol):
    """A connection that is closed when it is kept open by trickles.

    uvicorn waits for the head of a request, and for what is left of a body that was answered already, without end.
    The time of a body that is being read is the endpoint's affair (``bot/web/guard.py``).
    """

    def __init__(self, *args: Any, patience: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patience = patience
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        if len(self.connections) >= _MOST:
            transport.abort()
            return
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self.transport is not None:
            super().connection_lost(exc)

    def _look(self) -> None:
        """The time runs from the first byte that belongs to no request under way; more bytes do not stop it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._rest()
        elif self._late is None and not self.transport.is_closing():
            self._late = self.loop.call_later(self._patience, self.transport.close)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server:
    """Serves an ASGI application on a port of its own; raises ``PortTaken`` when another has it.

    uvicorn's parts are put together here: its own ``serve`` takes the signals, which belong to the command line, and
    rests a tenth of a second at either end.

    Args:
        app: what is served.
        host: the address to listen on.
        port: the port; 0 for any that is free.
        patience: seconds that the head of a request may take.
    """

    def __init__(self, app: ASGIApp, host: str, port: int, *, patience: float = _PATIENCE) -> None:
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
        protocol = cast("type[asyncio.Protocol]", functools.partial(_Connection, patience=patience))
        # Whose address counts where a proxy stands in front is decided in bot/web/guard.py and nowhere else: uvicorn
        # would believe whatever a client on this machine says of itself.
        # It logs by the rules of bot/log.py instead of its own, which quote exceptions.
        self._config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=75, server_header=False,
            proxy_headers=False, http=protocol, ws="none", log_config=None,
        )  # fmt: skip
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
