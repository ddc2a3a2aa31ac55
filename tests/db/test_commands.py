"""What agents do with tickets, on both databases: merging, snoozing, finding, handing over, asking once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.db import bulk, digests, finds, merges, messages, tickets
from bot.desk import digest, standing

FORUM = -1_001_000_000_001


@pytest.fixture
def make(db, tools):
    async def made(chat=0, account=None, **fields):
        return await db.transact(
            lambda tx: tickets.create(
                tx, tools, chat=chat, account=account, reason="other", place="", lang=fields.pop("lang", "en"),
                facts=fields,
            )
        )  # fmt: skip

    return made


@pytest.fixture
def get(db, tools):
    async def found(ticket):
        return await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))

    return found


# --- merging ----------------------------------------------------------------------------------------------------


async def test_of_twenty_who_merge_at_once_one_does(db, tools, policy, make):
    """And the case goes on in one place."""
    ticket, into = await make(), await make(chat=7001)
    merged = await asyncio.gather(
        *(db.transact(lambda tx: standing.merge(tx, tools, policy, ticket, into, "agent:9001")) for _ in range(20))
    )

    assert 1 == sum(after is not None for after in merged)


async def test_the_exchange_hears_which_ticket_went_into_which(db, tools, policy, make):
    """And nothing of what was written."""
    ticket, into = await make(name="Ann"), await make(chat=7001)
    told = replace(policy, webhooks=True)
    after = await db.transact(lambda tx: standing.merge(tx, tools, told, ticket, into, "agent:9001"))

    assert [
        {"type": "ticket.merged", "at": tools.clock.now(), "account": None,
         "data": {"number": ticket.number, "reason": "other", "priority": "normal", "into": into.number}},
    ] == [post.body for post in after.posts if post.channel == "webhook"]  # fmt: skip


async def test_what_the_other_ticket_lacks_comes_with_the_merged_one(db, tools, policy, make, get, account):
    """Person, account, agent, tags, facts and the higher priority; what it has itself stays."""
    ticket = await make(chat=7001, account=account, lang="fr", phone="+44 ****56", email="a****@e****.com", frozen=True)
    into = await make(email="b****@e****.com", phone="", frozen=False)
    await db.transact(lambda tx: tickets.claim(tx, tools, ticket.id, 9001))
    await db.transact(lambda tx: tickets.urge(tx, ticket.id))
    await db.transact(lambda tx: tickets.set_tags(tx, ticket.id, ["vip", "late"]))
    await db.transact(lambda tx: tickets.set_tags(tx, into.id, ["late"]))
    after = await db.transact(lambda tx: tickets.get(tx, tools, ticket.id))
    await db.transact(lambda tx: standing.merge(tx, tools, policy, after, replace(into, tags="late"), "agent:9001"))
    kept, gone = await get(into), await get(ticket)

    assert ("closed", into.number, "cancelled") == (gone.status, gone.merged_into, gone.result)
    assert (7001, account, "fr", 9001, "open", "urgent", "late vip") == (
        kept.chat, kept.account, kept.lang, kept.assignee, kept.status, kept.priority, kept.tags
    )  # fmt: skip
    assert {"phone": "+44 ****56", "email": "b****@e****.com", "frozen": False} == kept.facts
    found = await db.transact(lambda tx: finds.by_phone(tx, tools, "56", "44"))
    assert [kept, gone] == found
    assert [] == await db.transact(lambda tx: finds.by_phone(tx, tools, "56", "4"))


async def test_a_chain_of_merges_is_followed_to_its_end_and_told_as_one(db, tools, policy, make, get):
    """What was said in any of them is said in the last one, in order."""
    first, second, third = await make(), await make(), await make(chat=7001)
    for ticket, text in ((second, "one"), (first, "two"), (third, "three")):
        await db.transact(
            lambda tx, ticket=ticket, text=text: messages.message(
                tx, tools, ticket=ticket.id, side="note", author=9001, forum=0, source=1, text=text
            )
        )
    for ticket, into in ((first, second), (second, third)):
        await db.transact(lambda tx, a=ticket, b=into: standing.merge(tx, tools, policy, a, b, "agent:9001"))
    gone = await get(first)
    family = await db.transact(lambda tx: merges.family(tx, tools, third))
    told = await db.transact(lambda tx: messages.of_tickets(tx, [each.id for each in family]))

    assert third.id == (await db.transact(lambda tx: merges.end(tx, tools, gone))).id
    assert {first.id, second.id, third.id} == {each.id for each in family}
    assert [second.id, first.id, third.id] == [message.ticket for message in told]


# --- time -------------------------------------------------------------------------------------------------------


async def test_what_was_slept_through_is_done_and_only_the_last_of_it_said(db, tools, clock, policy, make, get):
    """A ticket on hold wakes, and a snoozed one is back, also where a target was missed meanwhile."""
    ticket = await make(chat=7001)
    await db.transact(lambda tx: tickets.claim(tx, tools, ticket.id, 9001))
    wake_at = clock.now() + HOUR
    await db.transact(lambda tx: standing.turn(tx, tools, policy, ticket, "hold", wake_at=wake_at))
    held = await get(ticket)
    await db.transact(lambda tx: standing.snooze(tx, tools, policy, held, wake_at + MINUTE))
    clock.advance(2 * DAY)
    _count, after = await db.transact(lambda tx: standing.look(tx, tools, policy))
    woken = await get(ticket)

    assert ("open", None) == (woken.status, woken.snooze_at)
    assert ["desk/woken", "desk/unsnoozed", "desk/reminder"] == [
        post.keys for post in after.posts if post.kind == "desk_text"
    ]
    assert 1 == (await db.transact(lambda tx: digests.counts(tx, clock.now()))).missed


async def test_a_hand_over_comes_once_however_many_look(db, tools, clock, policy, make):
    """The end of the day's work is taken by one, and the next one is planned."""
    desk = replace(policy, forum=FORUM, digest=True)
    await make(chat=7001)
    await db.transact(lambda tx: digest.plan(tx, tools, desk))
    clock.advance(DAY)
    posts = await asyncio.gather(*(db.transact(lambda tx: digest.post(tx, tools, desk)) for _ in range(8)))

    assert 1 == sum(map(len, posts))
    assert clock.now() == await db.transact(lambda tx: digests.last(tx, FORUM))


async def test_a_hand_over_that_was_missed_is_not_put_off_and_one_that_is_off_never_comes(
    db, tools, clock, policy, make
):
    """A start after the time leaves it due; switching it off, or another group, takes it away."""
    desk = replace(policy, forum=FORUM, digest=True)
    await make(chat=7001)
    await db.transact(lambda tx: digest.plan(tx, tools, desk))
    clock.advance(25 * HOUR)
    await db.transact(lambda tx: digest.plan(tx, tools, desk))
    assert 1 == len(await db.transact(lambda tx: digest.post(tx, tools, desk)))

    clock.advance(DAY)
    await db.transact(lambda tx: digest.plan(tx, tools, replace(desk, digest=False)))
    assert [] == await db.transact(lambda tx: digest.post(tx, tools, desk))
    await db.transact(lambda tx: digest.plan(tx, tools, desk))
    await db.transact(lambda tx: digest.plan(tx, tools, replace(desk, forum=FORUM - 1)))
    assert 0 == await db.transact(lambda tx: digests.last(tx, FORUM))


# --- finding, asking --------------------------------------------------------------------------------------------


async def test_tags_are_found_whole(db, tools, make):
    """Neither a part of a word nor a sign that SQL reads finds anything."""
    ticket = await make(chat=7001)
    await db.transact(lambda tx: tickets.set_tags(tx, ticket.id, ["call_back", "vip"]))

    async def found(*words):
        return [each.id for each in await db.transact(lambda tx: finds.by_tags(tx, tools, words))]

    assert [[ticket.id]] * 3 == [await found("vip"), await found("call_back"), await found("vip", "call_back")]
    assert [[]] * 4 == [await found("vi"), await found("callxback"), await found("%"), await found("vip", "late")]


async def test_a_question_is_answered_once_in_time_by_whoever_asked(db, tools, clock):
    """Of twenty taps one counts; a stranger's, a late one and one on an earlier question do not."""

    async def ask():
        return await db.transact(
            lambda tx: bulk.ask(tx, tools, agent=9001, words=["pending"], tickets=[3, 5], life=MINUTE)
        )

    async def use(row, agent=9001):
        return await db.transact(lambda tx: bulk.use(tx, tools, row, agent))

    earlier, row = await ask(), await ask()
    assert [None, None] == [await use(earlier), await use(row, 9002)]
    taken = [each for each in await asyncio.gather(*(use(row) for _ in range(20))) if each]
    assert [bulk.Ask(("pending",), (3, 5))] == taken
    late = await ask()
    clock.advance(MINUTE)
    assert await use(late) is None
