"""What every answer and every request goes through: headers, limits a client address, sizes and slow bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.clock import SECOND, Clock

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
BODY_LIMIT = 64 * 1024
"""Bytes of a form."""
_BODY_TIME = 30 * SECOND
_BURST = 60
_EVERY = SECOND
"""Requests from one address: sixty at once, then one a second."""
_MOST_ADDRESSES = 20_000


class Unreadable(Exception):
    """A body that is not taken; ``status`` is the HTTP status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Guard:
    """Limits requests by address. ``proxies`` trusted proxies stand in front and add to X-Forwarded-For."""

    def __init__(self, clock: Clock, proxies: int) -> None:
        self._clock = clock
        self._proxies = proxies
        self._due: dict[str, float] = {}

    def address(self, request: Request) -> str:
        """The client's address: the socket's, or what the outermost trusted proxy has seen."""
        hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        if self._proxies and len(hops) >= self._proxies:
            return hops[-self._proxies]
        return request.client.host if request.client else ""

    def wait(self, request: Request) -> int:
        """Count a request: 0 to serve it, else the seconds after which it may come again."""
        now, address = self._clock.now(), self.address(request)
        if len(self._due) > _MOST_ADDRESSES:
            self._due = {known: due for known, due in self._due.items() if due > now}
        due = max(self._due.get(address, 0), now)
        if due - now > (_BURST - 1) * _EVERY:
            return int((due - now) // SECOND) + 1
        self._due[address] = due + _EVERY
        return 0

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of an urlencoded form.

        Raises:
            Unreadable: another content type (415), too large (413), too slow (408), cut off or malformed (400).
        """
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != (
            "application/x-www-form-urlencoded"
        ):
            raise Unreadable(415)
        reading = asyncio.ensure_future(_read(request))
        late = asyncio.ensure_future(self._clock.sleep(_BODY_TIME))
        try:
            await asyncio.wait({reading, late}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise Unreadable(408)
            body = reading.result()
        finally:
            reading.cancel()
            late.cancel()
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20))
        except ValueError as error:
            raise Unreadable(400) from error


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT:
                raise Unreadable(413)
    except ClientDisconnect:
        raise Unreadable(400) from None
    return bytes(body)


Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint with the safe headers on whatever it answers."""

    async def serve(request: Request) -> Response:
        answer = await endpoint(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    return serve
