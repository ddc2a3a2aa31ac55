"""Per chat in order, across chats in parallel.

A lane is woken when something waits for it; it runs turns until nothing is left and goes away. At most one turn of a
lane is under way in this process; across processes the transaction's lock on the lane sees to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from bot.busy import Busy
from bot.clock import SECOND
from bot.db.base import Db
from bot.db.outbox import Post
from bot.errors import DatabaseDown
from bot.tools import Tools
from bot.turn import Outcome, TurnFailed, Turns

_log = structlog.get_logger(__name__)
_PAUSE = SECOND
"""How long a lane rests when the database is down."""
_AT_ONCE = 32
"""Turns that may be under way together: enough to share a commit, and few enough to hold little in memory."""


class Lanes:
    """Runs the turns of every chat.

    Args:
        send: takes the posts of a committed turn to the outbox.
    """

    def __init__(self, db: Db, turns: Turns, tools: Tools, busy: Busy, send: Callable[[Iterable[Post]], None]) -> None:
        self._db = db
        self._turns = turns
        self._clock = tools.clock
        self._metrics = tools.metrics
        self._busy = busy
        self._send = send
        self._running: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._room = asyncio.Semaphore(_AT_ONCE)

    def wake(self, lane: int) -> None:
        """Something waits for the lane."""
        self._again.add(lane)
        if lane not in self._running:
            self._busy.enter()
            self._running[lane] = asyncio.create_task(self._run(lane))

    async def stop(self) -> None:
        """Let the turns that are under way end; what waits stays in the inbox."""
        self._again.clear()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def kill(self) -> None:
        """Drop everything, as when the process is killed."""
        for task in self._running.values():
            task.cancel()

    async def _run(self, lane: int) -> None:
        try:
            while lane in self._again:
                self._again.discard(lane)
                while (await self._turn(lane)).more:
                    pass
        finally:
            del self._running[lane]
            self._busy.leave()

    async def _turn(self, lane: int) -> Outcome:
        try:
            async with self._room:
                with self._metrics.turn_seconds.time():
                    outcome = await self._db.transact(lambda tx: self._turns.run(tx, lane))
        except TurnFailed as failure:
            _log.error("turn failed", lane=lane, row=failure.item.id, error=type(failure.__cause__).__name__,
                       exc_info=failure.__cause__)  # fmt: skip
            self._metrics.turns.labels("failed").inc()
            outcome = await self._note(failure)
            self._metrics.turns.labels("aside").inc(outcome.aside)
        except DatabaseDown as down:
            _log.error("database down", error=str(down))
            with self._busy.waiting():
                await self._clock.sleep(_PAUSE)
            return Outcome(more=True)
        else:
            self._metrics.turns.labels("done").inc(outcome.ran)
        if outcome.posts:
            self._send(outcome.posts)
        for woken in outcome.woken:
            self.wake(woken)
        return outcome

    async def _note(self, failure: TurnFailed) -> Outcome:
        try:
            return await self._db.transact(lambda tx: self._turns.failed(tx, failure))
        except DatabaseDown as down:
            _log.error("database down", error=str(down))
            with self._busy.waiting():
                await self._clock.sleep(_PAUSE)
            return Outcome(more=True)
