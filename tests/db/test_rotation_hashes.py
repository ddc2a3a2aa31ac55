"""What is hashed and written nowhere in clear outlives a rotation of the index key."""

from __future__ import annotations

import re

from ring_life import ANN, CHAT, PHONE, lived, quiet, start

from bot.clock import DAY, HOUR
from bot.db import (
    answers,
    audit,
    codes,
    disputes,
    forms,
    limits,
    pictures,
    recovery_codes,
    rotation,
    sessions,
    watch,
)  # fmt: skip
from bot.db.answers import Answer
from bot.db.limits import PASSWORD
from bot.domain import limits as policy
from conversations import events as ev
from conversations.effects import BIND_PHONE


async def test_short_lived_things_made_before_are_good_after(db, ring):
    """Forms, links, notices, codes and addresses are found under the key that they were made with."""
    old, both = ring(1), ring(2, 1)
    await start(db, old)
    account = await lived(db, old)

    async def make(tx):
        form = await forms.open_form(tx, old, chat=CHAT, kind="signin", lang="en")
        found = await forms.find(tx, old, form)
        await forms.claim(tx, old, found.id, "browser")
        await answers.keep(tx, old, "key", "request", Answer(account))
        return (
            form, found.id, await sessions.issue_link(tx, old, account),
            await disputes.issue(tx, old, account=account, what="phone_bound", way="sms", chat=CHAT, lang="en"),
            await codes.issue(tx, old, subject=account, purpose=BIND_PHONE, channel="sms", chat=CHAT, account=account,
                              destination=PHONE),
        )  # fmt: skip

    form, row, link, dispute, code = await db.transact(make)
    await start(db, both)
    result = await rotation.rotate(db, both, quiet)

    async def use(tx):
        return (
            (await forms.find(tx, both, form)).id, await forms.claim(tx, both, row, "browser"),
            await forms.claim(tx, both, row, "another"),
            (await sessions.open_link(tx, both, chat=CHAT, payload=link)).account,
            (await disputes.find(tx, both, dispute)).account,
            await codes.verify(tx, both, subject=account, purpose=BIND_PHONE, channel="sms", typed=code.code),
            await answers.known(tx, both, "key", "request"),
        )  # fmt: skip

    assert (row, True, False, account, account, ev.CodeRight(), Answer(account)) == await db.transact(use)
    assert [("field", 1)] == result.retired  # the form still needs the index key


async def test_an_old_index_key_is_needed_until_what_lives_briefly_is_over(db, ring, clock):
    """A day later the same command retires it."""
    await start(db, ring(1))
    await lived(db, ring(1))
    await db.transact(lambda tx: forms.open_form(tx, ring(1), chat=CHAT, kind="signin", lang="en"))
    await start(db, ring(2, 1))
    first = await rotation.rotate(db, ring(2, 1), quiet)
    clock.advance(DAY)
    second = await rotation.rotate(db, ring(2, 1), quiet)

    assert [[("field", 1)], [("index", 1)]] == [first.retired, second.retired]


async def test_what_was_counted_before_still_counts(db, ring, clock):
    """A new key is no fresh set of tries: neither where somebody asks at once, nor where a rotation carries it."""
    old, both = ring(1), ring(2, 1)
    await start(db, old)
    account = await lived(db, old)
    keys = ((limits.CODE, f"{account}:{BIND_PHONE}"), (PASSWORD, ANN), (PASSWORD, "stranger@example.com"))
    for scope, name in keys:
        for _ in range(policy.FIRST_WAIT_AT):
            await db.transact(lambda tx, s=scope, n=name: limits.begin(tx, old, s, n))
    await db.transact(lambda tx: limits.allow(tx, old, policy.CHANGES_PER_ACCOUNT, str(account)))
    await start(db, both)

    looked = [await db.transact(lambda tx, s=s, n=n: limits.waiting(tx, both, s, n)) for s, n in keys]
    failures = await db.transact(lambda tx: limits.failures(tx, both, account))
    await rotation.rotate(db, both, quiet)
    alone = ring(2)
    carried = [await db.transact(lambda tx, s=s, n=n: limits.waiting(tx, alone, s, n)) for s, n in keys]
    changes = await db.transact(lambda tx: limits.due(tx, alone, policy.CHANGES_PER_ACCOUNT, str(account)))
    touched = await db.transact(lambda tx: limits.begin(tx, both, *keys[2]))
    clock.advance(HOUR)
    counted = await db.transact(lambda tx: limits.begin(tx, both, *keys[2]))
    wait = await db.transact(lambda tx: limits.waiting(tx, alone, *keys[2]))

    assert all(looked)
    assert policy.FIRST_WAIT_AT == failures
    assert [True, True, False] == [bool(each) for each in carried]  # nobody knows whose the third is, until they ask
    assert changes > 0
    assert (True, 0, True) == (touched > 0, counted, wait > 0)


async def test_recovery_codes_need_no_index_key(db, ring):
    """The account's own key hashes them, so that they outlive every rotation."""
    await start(db, ring(1))
    account = await lived(db, ring(1))
    fresh = await db.transact(lambda tx: recovery_codes.issue(tx, ring(1), account))
    await start(db, ring(2, 1))
    await rotation.rotate(db, ring(2, 1), quiet)

    async def typed(code):
        return await db.transact(
            lambda tx: recovery_codes.verify(tx, ring(2), account=account, purpose=BIND_PHONE, typed=code)
        )

    assert [ev.CodeRight(), ev.CodeWrong()] == [await typed(fresh[0]), await typed(fresh[0])]


async def test_recovery_codes_from_before_need_theirs_until_they_are_void(db, ring):
    """They are good with the old key, hold it back, and go when the operator says so."""
    await start(db, ring(1))
    account = await lived(db, ring(1))
    code = (await db.transact(lambda tx: recovery_codes.issue(tx, ring(1), account)))[0]
    hashed = ring(1).vault.index("recovery code", f"{account}:{code}")

    async def before(tx) -> None:
        row = await tx.one("SELECT min(id) AS id FROM recovery_codes")
        await tx.run("UPDATE recovery_codes SET code_hash = $1 WHERE id = $2", hashed, row["id"])

    await db.transact(before)
    await start(db, ring(2, 1))
    kept = await rotation.rotate(db, ring(2, 1), quiet)
    others = await db.transact(lambda tx: recovery_codes.since(tx, account))
    voided = await rotation.rotate(db, ring(2, 1), quiet, void_codes=True)

    assert [[("field", 1)], [("index", 1)]] == [kept.retired, voided.retired]
    assert others == await db.transact(lambda tx: recovery_codes.since(tx, account))  # the newer ones are good


async def test_a_picture_is_opened_after_a_rotation(db, ring, clock):
    """Its key is sealed anew, and the picture itself is not touched."""
    await start(db, ring(1))
    account = await lived(db, ring(1))

    async def taken(tx):
        await tx.run(
            "INSERT INTO recoveries (id, account, chat, lang, status, opened_at, changed_at)"
            " VALUES (5, $1, $2, 'en', 'review', 0, 0)",
            account, CHAT,
        )  # fmt: skip
        await pictures.add(tx, ring(1), 5, "front", b"jpeg")
        return (await pictures.parts(tx, 5))["front"]

    picture = await db.transact(taken)
    await start(db, ring(2, 1))
    await rotation.rotate(db, ring(2, 1), quiet)

    async def seen(tx):
        token = await pictures.issue_view(tx, ring(2), picture, agent=9001, name="Mira")
        return await pictures.open_view(tx, ring(2), await pictures.find_view(tx, ring(2), token))

    assert b"jpeg" == await db.transact(seen)


async def test_a_rotation_is_in_the_audit(db, ring):
    """Who looks later sees when which key was retired."""
    await start(db, ring(1))
    await lived(db, ring(1))
    await start(db, ring(2, 1))
    await rotation.rotate(db, ring(2, 1), quiet)
    rows = await db.transact(lambda tx: watch.rows(tx, "audit"))

    assert ["keys rotated"] == [row["action"] for row in rows]
    assert re.search(r'"field_key":2,.*"retired":\["field 1","index 1"\]', rows[0]["detail"])
    assert "" == (await audit.verify(db, ring(2, 1).vault)).fault
