"""python-telegram-bot's HTTP over aiohttp.

The library's default transport costs several times the processor time of the rest of a turn; ``make bench`` shows how
much. What this one leaves out on purpose: proxies and credentials from the environment, cookies, redirects.
"""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

T = TypeVar("T")

_DNS_TTL = 300
"""Seconds an address is kept; a dead one is dropped as soon as connecting to it fails."""
_KEEP_ALIVE = 50.0
"""Seconds an idle connection is kept: less than the minute after which Telegram's servers close theirs, since a request
that meets a closing connection may or may not have been carried out."""
_JSON = {"Content-Type": "application/json"}


class NotConnected(NetworkError):
    """No connection came about: the request was certainly not carried out."""


class ConnectTimedOut(TimedOut):
    """No connection came about in time: the request was certainly not carried out."""


class Flood(RetryAfter):
    """Telegram asks to wait. The library's own class warns of a deprecation each time one is made."""

    @property
    def retry_after(self) -> timedelta:
        """How long to wait."""
        return self._retry_after


class AiohttpRequest(BaseRequest):
    """Carries the Bot API's calls; times are seconds, None waits for ever.

    The pool opens with the first request, so that an instance may be made outside an event loop.

    Args:
        pool_size: connections at most; calls beyond wait up to ``pool_timeout`` for one that is free.
        read_timeout: the longest silence of the other side.
        write_timeout: how long sending may take; aiohttp has no such limit of its own, so it is granted on top of the
            other times to the whole call.
        media_write_timeout: the same for calls with files.
        connect_timeout: how long opening a connection may take.
        pool_timeout: how long to wait for a free connection.
    """

    __slots__ = ("_pool_size", "_session", "_shut", "_times")

    def __init__(
        self,
        *,
        pool_size: int = 256,
        read_timeout: float | None = 15.0,
        write_timeout: float | None = 5.0,
        media_write_timeout: float | None = 30.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 5.0,
    ) -> None:
        self._pool_size = pool_size
        self._times = (read_timeout, write_timeout, media_write_timeout, connect_timeout, pool_timeout)
        self._session: aiohttp.ClientSession | None = None
        self._shut = False

    @property
    def read_timeout(self) -> float | None:
        """Seconds of silence after which a call fails unless it says otherwise."""
        return self._times[0]

    async def initialize(self) -> None:
        """Open the pool; one that is open stays as it is."""
        self._shut = False
        self._open()

    async def shutdown(self) -> None:
        """Close the pool; calls under way fail, later ones are refused until :meth:`initialize`."""
        session, self._session, self._shut = self._session, None, True
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request: status and body. Texts of errors never hold the address, which holds the token.

        Raises:
            Flood: status 429.
            NotConnected: the other side could not be reached.
            ConnectTimedOut: no connection, or none free, in time.
            TimedOut: the answer did not come in time.
            NetworkError: the connection broke.
        """
        session = self._session or self._open()
        read, write, media_write, connect, pool = self._times
        files = request_data.multipart_data if request_data else None
        limits = _limits(
            read=_given(read_timeout, read),
            write=_given(write_timeout, media_write if files else write),
            connect=_given(connect_timeout, connect),
            pool=_given(pool_timeout, pool),
        )
        body, headers = _body(request_data, files)
        try:
            async with session.request(
                method, URL(url, encoded=True), data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as answer:
                status, payload = answer.status, await answer.read()
        except aiohttp.ConnectionTimeoutError as error:
            raise ConnectTimedOut("no connection in time") from error
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except aiohttp.ClientConnectorError as error:
            raise NotConnected(_named(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(_named(error)) from error
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Flood(_wait(payload))
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer's JSON object. Unlike the library's own it never logs what could not be read: people wrote it.

        Raises:
            TelegramError: it is no JSON object.
        """
        try:
            answer = json.loads(payload)
        except ValueError as error:
            raise TelegramError("no JSON in the answer") from error
        if not isinstance(answer, dict):
            raise TelegramError("no JSON object in the answer")
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._shut:
            raise RuntimeError("the pool is shut down")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._pool_size, ttl_dns_cache=_DNS_TTL, keepalive_timeout=_KEEP_ALIVE
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )
        return self._session


def _given(value: Any, default: T) -> Any | T:
    """The caller's value, which may be None, or the default where the caller gave none."""
    return default if value is BaseRequest.DEFAULT_NONE else value


def _limits(
    *, read: float | None, write: float | None, connect: float | None, pool: float | None
) -> aiohttp.ClientTimeout:
    """PTB's four limits as aiohttp's: ``connect`` includes the wait for a free connection, ``total`` is everything."""
    reach = None if connect is None or pool is None else connect + pool
    total = None if read is None or write is None or reach is None else read + write + reach
    return aiohttp.ClientTimeout(total=total, connect=reach, sock_connect=connect, sock_read=read)


def _body(data: RequestData | None, files: Any) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    """Body and headers: multipart where there are files, else JSON, which costs a tenth of urlencoding a keyboard."""
    if data is None:
        return None, None
    if not files:
        return data.json_payload, _JSON
    # Telegram takes a file's name as it stands, without percent signs.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime_type) in files.items():
        form.add_field(name, content, filename=file_name, content_type=mime_type)
    return form, None


def _wait(payload: bytes) -> timedelta:
    """How long an answer with status 429 asks to wait; a second if it does not say."""
    try:
        return timedelta(seconds=json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, LookupError, TypeError):
        return timedelta(seconds=1)


def _named(error: Exception) -> str:
    """What went wrong, without aiohttp's text, which may quote the address."""
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__
