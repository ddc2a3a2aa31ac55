"""What every answer and every request goes through: headers, limits a client address, sizes and slow bodies."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import structlog
from python_multipart.multipart import parse_options_header
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from bot.clock import MINUTE, SECOND, Clock
from bot.errors import DatabaseDown
from bot.uploads import MOST_BYTES

_log = structlog.get_logger(__name__)
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
UPLOAD_LIMIT = 3 * MOST_BYTES + BODY_LIMIT
"""Bytes of a form with three pictures."""
_BODY_TIME = 30 * SECOND
_UPLOAD_TIME = 5 * MINUTE
"""A slow phone on a slow network takes its time for three pictures."""
_UPLOADS = 4
"""Uploads that are taken at the same time: each may hold thirty megabytes."""
_BURST = 60
_EVERY = SECOND
"""Requests from one address: sixty at once, then one a second."""
_MOST_ADDRESSES = 20_000
"""Addresses that are remembered before those that have nothing to wait for are forgotten."""
_NETWORK = 64
"""Bits of an IPv6 address that stand for one client: whoever has one address of such a network has all of them."""


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
        self._due: dict[str, int] = {}
        self._swept = 0
        self._uploading = asyncio.Semaphore(_UPLOADS)
        self._uploads: dict[int, asyncio.Future[None]] = {}
        """By form: told when another upload of the same one has begun."""

    def address(self, request: Request) -> str:
        """Whom a request counts for: the socket's address, or what the outermost trusted proxy has seen."""
        there = request.client.host if request.client else ""
        # A proxy may add a line of its own instead of going on in the one that the client has sent.
        hops = [hop for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",") if hop.strip()]
        seen = hops[-self._proxies].strip() if self._proxies and len(hops) >= self._proxies else there
        return _client(seen) or _client(there)

    def due(self, request: Request) -> int:
        """Look only: 0, or the seconds after which a request of this address is served again."""
        return self._left(self.address(request), self._clock.now())

    def wait(self, request: Request) -> int:
        """Count a request: 0 to serve it, else the seconds after which it may come again."""
        now, address = self._clock.now(), self.address(request)
        if len(self._due) > _MOST_ADDRESSES and now - self._swept >= _EVERY:
            self._due, self._swept = {known: due for known, due in self._due.items() if due > now}, now
        left = self._left(address, now)
        if not left:
            self._due[address] = max(self._due.get(address, 0), now) + _EVERY
        return left

    def _left(self, address: str, now: int) -> int:
        over = self._due.get(address, 0) - now - (_BURST - 1) * _EVERY
        return max(0, -(-over // SECOND))

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of an urlencoded form.

        Raises:
            Unreadable: another content type (415), too large (413), too slow (408), cut off or malformed (400).
        """
        _expect(request, "application/x-www-form-urlencoded")
        body = await self._body(request, BODY_LIMIT, _BODY_TIME)
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20))
        except ValueError as error:
            raise Unreadable(400) from error

    async def raw(self, request: Request, most: int) -> bytes:
        """A body of at most so many bytes, as it came; raises as :meth:`form`."""
        return await self._body(request, most, _BODY_TIME)

    async def upload(
        self, request: Request, files: Collection[str], form: int
    ) -> tuple[dict[str, str], dict[str, bytes]]:
        """The fields and the files of a multipart form; files of other names are refused, nothing touches the disk.

        Of one form the newest upload counts and ends an earlier one (409): an impatient finger sends twice, and nobody
        takes up more than one place with their form.

        Raises:
            Unreadable: as for :meth:`form`.
        """
        _expect(request, "multipart/form-data")
        _, options = parse_options_header(request.headers["content-type"])
        if options.keys() - {b"boundary"}:  # a charset would be believed, whatever Python has under that name
            raise Unreadable(415)
        earlier = self._uploads.get(form)
        if earlier is not None and not earlier.done():
            earlier.set_result(None)
        newer = self._uploads[form] = asyncio.get_running_loop().create_future()
        try:
            async with self._uploading:
                body = await self._body(request, UPLOAD_LIMIT, _UPLOAD_TIME, newer)
        finally:
            if self._uploads[form] is newer:
                del self._uploads[form]
        try:
            sent = await _InMemory(request.headers, _once(body), max_files=len(files), max_fields=20).parse()
        except (MultiPartException, UnicodeError) as error:
            raise Unreadable(400) from error
        fields: dict[str, str] = {}
        contents: dict[str, bytes] = {}
        try:
            for name, value in sent.multi_items():
                if isinstance(value, str):
                    fields[name] = value
                elif name in files:
                    contents[name] = await value.read()
                else:
                    raise Unreadable(400)
        finally:
            await sent.close()
        return fields, contents

    async def _body(self, request: Request, most: int, time: int, newer: asyncio.Future[None] | None = None) -> bytes:
        reading = asyncio.ensure_future(_read(request, most))
        late = asyncio.ensure_future(self._clock.sleep(time))
        ends: set[asyncio.Future[Any]] = {reading, late} if newer is None else {reading, late, newer}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise Unreadable(408 if late.done() else 409)
            return reading.result()
        finally:
            reading.cancel()
            late.cancel()


def _client(address: str) -> str:
    """The address as limits count it; empty if it is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv4Address) or known.ipv4_mapped is not None:
        return str(getattr(known, "ipv4_mapped", None) or known)
    return str(ipaddress.ip_network((int(known), _NETWORK), strict=False))


def _expect(request: Request, kind: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Unreadable(415)


class _InMemory(MultiPartParser):
    """Keeps files in memory, however large: an identity picture must not lie on a disk unencrypted."""

    spool_max_size = UPLOAD_LIMIT
    _whole = False

    def on_end(self) -> None:
        self._whole = True

    async def parse(self) -> FormData:
        """As it was sent; a body without its last boundary was cut off, and what it began is let go."""
        sent = await super().parse()
        if not self._whole:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("cut off")
        return sent


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise Unreadable(413)
    except ClientDisconnect:
        raise Unreadable(400) from None
    return bytes(body)


Endpoint = Callable[[Request], Awaitable[Response]]
Away = Callable[[Request], Response]


def guarded(endpoint: Endpoint, away: Away | None = None) -> Endpoint:
    """The endpoint with the safe headers on whatever it answers; ``away`` answers while the database is down.

    Nothing can be counted then, so nothing is compared, sent or shown.
    """

    async def serve(request: Request) -> Response:
        try:
            answer = await endpoint(request)
        except DatabaseDown as down:
            _log.error("database down", error=str(down))
            answer = away(request) if away else Response(status_code=503)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    return serve


def site(routes: Sequence[BaseRoute] = ()) -> Starlette:
    """An application of these routes, with the safe headers on what is answered where no route or method is found."""
    app = Starlette(routes=list(routes), exception_handlers={HTTPException: _refused})
    app.router.redirect_slashes = False  # a token would be sent once more, in clear, to whatever host was asked for
    return app


def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(error.detail, error.status_code, {**HEADERS, **(error.headers or {})})
