"""The outbox's carrier for webhooks: signed, and tried until the other side has taken them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Protocol

from bot.clock import DAY, SECOND
from bot.courier.base import Webhook
from bot.db.base import Tx
from bot.db.outbox import Post
from bot.errors import Rejected, Unreachable
from bot.outbox import After
from bot.tools import Tools

PATIENCE = 3 * DAY
"""How long an event is tried: over a weekend."""


class WebhookGateway(Protocol):
    """Delivers signed events; raises like :class:`bot.courier.base.SmsGateway`."""

    async def send(self, webhook: Webhook) -> None:
        """Hand the event over; returns once it was taken."""
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...


class WebhookCarrier:
    """The carrier of the channel ``webhook``. ``secret`` signs."""

    def __init__(self, gateway: WebhookGateway, tools: Tools, secret: str) -> None:
        self._gateway = gateway
        self._tools = tools
        self._secret = secret.encode()

    def costs(self, _post: Post) -> bool:
        """Nothing of Telegram's budget."""
        return False

    def patience(self, _post: Post) -> int:
        """Three days."""
        return PATIENCE

    async def send(self, post: Post) -> None:
        """Sign the event at the moment it leaves, and hand it over.

        Raises:
            Unreachable: not taken yet; a refusal too is tried again, since the events of an account must not be lost
                to a mistake on the other side.
        """
        body = json.dumps({"id": str(post.id), **post.body}, separators=(",", ":"), sort_keys=True)
        moment = str(self._tools.clock.now() // SECOND)
        try:
            await self._gateway.send(
                Webhook(str(post.id), moment, sign(self._secret, str(post.id), moment, body), body)
            )
        except Rejected as refusal:
            raise Unreachable(refusal.code, sent=False) from refusal

    async def sent(self, _tx: Tx, _post: Post, _answer: int | None, _after: After) -> None:
        """Nothing follows."""

    async def refused(self, _tx: Tx, _post: Post, _reason: str, _after: After) -> None:
        """Nothing follows: the outbox has logged and counted it."""


def sign(secret: bytes, event: str, moment: str, body: str) -> str:
    """The signature of an event (Standard Webhooks, version 1).

    Args:
        secret: shared with the receiver.
        event: the event's id.
        moment: Unix seconds at which it leaves; receivers refuse what is older than a few minutes.
        body: exactly what is sent.
    """
    digest = hmac.digest(secret, f"{event}.{moment}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
