"""What every answer and every request goes through: headers, limits a client address, sizes and slow bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from urllib.parse import parse_qsl

import structlog
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

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
        self._uploading = asyncio.Semaphore(_UPLOADS)

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
        _expect(request, "application/x-www-form-urlencoded")
        body = await self._body(request, BODY_LIMIT, _BODY_TIME)
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=20))
        except ValueError as error:
            raise Unreadable(400) from error

    async def raw(self, request: Request, most: int) -> bytes:
        """A body of at most so many bytes, as it came; raises as :meth:`form`."""
        return await self._body(request, most, _BODY_TIME)

    async def upload(self, request: Request, files: Collection[str]) -> tuple[dict[str, str], dict[str, bytes]]:
        """The fields and the files of a multipart form; files of other names are refused, nothing touches the disk.

        Raises:
            Unreadable: as for :meth:`form`.
        """
        _expect(request, "multipart/form-data")
        async with self._uploading:
            body = await self._body(request, UPLOAD_LIMIT, _UPLOAD_TIME)
        try:
            sent = await _InMemory(request.headers, _once(body), max_files=len(files), max_fields=20).parse()
        except (MultiPartException, UnicodeDecodeError) as error:
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

    async def _body(self, request: Request, most: int, time: int) -> bytes:
        reading = asyncio.ensure_future(_read(request, most))
        late = asyncio.ensure_future(self._clock.sleep(time))
        try:
            await asyncio.wait({reading, late}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise Unreadable(408)
            return reading.result()
        finally:
            reading.cancel()
            late.cancel()


def _expect(request: Request, kind: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Unreadable(415)


class _InMemory(MultiPartParser):
    """Keeps files in memory, however large: an identity picture must not lie on a disk unencrypted."""

    spool_max_size = UPLOAD_LIMIT


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
