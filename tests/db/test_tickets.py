"""Tickets under many hands, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.db import messages, tickets

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
