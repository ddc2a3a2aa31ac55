"""Row ids: 63-bit integers that rise with time, the same on both databases.

41 bits of milliseconds since 2024, 10 bits of worker, 12 bits of count within the millisecond (the layout known as
Snowflake). Within a process every id is larger than the one before, whatever the clock does, and a process that starts
goes on above what it finds: the order of ids is the order in which chats are served.
"""

from __future__ import annotations

import threading

from bot.clock import Clock
from bot.db.base import Tx

_EPOCH = 1_704_067_200_000
"""2024-01-01T00:00:00Z."""
_WORKER_BITS = 10
_COUNT_BITS = 12


class Ids:
    """Makes ids for one worker.

    Args:
        clock: where the milliseconds come from.
        worker: 0 to 1023, different in every process on the same database.
    """

    def __init__(self, clock: Clock, worker: int = 0) -> None:
        if not 0 <= worker < 1 << _WORKER_BITS:
            raise ValueError("worker must be 0 to 1023")
        self._clock = clock
        self._worker = worker << _COUNT_BITS
        self._last = 0
        self._count = 0
        self._guard = threading.Lock()

    def after(self, known: int) -> None:
        """Let every id from now on be larger than ``known``, even if the clock was set back since that one was made."""
        with self._guard:
            self._last = max(self._last, (known >> (_WORKER_BITS + _COUNT_BITS)) + 1)

    def __call__(self) -> int:
        """The next id."""
        with self._guard:
            now = max(self._clock.now() - _EPOCH, self._last)
            self._count = self._count + 1 if now == self._last else 0
            if self._count >> _COUNT_BITS:
                now, self._count = now + 1, 0
            self._last = now
            return now << (_WORKER_BITS + _COUNT_BITS) | self._worker | self._count


async def highest(tx: Tx) -> int:
    """The largest id among the rows whose order matters."""
    rows = [await tx.one(f"SELECT max(id) AS id FROM {table}") for table in ("inbox", "outbox")]  # noqa: S608 - our own names
    return max((row["id"] for row in rows if row and row["id"]), default=0)
