"""PostgreSQL, for several workers. Each job has a transaction of its own; the server shares the flushes."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar, cast

import asyncpg

from bot.db.base import Job, Lasts, Row
from bot.errors import DatabaseDown

T = TypeVar("T")

_LEADER = 0x70686F6E65  # "phone": the advisory lock of the process that polls, sends and runs timers
_TRIES = 5
"""How often a job is run again when the server asked for it (deadlock, serialization)."""


class _Tx(Lasts):
    def __init__(self, connection: Any) -> None:
        super().__init__()
        self._connection = connection

    async def one(self, sql: str, *args: object) -> Row | None:
        return cast("Row | None", await _asked(self._connection.fetchrow(sql, *args)))

    async def all(self, sql: str, *args: object) -> list[Row]:
        return cast("list[Row]", await _asked(self._connection.fetch(sql, *args)))

    async def run(self, sql: str, *args: object) -> int:
        status: str = await _asked(self._connection.execute(sql, *args))
        count = status.rpartition(" ")[2]
        return int(count) if count.isascii() and count.isdigit() else 0

    async def lock(self, key: int) -> None:
        await _asked(self._connection.execute("SELECT pg_advisory_xact_lock($1)", key))


async def _asked(asking: Awaitable[Any]) -> Any:
    """The server's answer; a connection that broke is the database's fault, not the job's."""
    try:
        return await asking
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        raise DatabaseDown(str(error)) from error


class PostgresDb:
    """A pool of connections. Make it with :meth:`open`."""

    engine = "postgresql"

    def __init__(self, pool: asyncpg.Pool[Any], dsn: str) -> None:
        self._pool = pool
        self._dsn = dsn
        self._leader: Any = None

    @classmethod
    async def open(cls, dsn: str, *, size: int = 10) -> PostgresDb:
        """Connect to the database at ``dsn`` with up to ``size`` connections.

        Raises:
            DatabaseDown: it cannot be reached.
        """
        try:
            pool = await asyncpg.create_pool(dsn, min_size=1, max_size=size)
        except (OSError, asyncpg.PostgresError) as error:
            raise DatabaseDown(str(error)) from error
        return cls(pool, dsn)

    async def transact(self, job: Job[T]) -> T:
        """See :class:`bot.db.base.Db`."""
        for attempt in range(_TRIES):
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    tx = _Tx(connection)
                    result = await job(tx)
                    await tx.finish(tx)
                    return result
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == _TRIES - 1:
                    raise
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
                raise DatabaseDown(str(error)) from error
        raise AssertionError("unreachable")

    async def lead(self) -> bool:
        """Take the leader's lock if it is free; the server frees it when our connection ends.

        Raises:
            DatabaseDown: the server cannot be asked.
        """
        if self._leader is not None and not self._leader.is_closed():
            return True
        try:
            connection = await asyncpg.connect(self._dsn)
            free = await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseDown(str(error)) from error
        if free:
            self._leader = connection
            return True
        await connection.close()
        return False

    async def close(self) -> None:
        """Give up leadership and close every connection."""
        if self._leader is not None:
            await self._leader.close()
        await self._pool.close()
