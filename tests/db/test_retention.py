"""What lives its time is forgotten, and what is erased is gone; on both databases."""

from __future__ import annotations

import json
import re

import pytest

from bot import retention as job
from bot.clock import DAY, MINUTE
from bot.db import (
    accounts,
    bundle,
    codes,
    erasures,
    forms,
    freezes,
    holds,
    messages,
    pictures,
    recoveries,
    retention,
    sessions,
    tickets,
)
from bot.db.retention import CLASSES, Lives
from conversations.effects import ENROL

CHAT = 7001
TWO = frozenset({"email", "totp"})


async def fill(db, tools, account) -> int:
    """Something of every kind that a person leaves behind; the row of their ticket."""

    async def leave(tx):
        await sessions.begin(tx, tools, chat=CHAT, account=account, via="password")
        await codes.issue(tx, tools, subject=account, purpose=ENROL, channel="email", chat=CHAT, account=account,
                          destination="ann@example.com")  # fmt: skip
        await forms.open_form(tx, tools, chat=CHAT, kind="phrase", lang="en", account=account)
        await accounts.set_phone(tx, tools, account, "+447400123456")
        ticket = await tickets.create(tx, tools, chat=CHAT, account=account, reason="other", place="", lang="en",
                                      facts={"name": "Ann"})  # fmt: skip
        await messages.message(
            tx, tools, ticket=ticket.id, side="user", author=CHAT, forum=0, source=5, text="my dog is Rex"
        )
        await tickets.solve(tx, tools, ticket.id, "person")
        await tickets.close(tx, tools, ticket.id)
        await recoveries.begin(tx, tools, chat=CHAT, account=account, lang="en")
        case = await recoveries.live(tx, tools, chat=CHAT, account=account)
        await recoveries.verified(tx, tools, case, TWO, "Acme")
        await pictures.add(tx, tools, case.id, "front", b"a picture")
        case = await recoveries.live(tx, tools, chat=CHAT, account=account)
        await recoveries.submitted(tx, tools, case, ticket.id)
        case = await recoveries.live(tx, tools, chat=CHAT, account=account)
        await recoveries.withdraw(tx, tools, case)
        return ticket.id

    return await db.transact(leave)


async def left(db, *tables: str) -> dict[str, int]:
    async def count(tx):
        return {name: (await tx.one(f"SELECT count(*) AS n FROM {name}"))["n"] for name in tables}  # noqa: S608 - our own names

    return await db.transact(count)


async def test_each_class_is_forgotten_at_its_time_and_not_before(db, tools, clock, account):
    """Codes and forms after a day, pictures thirty days after the decision, tickets by setting."""
    await fill(db, tools, account)
    spans = Lives(identity=30 * DAY, tickets=60 * DAY)

    async def forgotten() -> dict[str, int]:
        return {name: n for name, n in (await job.over(db, tools, spans)).items() if n}

    seen = [await forgotten()]
    for days in (2, 29, 30):
        clock.advance(days * DAY)
        seen.append(await forgotten())

    assert [{}, {"codes", "forms"}, {"identity pictures", "words of decisions", "limits' counters"}, {job.TICKETS}] == [
        {} if not names else set(names) - set().union(*seen[:number]) for number, names in enumerate(seen)
    ]


async def test_what_is_forgotten_is_gone(db, tools, clock, account):
    """The statements delete what the dry run has counted, and nothing else."""
    ticket = await fill(db, tools, account)
    before = await left(db, "accounts", "tickets", "recoveries", "sessions")
    clock.advance(400 * DAY)
    for kind in CLASSES:
        await db.transact(lambda tx, kind=kind: retention.forget(tx, kind, clock.now() - getattr(Lives(), kind.life)))
    await db.transact(lambda tx: retention.forget_ticket(tx, tools, ticket))

    assert {"codes": 0, "forms": 0, "pictures": 0, "ticket_texts": 0, "ticket_messages": 0} == await left(
        db, "codes", "forms", "pictures", "ticket_texts", "ticket_messages"
    )
    assert before == await left(db, "accounts", "tickets", "recoveries", "sessions")
    assert {} == {name: n for name, n in (await job.over(db, tools, Lives())).items() if n}


async def test_forgetting_never_writes_anything_new():
    """Every statement of the job deletes rows, or empties columns of them."""
    statements = [text for kind in CLASSES for text in kind.forget]

    assert [] == [
        text for text in statements if not re.match(r"DELETE FROM |UPDATE \w+ SET (\w+ = NULL,? ?)+WHERE ", text)
    ]
    assert len({kind.name for kind in CLASSES}) == len(CLASSES)


async def test_of_an_erased_person_nothing_is_left_but_what_the_law_wants(db, tools, clock, account):
    """No row opens any more; the identity is kept apart until its day, and forgotten then."""
    await fill(db, tools, account)
    until = clock.now() + 5 * 365 * DAY

    async def erase(tx):
        await bundle.keep(tx, tools, account, until)
        await erasures.forget(tx, tools, account, [CHAT])
        await accounts.shred(tx, tools, account)

    held = await db.transact(lambda tx: bundle.bundle(tx, tools, account))
    await db.transact(erase)
    told = await db.transact(lambda tx: bundle.bundle(tx, tools, account))
    found = await db.transact(lambda tx: accounts.by_email(tx, tools, "ann@example.com"))
    owner = await db.transact(lambda tx: accounts.phone_owner(tx, tools, "+447400123456"))

    assert {"sessions": 0, "codes": 0, "forms": 0, "pictures": 0, "ticket_texts": 0} == await left(
        db, "sessions", "codes", "forms", "pictures", "ticket_texts"
    )
    assert (None, None, None) == (found, owner, await db.transact(lambda tx: accounts.get(tx, tools, account)))
    assert "my dog is Rex" in json.dumps(held)
    assert ["identity", "picture"] == [record["what"] for record in told["kept"]]
    assert "Rex" not in json.dumps(told)
    clock.advance(5 * 365 * DAY + MINUTE)
    assert 2 == (await job.over(db, tools, Lives()))["records that the law wanted kept"]


@pytest.mark.parametrize("which", ["hold", "frozen", "recovery", "ticket"])
async def test_whatever_is_under_way_speaks_against_an_erasure(db, tools, account, which):
    """Whoever took an account over cannot erase what would show it."""
    begun = {
        "hold": lambda tx: holds.start(tx, tools, account=account, chat=1, lang="en", cause="x", length=DAY),
        "frozen": lambda tx: freezes.freeze(tx, tools, account=account, cause="x"),
        "recovery": lambda tx: recoveries.begin(tx, tools, chat=CHAT, account=account, lang="en"),
        "ticket": lambda tx: tickets.create(tx, tools, chat=CHAT, account=account, reason="other", place="", lang="en",
                                            facts={}),
    }  # fmt: skip
    before = await db.transact(lambda tx: erasures.against(tx, tools, account))
    await db.transact(begun[which])

    assert ("", which) == (before, await db.transact(lambda tx: erasures.against(tx, tools, account)))
