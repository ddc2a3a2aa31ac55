"""Chats side by side, each in order: what a lane does with its turns, whatever they do."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from bot.busy import Busy
from bot.clock import SECOND
from bot.db import inbox, watch
from bot.errors import DatabaseDown, SealBroken
from bot.lanes import Lanes
from bot.turn import TRIES, Outcome, TurnFailed, Turns
from conversations.flows import BOOK


class Db:
    """A database that is away as often as it is told, and counts the transactions under way."""

    def __init__(self) -> None:
        self.away = 0
        self.under_way = self.most = 0

    async def transact(self, job):
        if self.away:
            self.away -= 1
            raise DatabaseDown("away")
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await job(None)
        finally:
            self.under_way -= 1


class Script:
    """Turns that do what the test says: a lane's entries are names, gates to wait at, or errors to raise."""

    def __init__(self) -> None:
        self.waiting: dict[int, list] = defaultdict(list)
        self.done: list = []
        self.noted: list[int] = []
        self.wakes: set[int] = set()
        self.breaks = lambda _error: None

    async def run(self, _tx, lane) -> Outcome:
        entries = self.waiting[lane]
        if not entries:
            return Outcome(ran=False)
        entry = entries[0]
        if isinstance(entry, Exception):
            self.breaks(entry)
            raise TurnFailed(inbox.Item(lane, lane, "x", {}, 0, 0), []) from entry
        if isinstance(entry, asyncio.Event):
            await entry.wait()
        entries.remove(entry)
        self.done.append((lane, entry))
        woken, self.wakes = self.wakes, set()
        return Outcome(posts=[f"post of {entry}"], woken=woken, more=bool(entries))

    async def failed(self, _tx, failure) -> Outcome:
        self.noted.append(failure.item.lane)
        self.waiting[failure.item.lane].pop(0)
        return Outcome(posts=["post of failure"], more=True, aside=True)


class Play:
    def __init__(self, tools) -> None:
        self.db, self.turns, self.busy, self.sent = Db(), Script(), Busy(), []
        self.lanes = Lanes(self.db, self.turns, tools, self.busy, self.sent.extend)

    def give(self, lane, *entries) -> None:
        self.turns.waiting[lane] += entries
        self.lanes.wake(lane)

    async def until_still(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0)


@pytest.fixture
def play(tools):
    return Play(tools)


async def test_a_chat_goes_in_order_and_does_not_wait_for_another(play):
    """While one chat's turn takes its time, the other's three are done; then the first goes on in its own order."""
    gate = asyncio.Event()
    play.give(1, gate, "a2", "a3")
    play.give(2, "b1", "b2", "b3")
    await play.until_still()
    meanwhile = list(play.turns.done)
    gate.set()
    await play.busy.wait()

    assert [(2, "b1"), (2, "b2"), (2, "b3")] == meanwhile
    assert [(1, gate), (1, "a2"), (1, "a3")] == play.turns.done[3:]


async def test_two_turns_of_a_chat_are_never_under_way_together(play):
    """However often a chat is woken, the second turn begins when the first has ended; none is forgotten."""
    gate = asyncio.Event()
    play.give(1, gate)
    await play.until_still()
    for name in ("b", "c"):
        play.give(1, name)
    await play.until_still()
    both = play.db.most
    gate.set()
    await play.busy.wait()

    assert 1 == both
    assert [(1, gate), (1, "b"), (1, "c")] == play.turns.done


async def test_so_many_turns_at_once_and_no_more(play):
    """A flood of chats does not pile up in memory: 32 turns are under way, and the others come after them."""
    gate = asyncio.Event()
    for lane in range(1, 41):
        play.give(lane, gate)
    await play.until_still()
    under_way = play.db.under_way
    gate.set()
    await play.busy.wait()

    assert (32, 32, 40) == (under_way, play.db.most, len(play.turns.done))


async def test_posts_leave_after_the_commit_and_woken_lanes_run(play):
    """What a turn left to be sent is handed over, and a lane that it gave an event to has its turn."""
    play.turns.waiting[7] = ["event"]
    play.turns.wakes = {7}
    play.give(1, "a")
    await play.busy.wait()

    assert [(1, "a"), (7, "event")] == play.turns.done
    assert ["post of a", "post of event"] == play.sent


async def test_a_failed_turn_is_noted_and_the_rest_of_the_lane_goes_on(play, tools):
    """The note has its own transaction, its posts leave, and the figures tell."""
    play.give(1, ValueError("poison"), "next")
    await play.busy.wait()

    assert [1] == play.turns.noted
    assert [(1, "next")] == play.turns.done
    assert ["post of failure", "post of next"] == play.sent
    counted = [
        tools.metrics.registry.get_sample_value("phonedesk_turns_total", {"outcome": outcome})
        for outcome in ("done", "failed", "aside")
    ]
    assert [1, 1, 1] == counted


async def test_while_the_database_is_away_a_lane_rests_and_loses_nothing(play, clock):
    """One try a second of the clock; whoever waits for the bot to be idle is not kept waiting by it."""
    play.db.away = 2
    play.give(1, "a", "b")
    await play.until_still()
    tries = [play.db.away]
    assert play.busy.idle
    for _ in range(2):
        clock.advance(SECOND)
        await play.until_still()
        tries.append(play.db.away)

    assert [1, 0, 0] == tries
    assert [(1, "a"), (1, "b")] == play.turns.done


async def test_a_failure_that_could_not_be_noted_is_met_again(play, clock):
    """The database goes away between the failed turn and its note: the turn is run, and fails, once more."""
    play.turns.breaks = lambda _error: setattr(play.db, "away", 1)
    play.give(1, ValueError("poison"), "next")
    await play.until_still()
    noted = list(play.turns.noted)
    play.turns.breaks = lambda _error: None
    clock.advance(SECOND)
    await play.until_still()

    assert [] == noted
    assert [1] == play.turns.noted
    assert [(1, "next")] == play.turns.done


async def test_stopping_lets_a_turn_end_and_begins_no_other_lane(play):
    """A turn that has begun is committed, posts and all."""
    gate = asyncio.Event()
    play.give(1, gate)
    await play.until_still()
    stopping = asyncio.create_task(play.lanes.stop())
    await play.until_still()
    ended = stopping.done()
    gate.set()
    await stopping

    assert not ended
    assert [(1, gate)] == play.turns.done
    assert 1 == len(play.sent)


# --- with the real turns ------------------------------------------------------------------------------------


async def test_a_row_that_cannot_be_opened_is_put_aside_and_its_chat_is_told(lite, tools):
    """Bytes that were altered fail like any other poison: three tries, then the chat is told, and the lane goes on."""
    turns = Turns(tools, None, BOOK, None, lambda raw: raw)  # neither policy nor renderer is reached

    async def altered(tx) -> None:
        await inbox.put(tx, tools, source="telegram", key="1", lane=5, payload={"update": {}})
        await tx.run("UPDATE inbox SET payload = $1", bytes(40))

    await lite.transact(altered)
    causes = []
    for _ in range(TRIES):
        failure = await failing(lite, turns)
        causes.append(type(failure.__cause__))
        outcome = await lite.transact(lambda tx, failure=failure: turns.failed(tx, failure))
    left = await lite.transact(lambda tx: inbox.oldest(tx, tools, 5))
    rows = await lite.transact(lambda tx: watch.rows(tx, "inbox"))

    assert [SealBroken] * TRIES == causes
    assert outcome.aside
    assert {"event": "Failed", "fields": {}} == left.payload
    assert ["SealBroken", None] == [row["error"] for row in rows]


async def failing(db, turns) -> TurnFailed:
    with pytest.raises(TurnFailed) as caught:
        await db.transact(lambda tx: turns.run(tx, 5))
    return caught.value
