"""Whether anything is under way: what a test waits for instead of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Busy:
    """Counts what is under way. Waiting for the clock is not being busy."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Something is under way for the length of the block."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within ``working``: nothing is under way for the length of the block, such as a sleep."""
        self.leave()
        try:
            yield
        finally:
            self.enter()

    def enter(self) -> None:
        """One more thing is under way."""
        self._count += 1
        self._idle.clear()

    def leave(self) -> None:
        """One thing less is under way."""
        self._count -= 1
        if not self._count:
            self._idle.set()

    @property
    def count(self) -> int:
        """How many things are under way."""
        return self._count

    @property
    def idle(self) -> bool:
        """Nothing is under way."""
        return not self._count

    async def wait(self) -> None:
        """Return once nothing is under way."""
        await self._idle.wait()
