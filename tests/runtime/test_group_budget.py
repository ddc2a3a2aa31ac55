"""Twenty messages a minute in the agents' group: people's words first, cards last and coalesced, nothing lost."""

from __future__ import annotations

import asyncio
from collections import deque

from bot.budget import Budget
from bot.busy import Busy
from bot.clock import MINUTE, SECOND
from bot.db import watch
from bot.db.outbox import CARD, ICON, RELAY, Post
from bot.outbox import _next
from bot.scripts.stage import Stage

GROUP = -1001


async def test_the_more_urgent_of_those_who_wait_goes_first(clock):
    """A card that came earlier waits behind a person's words; a place that was given up costs nothing."""
    budget, went = Budget(clock, Busy(), 1000), []

    async def wants(name, priority, go=None):
        if await budget.take(GROUP, priority, go):
            went.append(name)

    for _ in range(20):
        await budget.take(GROUP, RELAY)
    given_up = asyncio.get_running_loop().create_future()
    waiting = [
        asyncio.create_task(wants("card", CARD)),
        asyncio.create_task(wants("never", RELAY, given_up)),
        asyncio.create_task(wants("words", RELAY)),
    ]
    await asyncio.sleep(0)
    given_up.set_result(False)
    for _ in range(3):
        clock.advance(30 * SECOND)
        for _ in range(9):
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    await budget.stop()

    assert ["words", "card"] == went


def test_within_a_ticket_words_pass_a_card_and_nothing_else():
    """Only what a later one may replace is overtaken, and only by what is more urgent."""
    card = Post("telegram", "t", GROUP, "card", {}, priority=CARD, merge="card", id=1)
    icon = Post("telegram", "t", GROUP, "react", {}, priority=ICON, id=2)
    words = Post("telegram", "t", GROUP, "relay", {}, priority=RELAY, id=3)

    assert words is _next(deque([card, icon, words]))
    assert card is _next(deque([card, icon]))
    assert icon is _next(deque([icon, words]))
    assert words is _next(deque([words, card]))


async def opens_a_ticket(stage, person):
    for name, what in (("say", "/start"), ("tap", "Talk to a person"), ("tap", "Something else")):
        await stage.pace()
        await stage.driver.act(name, {"person": person, "text" if name == "say" else "label": what})
        await stage.settle()
    return await stage.thread(person)


async def test_more_words_than_a_minute_bears_are_all_passed_on():
    """With Telegram's documented limits on, nothing is refused, words come in order, and a card's changes are one."""
    async with Stage({}) as stage:
        await stage.driver.tune({"flood": "documented"})
        thread = await opens_a_ticket(stage, 7001)
        await opens_a_ticket(stage, 7002)
        for number in range(20):
            await stage.driver.act("say", {"person": 7002, "text": f"word {number}"})
        await stage.settle()
        stage.journal.clear()

        for text in ("/close", "/reopen", "/close"):
            await stage.driver.act("say", {"person": 9001, "chat": stage.forum, "thread": thread, "text": text})
        for number in range(20, 28):
            await stage.driver.act("say", {"person": 7002, "text": f"word {number}"})
        await stage.settle()
        await stage.wait(4 * MINUTE)

        desk = [seen for seen in stage.journal if seen.queue == "desk"]
        words = [seen.text for seen in desk if seen.keys == ("desk/relay",)]
        keys = [seen.keys[0] for seen in desk]
        rows = await stage.db(lambda tx: watch.rows(tx, "outbox"))

    assert [f"word {number}" for number in range(28 - len(words), 28)] == words
    assert 1 == keys.count("desk/card")
    refused = [call.params for call in stage.world.journal.calls if call.error_code == 429]
    assert [] == [params for params in refused if int(params["chat_id"]) == stage.forum]
    assert [] == [row["keys"] for row in rows if row["status"] in ("waiting", "failed")]


async def test_of_those_as_urgent_the_oldest_goes_first(clock):
    """Whoever comes to the queue late, as after a flood-wait, has the place of its age."""
    budget, went = Budget(clock, Busy(), 1000), []

    async def wants(name, since):
        await budget.take(GROUP, RELAY, since=since)
        went.append(name)

    for _ in range(20):
        await budget.take(GROUP, RELAY)
    waiting = [asyncio.create_task(wants("newer", 2)), asyncio.create_task(wants("older", 1))]
    await asyncio.sleep(0)
    clock.advance(MINUTE)
    await asyncio.gather(*waiting)
    await budget.stop()

    assert ["older", "newer"] == went


async def test_a_card_that_was_refused_for_a_moment_still_stands_first():
    """Words that arrive meanwhile wait for it: whoever opens the topic has to know whose it is."""
    async with Stage({}) as stage:
        fault = {"method": "sendMessage", "kind": "error", "code": 429, "retry_after": 30, "chat": stage.forum}
        await stage.driver.fault(fault)
        await stage.driver.fault({"method": "createForumTopic", "kind": "slow", "delay_ms": 5 * SECOND})
        await opens_a_ticket(stage, 7001)
        await stage.driver.act("say", {"person": 7001, "text": "hello"})
        await stage.wait(MINUTE)
        thread = await stage.thread(7001)

        found = [message.content["text"] for message in stage.world.messages(stage.forum) if message.thread == thread
                 and message.kind == "text"]  # fmt: skip

    assert ["Ticket 1001", "hello"] == [text.partition(" ·")[0] for text in found]
