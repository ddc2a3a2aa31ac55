"""Sixty people open tickets and write within seconds, and the agents' group takes twenty messages a minute.

The whole product against the sandbox with Telegram's documented limits on; the clock is the test's own, so that the
quarter of an hour that the group needs takes a moment. (D-011)
"""

from __future__ import annotations

from collections import Counter

import pytest

from bot.clock import MINUTE, SECOND
from bot.db import watch
from bot.sandbox.demo import AGENTS
from bot.scripts.drivers import DRIVERS
from bot.scripts.stage import Stage

PEOPLE = range(8001, 8061)
LATE = 8061
WORDS = 3
A_SECOND = 3
"""So many people do something in one second: far more than the group bears; with what the group gets no more than the
thirty messages that Telegram takes in all, so that nothing but the group's own limit is in play."""
STALL = 40


async def all_do(stage, act, **what) -> None:
    """Everybody does it, within twenty seconds."""
    for count, person in enumerate(PEOPLE, 1):
        said = {name: value.format(person=person) for name, value in what.items()}
        await stage.driver.act(act, {"person": person, **said})
        if count % A_SECOND == 0:
            await stage.settle()
            await stage.pace()


async def everybody_writes(stage) -> None:
    """Sixty tickets, and three messages in each."""
    await all_do(stage, "say", text="/start")
    await all_do(stage, "tap", label="Talk to a person")
    await all_do(stage, "tap", label="Something else")
    for number in range(WORDS):
        await all_do(stage, "say", text=f"{{person}} says {number}")


def posted(stage) -> list:
    """What the agents' group got from the bot and nobody has deleted, oldest first."""
    return [message for message in stage.world.messages(stage.forum) if message.out and message.kind == "text"]


def calls(stage, *methods) -> list:
    """The calls of these methods that the group got, oldest first; of all methods where none is named."""
    found = [call for call in stage.world.journal.calls if str(call.params.get("chat_id")) == str(stage.forum)]
    return [call for call in found if not methods or call.method in methods]


@pytest.fixture(params=DRIVERS)
async def stage(request):
    async with Stage({"settings": {"topics_an_hour": 100}}, request.param) as made:
        for person in (*PEOPLE, LATE):
            made.world.acts.person(person, f"Person {person}", language_code="en")
        await made.driver.tune({"flood": "documented"})
        yield made


def texts(stage) -> list[tuple[int | None, str]]:
    """The same with its topic, as text."""
    return [(message.thread, message.content["text"]) for message in posted(stage)]


async def test_sixty_people_at_once_lose_no_word(stage):
    """Each has a topic, whose card is followed by their words, complete, once and in order; the oldest come first.

    What an agent does meanwhile is answered, and a card is changed only when nobody's words wait.
    """
    await everybody_writes(stage)
    oldest = await stage.thread(PEOPLE[0])
    claim = {"person": AGENTS[0], "chat": stage.forum, "thread": oldest, "text": "/claim"}
    await stage.driver.act("say", claim)
    await stage.settle()
    joined = stage.shown(PEOPLE[0])[-1].text
    while stage.app.outbox.waiting():
        await stage.wait(MINUTE)

    rows = await stage.db(lambda tx: watch.rows(tx, "tickets"))
    posts = await stage.db(lambda tx: watch.rows(tx, "outbox"))
    topics = {row["chat"]: [text for thread, text in texts(stage) if thread == row["thread"]] for row in rows}
    words = {person: [f"{person} says {number}" for number in range(WORDS)] for person in PEOPLE}
    came = {message.content["text"]: message.date for message in posted(stage)}
    waited = [came[own[0]] for own in words.values()]
    assert "Mira" in joined
    assert list(PEOPLE) == [row["chat"] for row in rows]
    assert len(PEOPLE) == len({row["thread"] for row in rows}) == len(calls(stage, "createForumTopic"))
    assert all(topics[row["chat"]][0].startswith(f"Ticket {row['number']}") for row in rows)
    assert words == {person: [text for text in said if "says" in text] for person, said in topics.items()}
    assert all(at <= min(waited[number:]) + MINUTE for number, at in enumerate(waited))
    assert waited[-1] > waited[0] + 5 * MINUTE
    changed = calls(stage, "editMessageText", "editForumTopic")
    assert calls(stage, "copyMessage")[-1].seq < changed[0].seq
    assert set() == {row["keys"] for row in posts if row["status"] in ("waiting", "failed")}
    assert [] == [call for call in calls(stage) if call.error_code == 429]


@pytest.mark.parametrize("stage", ["http"], indirect=True)
async def test_a_flood_wait_among_sixty_people_stalls_the_group_and_nobody_else(stage):
    """The group rests as long as it was told to, a newcomer is answered at once, and afterwards every word arrives."""
    await everybody_writes(stage)
    fault = {"method": "copyMessage", "kind": "error", "code": 429, "retry_after": STALL, "chat": stage.forum}
    await stage.driver.fault(fault)
    while not any(call.error_code for call in calls(stage)):
        await stage.wait(MINUTE)
    before = len(texts(stage))
    await stage.driver.act("say", {"person": LATE, "text": "/start"})
    await stage.settle()
    answered = [seen.text for seen in stage.shown(LATE)]
    told = next(call for call in calls(stage) if call.error_code)
    await stage.wait(told.at + (STALL - 1) * SECOND - stage.clock.now())
    rested = len(texts(stage))
    while stage.app.outbox.waiting():
        await stage.wait(MINUTE)

    assert ["Hello!"] == [text.partition(" ")[0] for text in answered]
    assert before == rested
    assert {f"{person} says {number}": 1 for person in PEOPLE for number in range(WORDS)} == Counter(
        text for _thread, text in texts(stage) if "says" in text
    )
