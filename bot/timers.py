"""Time is an event: conversations whose time has run out get an ``Idle`` through the same inbox as everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from bot.busy import Busy
from bot.clock import SECOND
from bot.db import conversations, inbox
from bot.db.base import Db, Tx
from bot.errors import DatabaseDown
from bot.tools import Tools

_log = structlog.get_logger(__name__)
_EVERY = 5 * SECOND
"""How often due conversations are looked for; the shortest time a state gives is five minutes."""


class Timers:
    """Looks for due conversations and puts an event for each into the inbox."""

    def __init__(self, db: Db, tools: Tools, busy: Busy, wake: Callable[[int], None]) -> None:
        self._db = db
        self._tools = tools
        self._busy = busy
        self._wake = wake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin looking."""
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self) -> int:
        """Turn what is due now into events; how many."""

        async def job(tx: Tx) -> list[int]:
            due = await conversations.due(tx, self._tools.clock.now())
            for chat, turn in due:
                await inbox.put(tx, self._tools, source="timer", key=f"{chat}:{turn}", lane=chat,
                                payload={"event": "Idle", "turn": turn})  # fmt: skip
                await conversations.undue(tx, chat, turn)
            return [chat for chat, _turn in due]

        chats = await self._db.transact(job)
        for chat in chats:
            self._wake(chat)
        return len(chats)

    async def _look(self) -> None:
        while True:
            with self._busy.working():
                try:
                    while await self.sweep():
                        pass
                except DatabaseDown as down:
                    _log.error("database down", error=str(down))
            await self._tools.clock.sleep(_EVERY)
