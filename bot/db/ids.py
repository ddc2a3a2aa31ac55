"""Row ids: 63-bit integers that rise with time, the same on both databases.

41 bits of milliseconds since 2024, 10 bits of worker, 12 bits of count within the millisecond (the layout known as
Snowflake). Within a process every id is larger than the one before, whatever the clock does.
"""

from __future__ import annotations

import threading

from bot.clock import Clock

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

    def __call__(self) -> int:
        """The next id."""
        with self._guard:
            now = max(self._clock.now() - _EPOCH, self._last)
            self._count = self._count + 1 if now == self._last else 0
            if self._count >> _COUNT_BITS:
                now, self._count = now + 1, 0
            self._last = now
            return now << (_WORKER_BITS + _COUNT_BITS) | self._worker | self._count
