"""SMS and email by HTTP: one POST with JSON a message, an ``Idempotency-Key``, and a bearer token.

The sandbox speaks the same protocol, so that what runs on a laptop is what runs in production.
"""

from __future__ import annotations

from dataclasses import asdict

import aiohttp

from bot.clock import SECOND
from bot.courier.base import Email, Sms
from bot.errors import Flooded, Rejected, Unreachable

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_WAIT = 5 * SECOND
"""Pause after 429 where the gateway names none."""


class HttpGateway:
    """Sends :class:`Sms` or :class:`Email` as JSON to ``url``."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Sms | Email) -> None:
        """Hand the message over; raises as :class:`bot.courier.base.SmsGateway` says."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers)
        headers = {"Idempotency-Key": message.id}
        try:
            async with self._session.post(self._url, json=asdict(message), headers=headers) as answer:
                judge(answer.status, answer.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(type(error).__name__, sent=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(type(error).__name__, sent=True) from error

    async def close(self) -> None:
        """Give up the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def judge(status: int, retry_after: str) -> None:
    """Raise what a gateway's HTTP status and ``Retry-After`` mean; nothing for a success."""
    if status < 300:
        return
    if status == 429:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
        raise Flooded(seconds * SECOND or _WAIT)
    if status >= 500:
        raise Unreachable(f"status {status}", sent=False)
    raise Rejected("refused", f"status {status}")
