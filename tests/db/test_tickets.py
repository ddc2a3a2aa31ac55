"""Tickets under many hands, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.db import accounts, asks, disputes, freezes, messages, own_tickets, places, risks, sessions, tickets
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
            tx, tools, ticket=ticket.id, side="agent", author=9001, source=5, forum=-1001, text="It was yesterday"
        )
        await messages.say(tx, tools, row, "It was today")
        return [text for _at, text in await messages.said(tx, tools, row)]

    assert ["It was yesterday", "It was today"] == await db.transact(job)
    assert [b"It was"] == [
        b"It was"
        for row in await db.transact(lambda tx: tx.all("SELECT text FROM ticket_texts LIMIT 1"))
        if b"It was" not in bytes(row["text"])
    ]


@pytest.mark.parametrize(
    ("account", "seen"), [(None, [1003, 1002, 1001]), (1, [1002, 1001]), (2, [1003, 1001]), (3, [1001])]
)
async def test_an_account_sees_its_own_tickets_of_the_chat_and_those_without_one(db, tools, account, seen):
    """Whoever is not signed in sees all of the chat's; another chat's are nobody's."""

    async def job(tx):
        for chat, owner in ((7001, None), (7001, 1), (7001, 2), (7002, 1)):
            made = await tickets.create(
                tx, tools, chat=chat, account=owner, reason="other", place="", lang="en", facts={}
            )
            await tickets.solve(tx, tools, made.id, "person")
        count, solved = await own_tickets.standing(tx, 7001, account)
        visible = [number for number in range(1000, 1006) if await own_tickets.visible(tx, 7001, account, number)]
        return (
            await own_tickets.numbers(tx, 7001, account, skip=0, most=9),
            await own_tickets.numbers(tx, 7001, account, skip=1, most=1), count, solved, sorted(visible, reverse=True),
        )  # fmt: skip

    assert (seen, seen[1:2], len(seen), seen[0], seen) == await db.transact(job)


async def test_a_ticket_has_one_question_open_and_a_new_one_takes_its_place(db, tools, ticket):
    """What is taken back is only the question that was meant; an answer ends whichever is open."""

    async def job(tx):
        rows = [
            await messages.message(tx, tools, ticket=ticket.id, side="agent", author=9001, forum=0, source=source)
            for source in (5, 6)
        ]
        for row in rows:
            await asks.put(tx, tools, ticket=ticket.id, message=row, item="free", words="Which bank?")
        now = await asks.open_of(tx, tools, ticket.id)
        await asks.hinted(tx, tools, now.id)
        await asks.end(tx, tools, ticket.id, message=rows[0])
        hinted = await asks.open_of(tx, tools, ticket.id)
        await asks.end(tx, tools, ticket.id)
        return now, hinted.hinted, await asks.open_of(tx, tools, ticket.id), await asks.of_message(tx, tools, rows[1])

    now, hinted, after, kept = await db.transact(job)

    assert (6, 9001, "Which bank?", False) == (now.desk_message, now.author, now.words, now.hinted)
    assert (True, None, now.id) == (hinted, after, kept.id)


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
    await db.transact(lambda tx: places.put(tx, ticket.id, -1009, 5, 6))
    await db.transact(lambda tx: places.lost(tx, ticket.id, -1009))
    lost = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))
    await db.transact(lambda tx: places.recalled(tx, ticket.id))
    told = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))

    assert (None, None, -1009, 5) == (lost.thread, lost.card, lost.lost_chat, lost.lost_thread)
    assert (None, None) == (told.lost_chat, told.lost_thread)
