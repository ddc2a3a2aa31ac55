"""The SMS and email gateways and what arrived through them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.answers import Answer
from bot.sandbox.errors import NoAnswer
from bot.sandbox.faults import spoiled
from bot.sandbox.state import Email, Sms

if TYPE_CHECKING:
    from bot.sandbox.world import World

Json = dict[str, Any]

_PHONE: Final = re.compile(r"\+[1-9]\d{6,14}")
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FIELDS: Final = {
    "sms": {"id": True, "to": True, "text": True, "sender": False},
    "email": {"id": True, "to": True, "subject": True, "text": True, "html": False},
}
"""Fields of a gateway's body and whether each is required."""


class Inbox:
    """Takes messages as a provider would, each idempotency key once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._index: dict[tuple[str, str], Sms | Email] = {}
        for sms in world.state.sms:
            self._index["sms", sms.id] = sms
        for email in world.state.emails:
            self._index["email", email.id] = email

    def sms_to(self, phone: str) -> list[Sms]:
        """Text messages to a number, oldest first; empty ``phone`` for all."""
        return [sms for sms in self._world.state.sms if phone in ("", sms.to)]

    def email_to(self, address: str) -> list[Email]:
        """Emails to an address, oldest first; empty ``address`` for all."""
        return [mail for mail in self._world.state.emails if address.lower() in ("", mail.to.lower())]

    async def accept(self, gateway: str, token: str, body: Any) -> Answer:
        """One request to a gateway.

        Args:
            gateway: ``sms`` or ``email``.
            token: the bearer token of the request.
            body: its JSON.

        Raises:
            NoAnswer: a fault asks for it.
        """
        if token != self._world.gateway_token:
            return Answer(401, {"error": "wrong token"})
        problem = _problem(gateway, body)
        if problem:
            return Answer(422, {"error": problem})
        fault = self._world.faults.take(gateway, to=body["to"])
        if fault is not None:
            refusal = await spoiled(self._world, fault)
            if refusal is not None:
                return refusal
        self._store(gateway, body)
        if fault is not None and fault.kind == "timeout_after":
            raise NoAnswer(stored=True, hold_ms=fault.hold_ms)
        return Answer(202, {"id": body["id"], "status": "accepted"})

    def _store(self, gateway: str, body: Json) -> None:
        world = self._world
        known = self._index.get((gateway, body["id"]))
        if known is not None:
            known.repeats += 1
            known.version = world.touch()
            return
        seq, at, version = world.state.count(gateway), world.clock.now(), world.touch()
        item: Sms | Email
        if gateway == "sms":
            item = Sms(seq, body["id"], body["to"], body["text"], body.get("sender") or "", at, version=version)
            world.state.sms.append(item)
        else:
            html = body.get("html") or ""
            item = Email(seq, body["id"], body["to"], body["subject"], body["text"], html, at, version=version)
            world.state.emails.append(item)
        self._index[gateway, body["id"]] = item


def _problem(gateway: str, body: Any) -> str:
    """What is wrong with a body; empty when nothing is."""
    fields = _FIELDS[gateway]
    if not isinstance(body, dict):
        return "the body must be a JSON object"
    for name, value in body.items():
        if name not in fields:
            return f'unknown field "{name}"'
        if not isinstance(value, str) and not (value is None and not fields[name]):
            return f'"{name}" must be a text'
    for name, required in fields.items():
        if required and not body.get(name):
            return f'"{name}" is missing'
    pattern = _PHONE if gateway == "sms" else _ADDRESS
    if not pattern.fullmatch(body["to"]):
        return '"to" must be a phone number in E.164' if gateway == "sms" else '"to" must be an address'
    return ""
