"""Time enters the product here and nowhere else.

A moment is an ``int``: UTC epoch milliseconds. A length of time is an ``int`` too: milliseconds in storage
and clocks, seconds in flow tables and settings (their names say so).

``SystemClock`` is the machine's clock, which the sandbox may move forward. ``ManualClock`` stands still until
a test moves it, and wakes exactly the sleepers that have become due.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from datetime import UTC, datetime
from typing import Protocol

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What the product may ask of time."""

    def now(self) -> int:
        """The present moment in UTC epoch milliseconds."""
        ...

    async def sleep(self, ms: int) -> None:
        """Return once ``ms`` milliseconds have passed on this clock."""
        ...

    def advance(self, ms: int) -> None:
        """Move the clock forward by ``ms`` milliseconds and wake the sleepers that became due.

        Raises:
            ValueError: ``ms`` is negative; time in the product never runs backwards.
        """
        ...


class _Sleepers:
    """Sleepers in the order in which they become due."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def add(self, due: int) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, future))
        return future

    def wake(self, now: int) -> None:
        while self._heap and self._heap[0][0] <= now:
            future = heapq.heappop(self._heap)[2]
            if not future.done():
                future.set_result(None)

    def next_due(self) -> int | None:
        while self._heap and self._heap[0][2].done():
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None


class ManualClock:
    """A clock that stands still until it is moved: for tests and scripted conversations."""

    def __init__(self, start: int) -> None:
        self._now = start
        self._sleepers = _Sleepers()

    def now(self) -> int:
        """The moment the clock was last moved to."""
        return self._now

    async def sleep(self, ms: int) -> None:
        """Return once the clock has been moved ``ms`` milliseconds ahead."""
        if ms <= 0:
            await asyncio.sleep(0)
            return
        await self._sleepers.add(self._now + ms)

    def advance(self, ms: int) -> None:
        """Move ahead and wake whoever became due; ``ValueError`` for a negative step."""
        if ms < 0:
            raise ValueError("time never runs backwards")
        self._now += ms
        self._sleepers.wake(self._now)

    def next_due(self) -> int | None:
        """The moment the earliest sleeper waits for, or None when nobody sleeps."""
        return self._sleepers.next_due()


class SystemClock:
    """The machine's clock plus an offset that only the sandbox moves, and only forward."""

    def __init__(self, offset: int = 0) -> None:
        self._offset = offset
        self._sleepers = _Sleepers()

    def now(self) -> int:
        """The machine's time plus the offset, in epoch milliseconds."""
        return time.time_ns() // 1_000_000 + self._offset

    async def sleep(self, ms: int) -> None:
        """Sleep for real, or until ``advance`` has carried the clock past the due moment."""
        if ms <= 0:
            await asyncio.sleep(0)
            return
        woken = self._sleepers.add(self.now() + ms)
        timer = asyncio.get_running_loop().call_later(ms / 1_000, _finish, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def advance(self, ms: int) -> None:
        """Move ahead and wake whoever became due; ``ValueError`` for a negative step."""
        if ms < 0:
            raise ValueError("time never runs backwards")
        self._offset += ms
        self._sleepers.wake(self.now())


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def iso(moment: int) -> str:
    """The moment as ISO 8601 in UTC with a trailing Z, to the second."""
    return datetime.fromtimestamp(moment / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 moment; a moment without an offset is UTC.

    Raises:
        ValueError: the text is no ISO 8601 moment.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1_000)
