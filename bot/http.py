"""One HTTP conversation with another system: a kept session, and what no answer, ``429`` and ``5xx`` mean.

Gateways, webhooks, the account system and the mirrors all ask through here, so that what is tried again and what is not
is decided in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import aiohttp

from bot.clock import SECOND
from bot.errors import Flooded, Rejected, Unreachable

_WAIT: Final = 5 * SECOND
"""Pause after 429 where the other side names none."""
_TIMEOUT: Final = 60
_CONNECT: Final = 10
"""Seconds until an answer, and until a connection, is given up."""


class Answer(NamedTuple):
    """What came back. ``retry_after`` is the header as it was sent, or empty."""

    status: int
    body: bytes
    retry_after: str


class _Lost(aiohttp.ClientError):
    """The connection broke before there was an answer."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send once: left to itself, aiohttp sends a PUT whose answer was lost again without telling anybody."""
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(type(error).__name__) from error


class Http:
    """One other system. ``url`` is its address, ``headers`` go with every request."""

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = _TIMEOUT,
        connect: float = _CONNECT,
    ) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=connect)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; whatever was answered.

        Raises:
            Unreachable: nothing was; ``sent`` tells whether it may have been carried out.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers, middlewares=(_once,))
        request = self._session.request(
            method, self._url + path, data=body, headers=headers, params=params, allow_redirects=False
        )
        try:
            async with request as answer:
                return Answer(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(type(error).__name__, sent=True) from error

    async def close(self) -> None:
        """Give up the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def bearer(token: str) -> dict[str, str]:
    """The header that presents a bearer token; none where there is no token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def judge(status: int, retry_after: str, *, code: str = "refused", carried: bool = False) -> None:
    """Raise what an HTTP status and ``Retry-After`` mean; nothing for a success.

    Args:
        status: the answer's.
        retry_after: the header, or empty.
        code: what a refusal is called.
        carried: whether a request that ended in a 5xx may have been carried out.

    Raises:
        Flooded: try again later.
        Unreachable: try again.
        Rejected: refused for good.
    """
    if status < 300:
        return
    if status == 429:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
        raise Flooded(seconds * SECOND or _WAIT)
    if status >= 500:
        raise Unreachable(f"status {status}", sent=carried)
    raise Rejected(code, f"status {status}")
