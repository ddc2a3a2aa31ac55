"""How fast Telegram lets us speak, kept in one place.

About one message a second in a private chat with bursts tolerated, twenty a minute in a group, thirty a second overall
(Bots FAQ; up to 1,000 overall where paid broadcasts are on). A chat that Telegram told to wait waits alone. Within a
group the more urgent post goes first: a person's words before a card.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from dataclasses import dataclass, field

from bot.busy import Busy
from bot.clock import MINUTE, SECOND, Clock

_IDLE_CHATS = 10_000
"""Chats that are remembered before those at rest are forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: ``burst`` at once, then one every ``every`` milliseconds."""

    burst: int
    every: float


PRIVATE = Rate(burst=12, every=SECOND)
GROUP_MOST = 20
"""Messages to a group within any minute (Bots FAQ)."""


def overall(per_second: int) -> Rate:
    """The bucket for everything the bot sends."""
    return Rate(burst=per_second, every=SECOND / per_second)


class _Bucket:
    """Generic cell rate algorithm: one number instead of a count and a timer."""

    __slots__ = ("_rate", "_tat", "paused_until")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tat = 0.0
        self.paused_until = 0

    def wait(self, now: int) -> int:
        """Milliseconds until one may pass."""
        allowed = self._tat - (self._rate.burst - 1) * self._rate.every
        return max(0, math.ceil(allowed - now), self.paused_until - now)

    def take(self, now: int) -> None:
        """One passes."""
        self._tat = max(self._tat, now) + self._rate.every

    def at_rest(self, now: int) -> bool:
        """Whether the bucket is full and nothing was asked to wait."""
        return self._tat <= now and self.paused_until <= now


class _Window:
    """At most so many within any minute: a bucket of twenty would let through forty in the first one."""

    __slots__ = ("_times", "paused_until")

    def __init__(self, most: int) -> None:
        self._times: deque[int] = deque(maxlen=most)
        self.paused_until = 0

    def wait(self, now: int) -> int:
        """Milliseconds until one may pass."""
        full = len(self._times) == self._times.maxlen
        return max(0, self._times[0] + MINUTE - now if full else 0, self.paused_until - now)

    def take(self, now: int) -> None:
        """One passes."""
        self._times.append(now)

    def at_rest(self, now: int) -> bool:
        """Whether nothing of the last minute is left, and nothing was asked to wait."""
        return (not self._times or self._times[-1] + MINUTE <= now) and self.paused_until <= now


@dataclass(order=True, slots=True)
class _Turn:
    priority: int
    since: int
    order: int
    go: asyncio.Future[bool] = field(compare=False)


class _Line:
    """Those who wait for one chat's bucket, most urgent first."""

    def __init__(self, chat: int) -> None:
        self.bucket = _Window(GROUP_MOST) if chat < 0 else _Bucket(PRIVATE)
        self.waiting: list[_Turn] = []
        self.task: asyncio.Task[None] | None = None


class Budget:
    """Hands out the right to send.

    Args:
        per_second: messages a second over all chats: 30, or up to 1,000 where paid for.
    """

    def __init__(self, clock: Clock, busy: Busy, per_second: int) -> None:
        self._clock = clock
        self._busy = busy
        self._all = _Bucket(overall(per_second))
        self._lines: dict[int, _Line] = {}
        self._order = 0

    async def take(self, chat: int, priority: int, go: asyncio.Future[bool] | None = None, since: int = 0) -> bool:
        """Return when a message to ``chat`` may leave. Called while busy; waiting for the clock is not busy.

        Args:
            chat: whose budget it uses.
            priority: the smaller the sooner, among those who wait for the same chat.
            go: what to wait on; whoever made it gives the place up by setting it to False.
            since: a number that grows with time; of those as urgent the oldest goes first, whenever it came here.

        Returns:
            Whether the message may leave; False when the place was given up.
        """
        line = self._line(chat)
        now = self._clock.now()
        if not line.waiting and not line.bucket.wait(now) and not self._all.wait(now):
            line.bucket.take(now)
            self._all.take(now)
            return True
        self._order += 1
        turn = _Turn(priority, since, self._order, go or asyncio.get_running_loop().create_future())
        heapq.heappush(line.waiting, turn)
        if line.task is None:
            line.task = asyncio.create_task(self._serve(line))
        with self._busy.waiting():
            return await turn.go

    def pause(self, chat: int, ms: int) -> None:
        """Telegram asked this chat to wait."""
        line = self._line(chat)
        line.bucket.paused_until = max(line.bucket.paused_until, self._clock.now() + ms)

    async def stop(self) -> None:
        """Drop whoever waits."""
        for line in self._lines.values():
            if line.task is not None:
                line.task.cancel()
                await asyncio.gather(line.task, return_exceptions=True)

    async def _serve(self, line: _Line) -> None:
        try:
            while line.waiting:
                now = self._clock.now()
                wait = max(line.bucket.wait(now), self._all.wait(now))
                if wait:
                    await self._clock.sleep(wait)
                    continue
                turn = heapq.heappop(line.waiting)
                if turn.go.done():
                    continue
                line.bucket.take(now)
                self._all.take(now)
                # Whoever waited becomes busy in the same breath, so that nobody sees a gap.
                turn.go.set_result(True)
                with self._busy.working():
                    await asyncio.sleep(0)
        finally:
            line.task = None

    def _line(self, chat: int) -> _Line:
        line = self._lines.get(chat)
        if line is None:
            if len(self._lines) >= _IDLE_CHATS:
                self._forget()
            line = self._lines[chat] = _Line(chat)
        return line

    def _forget(self) -> None:
        now = self._clock.now()
        self._lines = {
            chat: line for chat, line in self._lines.items() if line.task is not None or not line.bucket.at_rest(now)
        }
