"""Where the other ticket system says that something happened to a ticket.

A webhook whose signature is right is believed this far: *look at that ticket*. What was said and by whom is asked for
over the API (``bot/mirrors/carrier.py``), in order with what we say there ourselves.
So a webhook that is repeated, late, lost or out of order changes nothing but the moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from bot.db import mirrors, outbox
from bot.db.base import Db, Tx
from bot.db.outbox import Post
from bot.errors import DatabaseDown
from bot.mirrors import posts
from bot.mirrors.systems import Kind
from bot.tools import Tools
from bot.web.guard import Guard, Unreadable
from bot.web.website import problem

_LIMIT = 4 * 1024 * 1024
"""Bytes of a webhook: Zammad's hold the whole article."""


class MirrorHooks:
    """Takes the webhooks of one system, signed with ``secret``."""

    def __init__(
        self, db: Db, tools: Tools, guard: Guard, kind: Kind, secret: str, send: Callable[[Iterable[Post]], None]
    ) -> None:
        self._db = db
        self._tools = tools
        self._guard = guard
        self._kind = kind
        self._secret = secret
        self._send = send

    async def take(self, request: Request) -> Response:
        """200 once it is stored; for a ticket that is none of ours too, as it would only come again."""
        try:
            body = await self._guard.raw(request, _LIMIT)
        except Unreadable as error:
            return problem(error.status, "the body cannot be read")
        if not self._kind.signed(request.headers, body, self._secret, self._tools.clock.now()):
            wait = self._guard.wait(request)  # whoever signs rightly may come as often as tickets change
            return problem(429, "too many requests", {"Retry-After": str(wait)}) if wait else _unsigned()
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            payload = None
        twin = self._kind.named(payload) if isinstance(payload, dict) else ""
        if not twin:
            return problem(400, "it names no ticket")
        try:
            self._send(await self._db.transact(lambda tx: self._stored(tx, twin)))
        except DatabaseDown:
            return problem(503, "it cannot be stored now")
        return Response(status_code=200)

    async def _stored(self, tx: Tx, twin: str) -> list[Post]:
        ticket = await mirrors.of_twin(tx, twin)
        return [] if ticket is None else [await outbox.put(tx, self._tools, posts.pull(ticket))]


def _unsigned() -> Response:
    return problem(401, "the signature is wrong, or too old; check PHONEDESK_MIRROR_SECRET")
