"""Two groups of agents side by side, and a swarm of many people: each group has its own minute."""

from __future__ import annotations

import pytest

from bot.clock import MINUTE
from bot.db import watch
from bot.scripts.stage import Stage

SWARM = 60
"""People; each asks for help at about the same time."""


async def asks(stage, person):
    """Somebody opens a ticket; each step takes them a second."""
    for name, what in (("say", "/start"), ("tap", "Talk to a person"), ("tap", "Something else")):
        await stage.pace()
        await stage.driver.act(name, {"person": person, "text" if name == "say" else "label": what})
        await stage.settle()


async def say(stage, person, text):
    await stage.driver.act("say", {"person": person, "text": text})


def shown(stage, forum, key="desk/relay"):
    return [seen.text for seen in stage.journal if seen.chat == forum and seen.keys == (key,)]


async def refused(stage):
    forums = set(stage.groups.values())
    return [call.method for call in stage.world.journal.calls if call.error_code == 429
            and int(call.params.get("chat_id", 0)) in forums]  # fmt: skip


async def test_a_group_that_is_spoken_out_holds_up_no_other():
    """Twenty messages a minute in each: the words for the second are there while the first one's still wait."""
    async with Stage({"agents_group": "two"}) as stage:
        await stage.driver.tune({"flood": "documented", "forum_topics": 1})
        for person in (7001, 7002):
            await asks(stage, person)
            await stage.wait(2 * MINUTE)
        stage.journal.clear()

        for number in range(22):
            await say(stage, 7001, f"one {number}")
        for number in range(8):
            await say(stage, 7002, f"two {number}")
        await stage.settle()
        at_once = [len(shown(stage, stage.groups[name])) for name in ("forum", "second")]
        await stage.wait(2 * MINUTE)
        words = [shown(stage, stage.groups[name]) for name in ("forum", "second")]
        late = await refused(stage)

    assert [20, 8] == at_once
    assert [[f"one {number}" for number in range(22)], [f"two {number}" for number in range(8)]] == words
    assert [] == late


async def test_the_same_ids_in_two_groups_are_not_mistaken_for_one_another():
    """Topic, card and message have the same ids in both; answers and reactions find their person all the same."""
    async with Stage({"agents_group": "two"}) as stage:
        await stage.driver.tune({"forum_topics": 1})
        for person in (7001, 7002):
            await asks(stage, person)
        await stage.driver.act("age", {"chat": stage.groups["forum"], "messages": 20})
        await stage.driver.act("age", {"chat": stage.groups["second"], "messages": 20})
        for person in (7001, 7002):
            await say(stage, person, f"I am {person}")
            await stage.settle()
        tickets = await stage.db(lambda tx: watch.rows(tx, "tickets"))
        asked = await stage.db(lambda tx: watch.rows(tx, "ticket_messages"))

        heard = {}
        for ticket, row in zip(tickets, asked, strict=True):
            place = {"person": 9001, "chat": ticket["forum"], "thread": ticket["thread"]}
            await stage.driver.act("say", {**place, "text": "/claim"})
            await stage.settle()
            stage.journal.clear()
            await stage.driver.act("say", {**place, "text": f"to {ticket['chat']}", "reply_to": row["desk_message"]})
            reaction = {"person": 9001, "chat": ticket["forum"], "message_id": row["desk_message"], "emoji": ["🔥"]}
            await stage.driver.act("react", reaction)
            await stage.settle()
            heard[ticket["chat"]] = [(seen.chat, seen.keys[0], seen.text) for seen in stage.journal if seen.chat > 0]

    assert 1 == len({(ticket["thread"], row["desk_message"]) for ticket, row in zip(tickets, asked, strict=True)})
    assert 2 == len({row["forum"] for row in asked})
    for person, seen in heard.items():
        assert (person, "handoff/answer", f"to {person}") in seen
        assert {person} == {chat for chat, _key, _text in seen}
        assert "handoff/reaction" in [key for _chat, key, _text in seen]


@pytest.fixture(scope="module")
async def swarm():
    """What the forum got of a swarm, and what its tickets were when it was over and everybody was attended to."""
    async with Stage({"settings": {"topics_an_hour": 5}}) as stage:
        await stage.driver.tune({"flood": "documented"})
        began = stage.clock.now()
        people = range(8001, 8001 + SWARM)
        for person in people:
            await stage.driver.act("person", {"person": person, "first_name": f"P{person}", "language_code": "en"})
            await asks(stage, person)
            await say(stage, person, f"{person} first")
        await stage.wait(3 * MINUTE)
        calls = [call for call in stage.world.journal.calls if call.params.get("chat_id") and call.ok
                 and int(call.params["chat_id"]) == stage.forum]  # fmt: skip
        in_the_swarm = [call.method for call in calls if call.method != "setMyCommands"]
        minutes, late = (stage.clock.now() - began) // MINUTE, await refused(stage)
        listed = next(seen for seen in reversed(stage.journal) if seen.keys == ("desk/lobby",))
        for person in people:
            await stage.pace()
            await say(stage, person, f"{person} last")
        await stage.wait(2 * MINUTE)
        for number in range(1001, 1001 + SWARM):
            await stage.driver.act("say", {"person": 9001, "chat": stage.forum, "text": f"/claim {number}"})
            await stage.pace()
            if number % 20 == 0:
                await stage.restart(kill=True)
        for _ in range(4):
            await stage.wait(20 * MINUTE)
        words: dict[int, list[str]] = {}
        for message in stage.world.messages(stage.forum):
            text = str(message.content.get("text", ""))
            if message.thread and text[:4].isdigit() and text[5:] in ("first", "last"):
                words.setdefault(message.thread, []).append(text)
        yield {
            "methods": in_the_swarm, "listed": listed, "words": words,
            "tickets": await stage.db(lambda tx: watch.rows(tx, "tickets")),
            "outbox": await stage.db(lambda tx: watch.rows(tx, "outbox")), "refused": late, "minutes": minutes,
        }  # fmt: skip


async def test_a_swarm_makes_few_topics_and_one_list(swarm):
    """Five topics and the lobby's; the list is one message that is edited now and then, and tells how many wait."""
    assert 6 == swarm["methods"].count("createForumTopic")
    assert swarm["methods"].count("editMessageText") <= 4 * swarm["minutes"]
    assert f"Waiting here: {SWARM - 5}" in swarm["listed"].text
    assert 15 == sum(len(row) for row in swarm["listed"].buttons)


async def test_of_a_swarm_nothing_is_lost(swarm):
    """Whoever is claimed has a topic in which stands what they wrote, once and in order; Telegram never said no."""
    by_thread = {ticket["thread"]: ticket["chat"] for ticket in swarm["tickets"]}

    assert SWARM == len(by_thread)
    assert {thread: [f"{chat} first", f"{chat} last"] for thread, chat in by_thread.items()} == swarm["words"]
    assert {0} == {ticket["lobby"] for ticket in swarm["tickets"]}
    assert [] == [row["keys"] for row in swarm["outbox"] if row["status"] in ("waiting", "held", "failed")]
    assert [] == swarm["refused"]
