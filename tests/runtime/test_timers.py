"""Conversations whose time has run out: one event each, whatever happens around it."""

from __future__ import annotations

import asyncio
from types import MappingProxyType

import pytest

from bot.busy import Busy
from bot.clock import HOUR, MINUTE, SECOND
from bot.db import conversations, inbox, watch
from bot.errors import DatabaseDown
from bot.scripts.stage import Stage
from bot.timers import Timers
from conversations.engine import Snapshot

ANN = 7001


async def meets(db, tools, people) -> None:
    """People whose conversations fall due: chat, turn, and milliseconds from now or None."""

    async def job(tx) -> None:
        for chat, turn, wait in people:
            await conversations.meet(tx, tools, chat=chat, name="Pat", lang="en")
            snapshot = Snapshot("welcome", "home", 1, turn, MappingProxyType({}), None)
            due_at = None if wait is None else tools.clock.now() + wait
            await conversations.save(tx, tools, chat, snapshot, due_at=due_at, last_tap="", keyboard=False)

    await db.transact(job)


async def waiting(db, tools) -> dict[int, dict]:
    """What waits in the inbox, by lane."""
    lanes = await db.transact(inbox.waiting)
    return {lane: (await db.transact(lambda tx, at=lane: inbox.oldest(tx, tools, at))).payload for lane in lanes}


async def test_what_is_due_becomes_one_event_with_its_turn(db, tools, clock, policy):
    """Due means due: a millisecond early is too early, and the second look finds nothing."""
    await meets(db, tools, [(1, 4, MINUTE), (2, 9, MINUTE + 1), (3, 1, None)])
    woken: list[int] = []
    timers = Timers(db, tools, policy, Busy(), woken.append, list)
    found = [await timers.sweep()]
    clock.advance(MINUTE)
    found += [await timers.sweep(), await timers.sweep()]

    assert [0, 1, 0] == found
    assert [1] == woken
    assert {1: {"event": "Idle", "turn": 4}} == await waiting(db, tools)


async def test_two_workers_that_look_at_once_make_one_event(db, tools, clock, policy):
    """Chat and turn are the event's identity."""
    await meets(db, tools, [(1, 4, 0)])
    timers = [Timers(db, tools, policy, Busy(), lambda _lane: None, list) for _ in range(4)]

    await asyncio.gather(*(each.sweep() for each in timers))

    assert 1 == len(await db.transact(lambda tx: watch.rows(tx, "inbox")))


async def test_however_many_are_due_nobody_is_left_for_later(lite, tools, clock, policy):
    """More than one look takes in are all found at the same moment."""
    await meets(lite, tools, [(chat, 1, MINUTE) for chat in range(1, 451)])
    clock.advance(HOUR)
    busy, woken = Busy(), []
    timers = Timers(lite, tools, policy, busy, woken.append, list)
    timers.start()
    await asyncio.sleep(0)
    await busy.wait()
    await timers.stop()

    assert list(range(1, 451)) == sorted(woken)


async def test_a_database_that_is_away_does_not_end_the_looking(lite, tools, clock, policy):
    """It is looked again five seconds later."""

    class Flaky:
        away = True

        async def transact(self, job):
            if self.away:
                raise DatabaseDown("away")
            return await lite.transact(job)

    await meets(lite, tools, [(1, 1, 0)])
    busy, woken, flaky = Busy(), [], Flaky()
    timers = Timers(flaky, tools, policy, busy, woken.append, list)
    timers.start()
    await asyncio.sleep(0)
    await busy.wait()
    before = list(woken)
    flaky.away = False
    clock.advance(5 * SECOND)
    await asyncio.sleep(0)
    await busy.wait()
    await timers.stop()

    assert ([], [1]) == (before, woken)


# --- in the running bot -------------------------------------------------------------------------------------


@pytest.fixture
async def stage():
    """Ann, signed in, on a step that waits ten minutes for a code."""
    async with Stage({"account": {"email": "ann@example.com", "signed_in": True}}) as made:
        await made.driver.act("say", {"person": ANN, "text": "/start"})
        for label in ("Account security", "Mobile phone", "Set", "Email code"):
            await made.pace()
            await made.driver.act("tap", {"person": ANN, "label": label})
            await made.settle()
        made.journal.clear()
        yield made


def seen(stage) -> list[str]:
    return [key for each in stage.journal if each.chat == ANN for key in each.keys]


async def test_an_event_that_comes_after_the_person_has_moved_on_does_nothing(stage):
    """Time ran out for another turn: the present step stands as it was."""
    before = await stage.db(lambda tx: conversations.load(tx, stage.app.tools, ANN))
    stale = {"event": "Idle", "turn": before.snapshot.turn - 1}
    await stage.db(lambda tx: inbox.put(tx, stage.app.tools, source="timer", key="x", lane=ANN, payload=stale))
    stage.app.lanes.wake(ANN)
    await stage.settle()

    assert before == await stage.db(lambda tx: conversations.load(tx, stage.app.tools, ANN))
    assert [] == seen(stage)


async def test_what_fell_due_while_nobody_ran_happens_at_the_start(stage):
    """An hour of downtime: the step is over, and its person is told once."""
    stage.clock.advance(HOUR)
    await stage.restart(kill=True)
    await stage.wait(MINUTE)

    assert ["everywhere/idle", "welcome/home"] == seen(stage)
