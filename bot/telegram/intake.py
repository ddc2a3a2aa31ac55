"""From Telegram into the inbox, by polling or by webhook.

An update is acknowledged only once it is committed: the next ``getUpdates`` carries the new offset after the commit,
and the webhook answers 200 after it. What cannot be read is put aside and acknowledged too, so that it never comes
again to hold up the rest (a 4xx would make Telegram resend it and block that chat's queue, platform.md 1.2).
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.busy import Busy
from bot.clock import SECOND
from bot.db import inbox
from bot.db.base import Db, Tx
from bot.errors import DatabaseDown, Flooded, Rejected, Undelivered
from bot.telegram.api import Caller
from bot.telegram.updates import ALLOWED, lane_of
from bot.tools import Tools

_log = structlog.get_logger(__name__)

_LONG_POLL = 50
"""Seconds a getUpdates may wait: Telegram's most (platform.md 2.2)."""
_PAUSES = (SECOND, 2 * SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND)
_BODY_LIMIT = 1024 * 1024
"""Bytes of a webhook's body; Telegram's updates are at most 512 KiB."""
_SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
_MOST_ID = 1 << 52
_NEW, _REPEATED, _UNREADABLE = "new", "repeated", "unreadable"
"""Kinds of update as they are counted."""


class Intake:
    """Stores updates and wakes their lanes."""

    def __init__(self, db: Db, tools: Tools, wake: Callable[[int], None]) -> None:
        self._db = db
        self._tools = tools
        self._wake = wake

    async def take(self, updates: Iterable[object]) -> None:
        """Commit the updates, each once, and wake the lanes that have something new.

        Raises:
            DatabaseDown: nothing was stored; the updates must not be acknowledged.
        """
        batch = list(updates)

        async def job(tx: Tx) -> list[tuple[str, int]]:
            return [await self._store(tx, update) for update in batch]

        stored = await self._db.transact(job)
        for kind, _lane in stored:
            self._tools.metrics.updates.labels(kind).inc()
        for lane in dict.fromkeys(lane for kind, lane in stored if kind == _NEW):
            self._wake(lane)

    async def _store(self, tx: Tx, update: object) -> tuple[str, int]:
        """What kind of update it was to us, and its lane."""
        key = update_id(update)
        lane = lane_of(update) if isinstance(update, Mapping) else None
        if not isinstance(update, Mapping) or key is None or lane is None:
            name = str(key) if key is not None else f"unread:{self._tools.ids()}"
            await inbox.aside(tx, self._tools, source="telegram", key=name, payload=update, error="unreadable")
            return _UNREADABLE, 0
        payload = {"update": update}
        new = await inbox.put(tx, self._tools, source="telegram", key=str(key), lane=lane, payload=payload)
        return _NEW if new else _REPEATED, lane


def update_id(update: object) -> int | None:
    """The update's id, if it has a sensible one."""
    found = update.get("update_id") if isinstance(update, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < _MOST_ID else None


class Polling:
    """Asks Telegram for updates."""

    def __init__(self, api: Caller, intake: Intake, tools: Tools, busy: Busy) -> None:
        self._api = api
        self._intake = intake
        self._tools = tools
        self._busy = busy
        self._offset = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin asking."""
        self._task = asyncio.create_task(self._ask())

    async def stop(self) -> None:
        """Stop asking; what was not committed stays with Telegram."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask(self) -> None:
        failures = 0
        while True:
            try:
                await self._round()
                failures = 0
                continue
            except Flooded as flood:
                pause = flood.wait
            except (Undelivered, DatabaseDown) as error:
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                hint = "is the token right? is another copy running?" if isinstance(error, Rejected) else ""
                _log.error("no updates", error=type(error).__name__, hint=hint)
            failures += 1
            await self._tools.clock.sleep(pause)

    async def _round(self) -> None:
        params = {"timeout": _LONG_POLL, "offset": self._offset, "allowed_updates": list(ALLOWED)}
        updates: list[Any] = await self._api.call("getUpdates", params, timeout=_LONG_POLL + 10)
        if not updates:
            return
        with self._busy.working():
            await self._intake.take(updates)
        ids = [known for update in updates if (known := update_id(update)) is not None]
        self._offset = max(ids, default=self._offset - 1) + 1


def webhook_routes(intake: Intake, secret: str) -> list[Route]:
    """The route that Telegram posts updates to; ``secret`` as given to setWebhook."""

    async def receive(request: Request) -> Response:
        shown = request.headers.get(_SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode("utf-8", "replace"), secret.encode()):
            return Response(status_code=403)
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            update = body.decode("utf-8", "replace")[:1000]
        try:
            await intake.take([update])
        except DatabaseDown:
            return Response(status_code=503)
        return Response(status_code=200)

    return [Route("/telegram/webhook", receive, methods=["POST"])]


async def _body(request: Request) -> bytes:
    """The body, cut at the limit: what is longer is no update of Telegram's."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > _BODY_LIMIT:
            return b"too long"
    return bytes(parts)
