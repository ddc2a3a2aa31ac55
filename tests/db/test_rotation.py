"""Keys are rotated beside the running bot, and nothing is lost, found twice or forgotten."""

from __future__ import annotations

import asyncio

from ring_life import ANN, OTHER_PHONE, PHONE, all_well, lived, quiet, start, stop

from bot.clock import DAY
from bot.db import (
    accounts,
    rotation,
)  # fmt: skip
from bot.db.columns import HASHED, OTHER, OWN, SEALED
from bot.db.connect import connect
from bot.db.migrate import migrate
from bot.domain import limits as policy


async def test_every_column_of_bytes_is_known_to_the_rotation(tmp_path, clock):
    """A new column has to say whether a rotation renews it, or why it need not."""
    db = await connect(f"sqlite:{tmp_path / 'a.db'}")
    await migrate(db, clock)
    tables = await db.transact(lambda tx: tx.all("SELECT name FROM sqlite_master WHERE type = 'table'"))
    found = set()
    for table in (row["name"] for row in tables):
        columns = await db.transact(lambda tx, t=table: tx.all(f"SELECT name, type FROM pragma_table_info('{t}')"))  # noqa: S608 - the schema's own names
        found |= {(table, row["name"]) for row in columns if row["type"] == "BYTEA"}
    await db.close()
    known = [(each.table, each.column) for each in (*SEALED, *HASHED)] + [*OWN, *OTHER]

    assert sorted(known) == sorted(found)


def test_whatever_is_counted_for_long_is_counted_for_an_account():
    """Of what an old index key hides from us, only a day's counts may be lost: the longer ones are carried."""
    lasting = {
        limit for limit in vars(policy).values()
        if isinstance(limit, policy.Limit) and max(length for length, _most in limit.windows) > DAY
    }  # fmt: skip

    assert lasting == set(policy.PER_ACCOUNT)
    assert policy.FAILURES_WINDOW <= DAY


async def test_a_rotation_leaves_nothing_under_the_old_keys(db, ring):
    """With both keys everything works before, after, and with the new one alone."""
    await start(db, ring(1))
    account = await lived(db, ring(1))
    await stop(db)
    both = ring(2, 1)
    await start(db, both)
    await all_well(db, both, account)

    result = await rotation.rotate(db, both, quiet)

    await all_well(db, both, account)
    assert [("field", 1), ("index", 1)] == result.retired
    assert {"accounts.person_key", "accounts.email_hash", "accounts.phone_hash", "outbox.body"} < set(result.renewed)
    assert {} == result.broken
    matter = [line for line in await rotation.left(db, both) if line.version == 1 and line.matter]
    assert [] == matter
    await all_well(db, ring(2), account)


async def test_a_second_rotation_does_nothing(db, ring):
    """It begins where something is left to do, and there is nothing."""
    await start(db, ring(1))
    await lived(db, ring(1))
    await start(db, ring(2, 1))
    first = await rotation.rotate(db, ring(2, 1), quiet)
    before = await db.transact(lambda tx: tx.one("SELECT * FROM accounts"))

    second = await rotation.rotate(db, ring(2, 1), quiet)

    assert first.renewed
    assert ({}, []) == (second.renewed, second.retired)
    assert before == await db.transact(lambda tx: tx.one("SELECT * FROM accounts"))


async def test_a_rotation_may_be_killed_after_any_batch(db, ring, monkeypatch):
    """Whatever was done stays done, whatever was not is done by the next; the bot works in between."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    await start(db, ring(1))
    account = await lived(db, ring(1))
    for number in range(7):
        await db.transact(
            lambda tx, n=number: accounts.create(tx, ring(1), email=f"p{n}@example.com", password_hash="x")
        )
    both = ring(2, 1)
    await start(db, both)

    class Killed(Exception):
        pass

    for most in range(50):
        left = most

        async def dying(_name: str, _seen: int) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        try:
            result = await rotation.rotate(db, both, dying)
        except Killed:
            await all_well(db, both, account)
        else:
            break

    assert most > 3
    assert [("field", 1), ("index", 1)] == result.retired
    await all_well(db, both, account)


async def test_a_row_that_no_key_opens_is_named_and_left_alone(db, ring):
    """It keeps nobody from dropping the old key, which is of no use to it."""
    await start(db, ring(1))
    await lived(db, ring(1))
    altered = b"\x01" + bytes(50)
    await db.transact(lambda tx: tx.run("UPDATE agents SET name = $1", altered))
    await start(db, ring(2, 1))

    result = await rotation.rotate(db, ring(2, 1), quiet)

    assert {("agents.name", 1): [9001]} == result.broken
    assert ("field", 1) in result.retired
    assert altered == (await db.transact(lambda tx: tx.one("SELECT name FROM agents")))["name"]


async def test_an_account_whose_key_was_destroyed_is_no_fault(db, ring):
    """There is nothing to open in it, and its hash, which is of nobody, goes over to the newest key."""
    await start(db, ring(1))
    account = await lived(db, ring(1))
    gone = ring(1).vault.index("email", f"none:{account}")
    destroyed = "person_key = $1, email = $1, email_hash = $2, phone = NULL, phone_hash = NULL"
    await db.transact(lambda tx: tx.run(f"UPDATE accounts SET {destroyed} WHERE id = $3", b"", gone, account))  # noqa: S608 - our own words
    await start(db, ring(2, 1))

    result = await rotation.rotate(db, ring(2, 1), quiet)

    assert ({}, [("field", 1), ("index", 1)]) == (result.broken, result.retired)


async def test_what_the_bot_writes_meanwhile_stays(db, ring):
    """People who bind and change numbers while the keys are rotated have the number they chose, and it is found."""
    await start(db, ring(1))
    made = [
        await db.transact(lambda tx, n=n: accounts.create(tx, ring(1), email=f"p{n}@example.com", password_hash="x"))
        for n in range(20)
    ]
    for n, account in enumerate(made):
        await db.transact(lambda tx, n=n, a=account: accounts.set_phone(tx, ring(1), a, f"+4474001234{n:02}"))
    both = ring(2, 1)
    await start(db, both)

    changing = asyncio.gather(
        *(
            db.transact(lambda tx, n=n, a=a: accounts.replace_phone(tx, both, a, f"+4474005678{n:02}"))
            for n, a in enumerate(made)
        )
    )
    await rotation.rotate(db, both, quiet)
    changed = await changing
    await rotation.rotate(db, both, quiet)

    assert [""] * 20 == changed
    for n, account in enumerate(made):
        assert account == await db.transact(lambda tx, n=n: accounts.phone_owner(tx, both, f"+4474005678{n:02}"))
        assert await db.transact(lambda tx, n=n: accounts.phone_owner(tx, both, f"+4474001234{n:02}")) is None


async def test_a_number_has_one_owner_at_every_moment_of_a_rotation(db, ring):
    """Bound under the old key, asked for under the new one, by many at once, before, during and after."""
    await start(db, ring(1))
    owner = await lived(db, ring(1))
    both = ring(2, 1)
    await start(db, both)
    others = [
        await db.transact(lambda tx, n=n: accounts.create(tx, both, email=f"q{n}@example.com", password_hash="x"))
        for n in range(30)
    ]

    async def tried(some: list[int], number: str) -> list[str]:
        return await asyncio.gather(
            *(db.transact(lambda tx, a=a: accounts.set_phone(tx, both, a, number)) for a in some)
        )

    taken = await tried(others[:10], PHONE)
    during, _result, fresh = await asyncio.gather(
        tried(others[10:20], PHONE), rotation.rotate(db, both, quiet), tried(others[20:], OTHER_PHONE)
    )
    taken += during + await tried(others[:20], PHONE)
    again = await db.transact(lambda tx: accounts.create(tx, both, email=ANN, password_hash="y"))

    assert {"taken"} == set(taken)
    assert (1, 9) == (fresh.count(""), fresh.count("taken"))
    assert owner == await db.transact(lambda tx: accounts.phone_owner(tx, both, PHONE))
    assert again is None


async def test_processes_with_another_newest_key_do_not_share_a_number(db, ring):
    """One still writes under the old key, the other under the new one: both know both, and one of them gets it."""
    await start(db, ring(1))
    first, second = [
        await db.transact(lambda tx, n=n: accounts.create(tx, ring(1), email=f"r{n}@x.org", password_hash="x"))
        for n in (1, 2)
    ]
    older, newer = ring(2, 1), ring(2, 1)
    older.vault.index = ring(1).vault.index
    results = await asyncio.gather(
        db.transact(lambda tx: accounts.set_phone(tx, older, first, PHONE)),
        db.transact(lambda tx: accounts.set_phone(tx, newer, second, PHONE)),
    )

    assert ["", "taken"] == sorted(results)
