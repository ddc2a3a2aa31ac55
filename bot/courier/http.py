"""SMS and email by HTTP: one POST with JSON a message, an ``Idempotency-Key``, and a bearer token.

The sandbox speaks the same protocol, so that what runs on a laptop is what runs in production.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from bot.courier.base import Email, Sms, Webhook
from bot.http import Http, bearer, judge


class _Poster(Http):
    """What the gateways share: one address that takes POST."""

    def __init__(self, url: str, token: str = "") -> None:
        super().__init__(url, bearer(token))

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> None:
        answer = await self.ask("POST", body=body, headers=headers)
        judge(answer.status, answer.retry_after)


class HttpGateway(_Poster):
    """Sends :class:`Sms` or :class:`Email` as JSON to ``url``."""

    async def send(self, message: Sms | Email) -> None:
        """Hand the message over; raises as :class:`bot.courier.base.SmsGateway` says."""
        await self._post(json.dumps(asdict(message)).encode(), {"Idempotency-Key": message.id})


class HttpWebhooks(_Poster):
    """Delivers events to the exchange's own address."""

    async def send(self, webhook: Webhook) -> None:
        """Hand the event over; raises as :class:`bot.courier.base.SmsGateway` says."""
        headers = {
            "webhook-id": webhook.id,
            "webhook-timestamp": webhook.timestamp,
            "webhook-signature": webhook.signature,
        }
        await self._post(webhook.body.encode(), headers)
