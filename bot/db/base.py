"""What the drivers have in common.

A piece of work is a coroutine function that takes a :class:`Tx`. It awaits nothing but its transaction: on SQLite the
methods never suspend, so that a whole transaction runs in one go on the writer's thread, and a job that awaits
anything else is an error there. That makes it structurally impossible to hold a transaction open across the network.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = Mapping[str, Any]
Last = Callable[["Tx", list[T]], Awaitable[None]]


class Tx(Protocol):
    """One open transaction."""

    async def one(self, sql: str, *args: object) -> Row | None:
        """The first row of the answer, or None."""
        ...

    async def all(self, sql: str, *args: object) -> list[Row]:
        """Every row of the answer."""
        ...

    async def run(self, sql: str, *args: object) -> int:
        """Carry out a statement; the number of rows it touched."""
        ...

    async def lock(self, key: int) -> None:
        """Hold everybody else who locks the same 64-bit key until this transaction ends."""
        ...

    def last(self, write: Last[T], item: T) -> None:
        """Carry out ``write`` with all items given for it as the last thing before the commit.

        For what everybody has to wait for one another with: so they do for no longer than it takes.
        """
        ...


class Lasts:
    """What a transaction has still to do before its commit."""

    def __init__(self) -> None:
        self._items: dict[Last[Any], list[Any]] = {}

    def last(self, write: Last[T], item: T) -> None:
        """See :class:`Tx`."""
        self._items.setdefault(write, []).append(item)

    async def finish(self, tx: Tx) -> None:
        """Do it."""
        for write, items in self._items.items():
            await write(tx, items)


Job = Callable[[Tx], Awaitable[T]]


class Db(Protocol):
    """An open database. ``engine`` is ``sqlite`` or ``postgresql``."""

    @property
    def engine(self) -> str:
        """Which of the two it is."""
        ...

    async def transact(self, job: Job[T]) -> T:
        """Run ``job`` in a transaction and return its result once that is on disk.

        Raises:
            DatabaseDown: the database cannot be reached or written; nothing was stored.
            Exception: whatever ``job`` raised; nothing it did was stored.
        """
        ...

    async def lead(self) -> bool:
        """Whether this process may poll, send and run timers; exactly one process at a time may."""
        ...

    async def close(self) -> None:
        """Finish what is under way and close."""
        ...
