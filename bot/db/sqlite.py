"""SQLite: one file, one writer thread, and a shared commit.

Jobs that are ready together run in one transaction, a savepoint each, so that they share one flush to disk and one
that fails undoes only itself. A job's coroutine is driven to its end on the writer's thread: that costs one hop
between threads a batch instead of one a statement.
"""

from __future__ import annotations

import asyncio
import fcntl
import operator
import queue
import sqlite3
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from bot.db.base import Job, Lasts, Row
from bot.errors import DatabaseBusy, DatabaseDown

T = TypeVar("T")

_BATCH = 128
"""The most jobs that share one commit; bounds how long the first of them waits."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is cleared is gone from the pages too
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-1000",  # 1 MB: the system keeps the file's pages too, and a larger one was no faster
)


_DOWN = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""Primary result codes that are the file's fault and not the statement's (sqlite.org/rescode.html)."""


_NAME = operator.itemgetter(0)
"""The name of a column as a cursor describes it."""


class _Work(NamedTuple):
    job: Job[Any]
    done: asyncio.Future[Any]


class _Result(NamedTuple):
    done: asyncio.Future[Any]
    value: object
    error: BaseException | None


class _Tx(Lasts):
    """The open transaction of a job. Its coroutines never suspend."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def _execute(self, sql: str, args: dict[str, object]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, args)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in _DOWN:
                raise DatabaseDown(str(error)) from error
            raise

    async def one(self, sql: str, *args: object) -> Row | None:
        return cast("Row | None", self._execute(sql, _named(args)).fetchone())

    async def all(self, sql: str, *args: object) -> list[Row]:
        return self._execute(sql, _named(args)).fetchall()

    async def run(self, sql: str, *args: object) -> int:
        return self._execute(sql, _named(args)).rowcount

    async def lock(self, key: int) -> None:
        """Nothing to do: there is one writer."""


def _named(args: tuple[object, ...]) -> dict[str, object]:
    """Arguments for ``$1``, ``$2``: SQLite binds them by name."""
    return {str(place): value for place, value in enumerate(args, 1)}


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(map(_NAME, cursor.description), row, strict=True))


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # for its owner only; SQLite gives its other files the same rights
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = _as_dict
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


class SqliteDb:
    """An open SQLite file. Make it with :meth:`open`."""

    engine = "sqlite"

    def __init__(self, connection: sqlite3.Connection, lock_path: Path) -> None:
        self._connection = connection
        self._lock_path = lock_path
        self._lock_file: Any = None
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
        self._thread.start()

    @classmethod
    async def open(cls, path: Path) -> SqliteDb:
        """Open or create the file at ``path``.

        Raises:
            DatabaseDown: the file cannot be opened.
        """
        try:
            connection = _connect(path)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseDown(f"{path}: {error}") from error
        return cls(connection, path.with_name(path.name + ".lock"))

    async def transact(self, job: Job[T]) -> T:
        """See :class:`bot.db.base.Db`."""
        done: asyncio.Future[T] = self._loop.create_future()
        self._work.put(_Work(job, done))
        return await done

    async def lead(self) -> bool:
        """Take the lock file; the system frees it whenever this process ends, however it ends.

        Raises:
            DatabaseBusy: another process holds it; SQLite serves one process.
        """
        if self._lock_file is None:
            lock_file = self._lock_path.open("w")
            try:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                lock_file.close()
                raise DatabaseBusy(f"another phonedesk runs on {self._lock_path.with_suffix('')}") from error
            self._lock_file = lock_file
        return True

    async def close(self) -> None:
        """Finish the queued work and close the file."""
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()
        if self._lock_file is not None:
            self._lock_file.close()

    def _write(self) -> None:
        while True:
            batch = [self._work.get()]
            while len(batch) < _BATCH and not self._work.empty():
                batch.append(self._work.get())
            ready = [work for work in batch if work is not None]
            if ready:
                results = self._commit(ready)
                self._loop.call_soon_threadsafe(_deliver, results)
            if len(ready) < len(batch):
                return

    def _commit(self, batch: list[_Work]) -> list[_Result]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            if len(batch) == 1:  # nobody else's work to protect from it
                results = [self._run(batch[0])]
                self._connection.execute("ROLLBACK" if results[0].error else "COMMIT")
            else:
                results = [self._save(work) for work in batch]
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            down = DatabaseDown(str(error))
            return [_Result(work.done, None, down) for work in batch]
        return results

    def _save(self, work: _Work) -> _Result:
        """Run one job of several: what it did is undone alone if it fails."""
        self._connection.execute("SAVEPOINT job")
        result = self._run(work)
        if result.error is not None:
            self._connection.execute("ROLLBACK TO job")
        self._connection.execute("RELEASE job")
        return result

    def _run(self, work: _Work) -> _Result:
        tx = _Tx(self._connection)
        try:
            value = _drive(cast("Coroutine[Any, Any, Any]", work.job(tx)))
            _drive(tx.finish(tx))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for the job
            return _Result(work.done, None, error)
        return _Result(work.done, value, None)


def _drive(job: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends."""
    try:
        job.send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    job.close()
    raise RuntimeError("a transaction awaits nothing but its database")


def _deliver(results: list[_Result]) -> None:
    for done, value, error in results:
        if done.done():
            continue
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)
