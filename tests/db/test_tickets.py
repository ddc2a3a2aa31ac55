"""Tickets under many hands, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.db import accounts, disputes, freezes, messages, risks, sessions, tickets
from bot.domain.risks import Signs

AGENTS = range(9001, 9051)


@pytest.fixture
async def ticket(db, tools):
    return await db.transact(
        lambda tx: tickets.create(
            tx, tools, chat=7001, account=None, reason="other", place="", lang="en", facts={"name": "Ann"}
        )
    )


async def test_of_fifty_agents_who_claim_at_once_one_has_it(db, tools, ticket):
    """And stays the one."""
    claims = [db.transact(lambda tx, a=agent: tickets.claim(tx, tools, ticket.id, a)) for agent in AGENTS]
    won = [agent for agent, taken in zip(AGENTS, await asyncio.gather(*claims), strict=True) if taken]
    now = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))

    assert ([now.assignee], "open") == (won, now.status)


async def test_fifty_people_who_ask_at_once_have_a_ticket_each_and_no_two(db, tools):
    """Numbers are given out once; whoever asks twice has one."""

    async def ask(chat: int):
        return await db.transact(
            lambda tx: tickets.create(tx, tools, chat=chat, account=None, reason="other", place="", lang="en", facts={})
        )

    made = await asyncio.gather(*(ask(7001 + chat % 25) for chat in range(50)))

    assert list(range(1001, 1026)) == sorted({ticket.number for ticket in made})


async def test_only_whoever_has_it_hands_it_over(db, tools, ticket):
    """Fifty hand it over at once: once it goes."""
    await db.transact(lambda tx: tickets.claim(tx, tools, ticket.id, 9001))
    given = await asyncio.gather(
        *(db.transact(lambda tx, to=agent: tickets.hand_over(tx, tools, ticket.id, 9001, to)) for agent in AGENTS[1:])
    )
    stolen = await db.transact(lambda tx: tickets.hand_over(tx, tools, ticket.id, 9001, 9001))

    assert (1, False) == (given.count(True), stolen)


async def test_a_solved_ticket_is_open_again_for_one_and_never_beside_another(db, tools, ticket):
    """Of twenty who reopen it one does; with another one open, nobody does."""
    await db.transact(lambda tx: tickets.solve(tx, tools, ticket.id, "person"))
    solved = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))
    opened = await asyncio.gather(*(db.transact(lambda tx: tickets.reopen(tx, tools, solved)) for _ in range(20)))
    await db.transact(lambda tx: tickets.solve(tx, tools, ticket.id, "person"))
    await db.transact(
        lambda tx: tickets.create(tx, tools, chat=7001, account=None, reason="other", place="", lang="en", facts={})
    )

    assert 1 == opened.count(True)
    assert not await db.transact(lambda tx: tickets.reopen(tx, tools, solved))


async def test_every_version_of_a_message_is_kept(db, tools, ticket):
    """Sealed, in order."""

    async def job(tx) -> list[str]:
        row = await messages.message(
            tx, tools, ticket=ticket.id, side="agent", author=9001, source=5, text="It was yesterday"
        )
        await messages.say(tx, tools, row, "It was today")
        return [text for _at, text in await messages.said(tx, tools, row)]

    assert ["It was yesterday", "It was today"] == await db.transact(job)
    assert [b"It was"] == [
        b"It was"
        for row in await db.transact(lambda tx: tx.all("SELECT text FROM ticket_texts LIMIT 1"))
        if b"It was" not in bytes(row["text"])
    ]


async def test_signs_are_read_from_what_is_on_record(db, tools, clock):
    """Of a chat and an account: what was disputed, refused, frozen, and who else was here."""

    async def job(tx):
        ann = await accounts.create(tx, tools, email="ann@example.com", password_hash="x")
        bob = await accounts.create(tx, tools, email="bob@example.com", password_hash="x")
        for account in (ann, bob):
            await sessions.add_login(tx, tools, chat=7001, account=account)
        for chat in (7001, 7002):
            await sessions.begin(tx, tools, chat=chat, account=ann, via="password")
        token = await disputes.issue(tx, tools, account=ann, what="phone_changed", way="sms", chat=0, lang="en")
        dispute = await disputes.find(tx, tools, token)
        await disputes.use(tx, tools, dispute.id)
        await freezes.freeze(tx, tools, account=ann, cause="phone_changed")
        return (
            await risks.signs(tx, tools, chat=7001, account=ann),
            await risks.signs(tx, tools, chat=7001, account=None),
            await risks.signs(tx, tools, chat=0, account=ann),
        )

    known, unknown, nobody = await db.transact(job)

    now = clock.now()
    assert (now, now, now, 1, 1) == (
        known.made_at, known.disputed_at, known.frozen_since, known.other_accounts, known.other_chats,
    )  # fmt: skip
    assert Signs(other_accounts=1) == unknown
    assert (0, 2) == (nobody.other_accounts, nobody.other_chats)


async def test_the_tickets_before_are_those_of_the_person_and_of_the_account(db, tools):
    """Newest first, with how each ended; nobody else's, and none that came later."""

    async def open_one(tx, chat, account):
        made = await tickets.create(
            tx, tools, chat=chat, account=account, reason="other", place="", lang="en", facts={}
        )
        await tickets.solve(tx, tools, made.id, "person")
        return made

    async def job(tx):
        account = await accounts.create(tx, tools, email="ann@example.com", password_hash="x")
        given = ((7001, None), (7002, account), (7003, None), (0, None), (7001, account), (7001, None))
        made = [await open_one(tx, *one) for one in given]
        return made, await tickets.before(tx, tools, made[4]), await tickets.before(tx, tools, made[3])

    made, before, none = await db.transact(job)

    assert [made[1].number, made[0].number] == [ticket.number for ticket in before]
    assert ["person", "person"] == [ticket.solved_by for ticket in before]
    assert [] == none


async def test_a_lost_topic_is_remembered_until_it_is_told(db, tools, ticket):
    """Its place, and that there is none now."""
    await db.transact(lambda tx: tickets.placed(tx, ticket.id, 5, 6))
    await db.transact(lambda tx: tickets.lost(tx, ticket.id, -1009))
    lost = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))
    await db.transact(lambda tx: tickets.recalled(tx, ticket.id))
    told = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))

    assert (None, None, -1009, 5) == (lost.thread, lost.card, lost.lost_chat, lost.lost_thread)
    assert (None, None) == (told.lost_chat, told.lost_thread)
