"""What tests of storage share: a clock, keys, and both databases."""

from __future__ import annotations

import base64
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from script_coverage import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown

from bot.clock import HOUR, ManualClock, parse_iso
from bot.context import Policy
from bot.db.base import Db
from bot.db.connect import connect
from bot.db.ids import Ids
from bot.db.migrate import migrate
from bot.domain import passwords
from bot.domain.vault import Keys, Vault
from bot.scripts import template
from bot.scripts.stage import MEMORY, QUICK
from bot.tools import Tools

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]
_NUMBERS = itertools.count(1)
_OVER: list[str] = []
"""PostgreSQL databases of tests that are over."""
_ROOM = 1 << 30
"""Bytes that have to be free in memory for temporary folders to be there: in a container it may be 64 MB."""

if MEMORY and shutil.disk_usage(MEMORY).free > _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)  # where tmp_path is made
    tempfile.tempdir = MEMORY

# The suite draws the same examples every time; the long runs (make chaos) draw new ones.
settings.register_profile("suite", derandomize=True, deadline=None)
if not os.environ.get("CHAOS"):
    settings.load_profile("suite")


@pytest.fixture(autouse=True, scope="session")
def cheap_passwords() -> Iterator[None]:
    """What a password costs to hash is tested where it belongs; elsewhere it only takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", QUICK)
        patch.setattr(passwords, "_NOTHING", passwords.nothing(QUICK))
        yield


@pytest.fixture
def clock() -> ManualClock:
    """A Monday morning."""
    return ManualClock(parse_iso("2026-01-05T09:00Z"))


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Four keys that differ."""
    return Keys(*({1: bytes((start * 41 + step * 7) % 256 for step in range(32))} for start in range(4)))


@pytest.fixture
def tools(clock: ManualClock, keys: Keys) -> Tools:
    """Clock, ids and vault."""
    return Tools(clock, Ids(clock), Vault(keys))


@pytest.fixture
def policy() -> Policy:
    """The settings of a turn."""
    return Policy(
        company="Acme Exchange", languages=("en",), forum=None, agents=frozenset(), public_url="https://desk.example",
        bot_id=1, hold=24 * HOUR,
    )  # fmt: skip


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of its own in a temporary folder; the address of its first database."""
    pgserver = pytest.importorskip("pgserver", reason="the pgserver wheel is not there")
    with tempfile.TemporaryDirectory(prefix="phonedesk-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
async def postgres_template(postgres_server: str) -> str:
    """A migrated database that others are copied from: its name."""
    connection = await asyncpg.connect(postgres_server)
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody pulls this server's plug
        await connection.execute(f"ALTER SYSTEM SET {setting} = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute("CREATE DATABASE template_phonedesk")
    await connection.close()
    db = await connect(_named(postgres_server, "template_phonedesk"))
    await migrate(db, ManualClock(parse_iso("2026-01-05T09:00Z")))
    await db.close()
    return "template_phonedesk"


@pytest.fixture
async def postgres_url(postgres_server: str, postgres_template: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated PostgreSQL database."""
    name = f"phonedesk_{next(_NUMBERS)}"
    connection = await asyncpg.connect(postgres_server)
    while _OVER:  # not as its own test ends: what that opened first is closed last
        await connection.execute(f"DROP DATABASE {_OVER.pop()} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    await connection.close()
    yield _named(postgres_server, name)
    _OVER.append(name)


def _named(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    await template.lay(tmp_path / "test.db")
    return f"sqlite:{tmp_path / 'test.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database, on each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def db(database: str, clock: ManualClock) -> AsyncIterator[Db]:
    """A fresh, migrated database."""
    opened = await connect(database)
    await migrate(opened, clock)
    yield opened
    await opened.close()


@pytest.fixture
async def dbs(database: str, db: Db) -> AsyncIterator[list[Db]]:
    """Five doors to one database, as five processes would have them."""
    more = [await connect(database) for _ in range(4)]
    yield [db, *more]
    for each in more:
        await each.close()


@pytest.fixture
def b64() -> Callable[[bytes], str]:
    """Bytes as the settings take them."""
    return lambda raw: base64.b64encode(raw).decode()
