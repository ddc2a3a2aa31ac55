"""Several groups of agents, and the lobby, on both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.context import Policy
from bot.db import forums, lobby, messages, outbox, places, tickets, watch
from bot.db.outbox import Post
from bot.desk import lobby as rules
from bot.desk import topic

FIRST, SECOND, THIRD = -1001, -1002, -1003


async def opened(tx, tools, chat, *, lobby=False):
    return await tickets.create(
        tx, tools, chat=chat, account=None, reason="other", place="", lang="en", facts={}, lobby=lobby
    )


async def test_what_two_groups_call_the_same_is_told_apart(db, tools):
    """A topic, a card, a message and an answer of the same id belong to the ticket of their own group."""

    async def job(tx):
        found = []
        for chat, forum in ((7001, FIRST), (7002, SECOND)):
            ticket = await opened(tx, tools, chat)
            await places.put(tx, ticket.id, forum, 3, 4)
            row = await messages.message(tx, tools, ticket=ticket.id, side="user", author=chat, source=9, forum=0)
            await messages.passed(tx, row, 5, forum=forum)
        for forum in (FIRST, SECOND, THIRD):
            asked = (places.of_thread, 3), (places.of_message, 4), (places.of_message, 5)
            found.append([await look(tx, tools, forum, number) for look, number in asked])
        first = await messages.written(tx, found[0][0].id, 5, forum=FIRST)
        elsewhere = await messages.written(tx, found[0][0].id, 5, forum=SECOND)
        twins = [await messages.twin(tx, found[0][0].id, user_message=9, forum=forum) for forum in (FIRST, SECOND)]
        return [[ticket and ticket.chat for ticket in row] for row in found], first, elsewhere, twins

    chats, first, elsewhere, twins = await db.transact(job)

    assert [[7001] * 3, [7002] * 3, [None] * 3] == chats
    assert (9, None) == (first.user_message, elsewhere)
    assert [5, None] == twins


async def test_groups_are_filled_in_their_order(db):
    """The first with room; the last when there is none. That one is full is news once."""

    async def job(tx):
        wanted = (FIRST, SECOND)
        filled = [(await forums.filling(tx, wanted)).configured]
        told = []
        for forum in (FIRST, FIRST, SECOND):
            told.append(await forums.full(tx, forum, 1))
            filled.append((await forums.filling(tx, wanted)).configured)
        return filled, told, await forums.filling(tx, ())

    assert ([FIRST, SECOND, SECOND, SECOND], [True, False, True], None) == await db.transact(job)


async def test_a_group_that_moves_takes_no_other_along(db, tools):
    """Topics of the moved group are made again; those of the other one stay."""

    async def job(tx):
        for chat, forum in ((7001, FIRST), (7002, SECOND)):
            await places.put(tx, (await opened(tx, tools, chat)).id, forum, 3, 4)
        moved = [await forums.moved(tx, FIRST, THIRD) for _ in range(2)]
        return moved, [(row["forum"], row["thread"], row["card"]) for row in await watch.rows(tx, "tickets")]

    assert ([True, False], [(0, None, None), (SECOND, 3, 4)]) == await db.transact(job)


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (0, (FIRST, SECOND), (FIRST, 3)),  # from a release that knew one group
        (SECOND, (FIRST, SECOND), (SECOND, 3)),
        (THIRD, (FIRST, SECOND), (0, None)),  # no longer configured
        (THIRD, (-2003,), (-2003, 3)),  # configured by the id that it has now
        (FIRST, (), (FIRST, 3)),
    ],
)
async def test_other_settings_lose_no_ticket(db, tools, before, wanted, after):
    """Topics follow their group; those of a group that is gone are made again elsewhere."""

    async def job(tx):
        await tx.run("INSERT INTO forums (configured, current) VALUES ($1, $2)", THIRD, -2003)
        ticket = await opened(tx, tools, 7001)
        row = await messages.message(tx, tools, ticket=ticket.id, side="agent", author=9, source=5, forum=before)
        await places.put(tx, ticket.id, before, 3, 4)
        await forums.adopt(tx, wanted)
        now = await tickets.get(tx, tools, ticket.id)
        return (now.forum, now.thread), (await messages.row(tx, row)).forum

    place, message = await db.transact(job)

    assert after == place
    assert (after[0] or before) == message


async def test_what_is_written_to_the_lobby_is_held_and_released_in_order(db, tools, clock):
    """Only the list leaves; what told how the ticket stood is dropped; nothing is released twice."""
    policy = Policy(company="", languages=("en",), forum=FIRST, agents=frozenset(), public_url="", bot_id=1, hold=1)

    async def fill(tx):
        ticket = await opened(tx, tools, 7001, lobby=True)
        kinds = ("card", "masked", "name", "relay", "close_topic", "desk_text")
        posts = [await outbox.put(tx, tools, topic.post(policy, ticket.id, kind, {})) for kind in kinds]
        return ticket, [(post.kind, post.held) for post in posts]

    async def leave(tx):
        return [post.kind for post in await rules.leave(tx, tools, ticket)]

    ticket, put = await db.transact(fill)
    waiting, _broken = await db.transact(lambda tx: outbox.waiting(tx, tools))
    clock.advance(60_000)
    released = [await db.transact(leave) for _ in range(2)]

    assert [
        ("lobby", False),
        *((kind, True) for kind in ("masked", "name", "relay", "close_topic", "desk_text")),
    ] == put
    assert ["lobby"] == [post.kind for post in waiting]
    assert [["masked", "relay", "desk_text", "lobby"], []] == released


async def test_nothing_is_left_behind_by_whoever_writes_while_a_ticket_is_claimed(db, tools):
    """Fifty messages and a claim at once: each is either released or leaves by itself."""
    ticket = await db.transact(lambda tx: opened(tx, tools, 7001, lobby=True))

    def put(number):
        post = Post("telegram", f"ticket:{ticket.id}", FIRST, "relay", {"number": number})
        return db.transact(lambda tx: outbox.put(tx, tools, post))

    def leave():
        return db.transact(lambda tx: rules.leave(tx, tools, ticket))

    await asyncio.gather(*(put(number) for number in range(25)), leave(), leave(), *map(put, range(25, 50)))
    rows = await db.transact(lambda tx: watch.rows(tx, "outbox"))

    assert 50 == sum(row["kind"] == "relay" and row["status"] == "waiting" for row in rows)


async def test_the_lobby_is_listed_by_what_cannot_wait(db, tools):
    """By priority, then those with an account, then by age; whoever is done waits no longer."""

    async def job(tx):
        made = [await opened(tx, tools, chat, lobby=chat != 7006) for chat in range(7001, 7007)]
        await tickets.urge(tx, made[3].id)
        await tx.run("UPDATE tickets SET account = 1 WHERE id = $1", made[2].id)
        await tickets.solve(tx, tools, made[0].id, "person")
        return [[ticket.id for ticket in made].index(one.ticket) for one in await lobby.waiting(tx)]

    assert [3, 2, 1, 4] == await db.transact(job)


async def test_a_swarm_rewrites_the_list_once_in_a_while(db, tools, clock):
    """However many come, at most one rewrite is ahead, and one that may be under way counts for nothing."""

    async def come(tx):
        return await outbox.listing(tx, tools)

    first = [(await db.transact(come)).held for _ in range(20)]
    clock.advance(15_000)  # the one that was ahead is perhaps being sent: it may have read before this moment
    second = [(await db.transact(come)).held for _ in range(20)]
    statuses = [row["status"] for row in await db.transact(lambda tx: watch.rows(tx, "outbox"))]

    assert [[False, *[True] * 19]] * 2 == [first, second]
    assert ["dropped", "waiting"] == statuses
