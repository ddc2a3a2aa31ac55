"""SMS and email by HTTP: one POST with JSON a message, an ``Idempotency-Key``, and a bearer token.

The sandbox speaks the same protocol, so that what runs on a laptop is what runs in production.
"""

from __future__ import annotations

import json
from dataclasses import asdict

import aiohttp

from bot.clock import SECOND
from bot.courier.base import Email, Sms, Webhook
from bot.errors import Flooded, Rejected, Unreachable

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10)
_WAIT = 5 * SECOND
"""Pause after 429 where the gateway names none."""


class _Http:
    """What the gateways share: one address, one kept session, and what an answer means."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def _post(self, body: bytes, headers: dict[str, str]) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=self._headers)
        headers = {"Content-Type": "application/json", **headers}
        try:
            async with self._session.post(self._url, data=body, headers=headers) as answer:
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


class HttpGateway(_Http):
    """Sends :class:`Sms` or :class:`Email` as JSON to ``url``."""

    async def send(self, message: Sms | Email) -> None:
        """Hand the message over; raises as :class:`bot.courier.base.SmsGateway` says."""
        await self._post(json.dumps(asdict(message)).encode(), {"Idempotency-Key": message.id})


class HttpWebhooks(_Http):
    """Delivers events to the exchange's own address."""

    async def send(self, webhook: Webhook) -> None:
        """Hand the event over; raises as :class:`bot.courier.base.SmsGateway` says."""
        headers = {
            "webhook-id": webhook.id,
            "webhook-timestamp": webhook.timestamp,
            "webhook-signature": webhook.signature,
        }
        await self._post(webhook.body.encode(), headers)


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
