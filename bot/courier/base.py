"""What a gateway has to do.

The outbox calls it, never a turn; the id it hands over is the same when a message is tried again, so that a gateway
that knows it sends the message once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sms:
    """A text for a phone. ``to`` is E.164 with the plus; ``id`` is the idempotency key."""

    id: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Email:
    """A letter. ``text`` is plain text; ``id`` is the idempotency key and becomes the Message-ID."""

    id: str
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """An event for the exchange: ``id``, Unix seconds, signature and body as they go over the wire."""

    id: str
    timestamp: str
    signature: str
    body: str


class SmsGateway(Protocol):
    """Sends texts."""

    async def send(self, sms: Sms) -> None:
        """Hand the text over; returns once the gateway has accepted it.

        Raises:
            Rejected: refused for good.
            Flooded: try again later.
            Unreachable: no answer; ``sent`` tells whether it may have been accepted.
        """
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...


class EmailGateway(Protocol):
    """Sends letters; raises like :class:`SmsGateway`."""

    async def send(self, email: Email) -> None:
        """Hand the letter over; returns once it was accepted."""
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...
