"""Both drivers keep the same promises."""

from __future__ import annotations

import asyncio

import pytest

from bot.db import migrate as migrations
from bot.db import watch
from bot.db.connect import connect
from bot.db.migrate import migrate, pending
from bot.errors import DatabaseBusy, DatabaseDown


async def add(tx, number: int, text: str = "x") -> int:
    return await tx.run(
        "INSERT INTO people (chat, lang, seen_at) VALUES ($1, $2, $1) ON CONFLICT (chat) DO NOTHING", number, text
    )


async def chats(tx) -> list[int]:
    return [row["chat"] for row in await tx.all("SELECT chat FROM people ORDER BY chat")]


async def test_what_a_job_did_is_there_afterwards(db):
    """A result comes back once it is stored; rows are read by name, and a statement tells how many it touched."""
    counts = [await db.transact(lambda tx: add(tx, 1)) for _ in range(2)]

    assert [1, 0] == counts
    assert {"chat": 1, "lang": "x"} == dict(await db.transact(lambda tx: tx.one("SELECT chat, lang FROM people")))
    assert await db.transact(lambda tx: tx.one("SELECT chat FROM people WHERE chat = $1", 9)) is None


async def test_a_job_that_fails_undoes_itself_and_nothing_else(db):
    """Jobs that share a commit do not share a fate."""

    async def failing(tx):
        await add(tx, 2)
        raise ValueError("no")

    results = await asyncio.gather(
        *(db.transact(job) for job in (lambda tx: add(tx, 1), failing, lambda tx: add(tx, 3))), return_exceptions=True
    )

    assert [1, "no", 1] == [str(r) if isinstance(r, Exception) else r for r in results]
    assert [1, 3] == await db.transact(chats)


async def test_many_jobs_at_once_all_count(db):
    """A conditional update is true for exactly one of those who try at once."""
    await db.transact(lambda tx: add(tx, 1))

    won = await asyncio.gather(
        *(db.transact(lambda tx: tx.run("UPDATE people SET lang = 'y' WHERE lang = 'x'")) for _ in range(30))
    )

    assert [1] == [count for count in won if count]


async def test_one_process_leads(database, clock):
    """A second one is refused (SQLite) or follows (PostgreSQL), and takes over when the first is gone."""
    first, second = await connect(database), await connect(database)
    try:
        assert await first.lead()
        assert await first.lead()
        if database.startswith("sqlite:"):
            with pytest.raises(DatabaseBusy):
                await second.lead()
        else:
            assert not await second.lead()
        await first.close()

        assert await second.lead()
    finally:
        await second.close()


async def test_a_database_that_cannot_be_opened_says_so(tmp_path):
    """Neither a folder in place of a file nor a dead server is a traceback."""
    for address in (f"sqlite:{tmp_path}", "postgresql://nobody@127.0.0.1:1/none"):
        with pytest.raises(DatabaseDown):
            await connect(address)


async def test_a_sqlite_job_awaits_nothing_but_its_database(tmp_path):
    """A transaction cannot be held open across the network."""
    db = await connect(f"sqlite:{tmp_path / 'a.db'}")

    async def waiting(_tx):
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaits nothing but its database"):
        await db.transact(waiting)
    await db.close()


async def test_migrations_are_applied_once(db, clock):
    """A database that is up to date is left alone."""
    assert [] == await pending(db)
    assert [] == await migrate(db, clock)


async def test_a_migration_that_fails_leaves_nothing(database, clock, tmp_path, monkeypatch):
    """A migration and its record commit together."""
    db = await connect(database)
    await migrate(db, clock)
    (tmp_path / "0009_bad.sql").write_text("CREATE TABLE half (id BIGINT PRIMARY KEY);\nCREATE TABLE half (nonsense;\n")
    monkeypatch.setattr(migrations, "_FOLDER", tmp_path)

    with pytest.raises(Exception):  # noqa: B017, PT011 - either engine's own syntax error
        await migrate(db, clock)

    assert ["0009_bad"] == await pending(db)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the table is not there
        await db.transact(lambda tx: tx.all("SELECT * FROM half"))
    await db.close()


async def test_both_databases_have_the_same_tables_and_columns(tmp_path, postgres_url, clock):
    """One schema, one text."""
    found = []
    for address in (f"sqlite:{tmp_path / 'a.db'}", postgres_url):
        db = await connect(address)
        await migrate(db, clock)
        tables = {}
        for table in watch.TABLES:
            if address.startswith("sqlite:"):
                rows = await db.transact(lambda tx, t=table: tx.all(f"SELECT name FROM pragma_table_info('{t}')"))  # noqa: S608 - our own names
            else:
                rows = await db.transact(
                    lambda tx, t=table: tx.all(
                        "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1", t
                    )
                )
            tables[table] = {row["name"] for row in rows}
        found.append(tables)
        await db.close()

    assert found[0] == found[1]
    assert all(found[0].values())


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            "SELECT id FROM inbox WHERE lane = 1 AND done_at IS NULL AND aside_at IS NULL ORDER BY id LIMIT 2",
            "inbox_waiting",
        ),
        ("SELECT * FROM outbox WHERE status = 'waiting' AND id > 1 ORDER BY id", "outbox_waiting"),
        ("SELECT chat FROM conversations WHERE due_at <= 1 ORDER BY due_at LIMIT 200", "conversations_due"),
        ("SELECT id FROM accounts WHERE email_hash = x'00'", "accounts_email"),
        ("SELECT id FROM accounts WHERE phone_hash = x'00'", "accounts_phone"),
        ("SELECT at FROM hits WHERE scope = 'a' AND key = x'00' AND at > 1 ORDER BY at DESC", "hits_key"),
        ("SELECT id FROM links WHERE payload_hash = x'00'", "links_payload"),
        ("SELECT id FROM forms WHERE token_hash = x'00'", "forms_token"),
    ],
)
async def test_hot_paths_use_an_index(tmp_path, clock, sql, index):
    """What every turn asks is never a scan of a table."""
    db = await connect(f"sqlite:{tmp_path / 'a.db'}")
    await migrate(db, clock)
    plan = await db.transact(lambda tx: tx.all(f"EXPLAIN QUERY PLAN {sql}"))
    await db.close()

    assert any(index in row["detail"] for row in plan), plan
