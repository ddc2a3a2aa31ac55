"""How fast the bot may speak: a burst and then a steady pace, each chat for itself and all of them together."""

from __future__ import annotations

import asyncio

import pytest

from bot import budget as budgets
from bot.budget import Budget
from bot.busy import Busy
from bot.clock import MINUTE, SECOND
from bot.db.outbox import RELAY


class Speakers:
    """Many who want to send at once; ``moments`` tells how long after the beginning each may."""

    def __init__(self, clock, per_second=1000) -> None:
        self.clock = clock
        self.budget = Budget(clock, Busy(), per_second)
        self.moments: list[tuple[int, int]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._began = clock.now()

    def want(self, chat, count=1) -> None:
        self._tasks += [asyncio.create_task(self._take(chat)) for _ in range(count)]

    async def _take(self, chat) -> None:
        await self.budget.take(chat, RELAY)
        self.moments.append((chat, self.clock.now() - self._began))

    async def all(self) -> list[tuple[int, int]]:
        """Let time pass from one sleeper to the next until everybody has had a turn."""
        await self.now()
        while (due := self.clock.next_due()) is not None:
            self.clock.advance(due - self.clock.now())
            await self.now()
        await asyncio.gather(*self._tasks)
        return self.moments

    async def now(self) -> None:
        """Return once nobody has had a turn for some rounds of the loop."""
        before = -1
        while before < len(self.moments):
            before = len(self.moments)
            for _ in range(6):
                await asyncio.sleep(0)

    def of(self, chat) -> list[int]:
        return [moment for who, moment in self.moments if who == chat]


async def test_a_private_chat_gets_a_burst_and_then_one_a_second(clock):
    """Fifteen at once: twelve leave, the rest a second apart."""
    speakers = Speakers(clock)
    speakers.want(1, 15)

    assert [0] * 12 + [SECOND, 2 * SECOND, 3 * SECOND] == [moment for _, moment in await speakers.all()]


async def test_a_burst_comes_back_at_the_pace_of_the_bucket(clock):
    """After five quiet seconds five more may leave at once, and after any length of quiet never more than twelve."""
    for quiet, burst in ((5 * SECOND, 5), (MINUTE, 12)):
        speakers = Speakers(clock)
        speakers.want(1, 12)
        await speakers.all()
        clock.advance(quiet)
        speakers.moments.clear()
        speakers.want(1, 20)
        await speakers.now()

        assert burst == len(speakers.moments)
        await speakers.budget.stop()


@pytest.mark.parametrize("per_second", [1, 30, 200])
async def test_all_chats_together_keep_to_the_overall_pace(clock, per_second):
    """Three seconds' worth over many chats: the first second's leaves at once, the rest evenly after it."""
    speakers = Speakers(clock, per_second)
    for chat in range(1, 3 * per_second + 1):
        speakers.want(chat)
    moments = [moment for _, moment in await speakers.all()]

    assert [0] * per_second == moments[:per_second]
    assert 2 * SECOND == moments[-1]
    assert all(sum(start <= at < start + SECOND for at in moments[per_second:]) <= per_second for start in moments)


async def test_a_chat_that_has_used_up_its_own_leaves_the_others_theirs(clock):
    """Who waits for a chat's own bucket holds nobody else up."""
    speakers = Speakers(clock)
    speakers.want(1, 20)
    speakers.want(2, 3)
    await speakers.all()

    assert 8 * SECOND == speakers.of(1)[-1]
    assert [0, 0, 0] == speakers.of(2)


async def test_a_chat_that_was_told_to_wait_waits_alone(clock):
    """A pause is kept to the millisecond, a shorter one does not end it, and it costs the others nothing."""
    speakers = Speakers(clock)
    speakers.budget.pause(1, 7 * SECOND)
    speakers.budget.pause(1, 2 * SECOND)
    speakers.want(1, 2)
    speakers.want(2)

    await speakers.all()

    assert [7 * SECOND, 7 * SECOND] == speakers.of(1)
    assert [0] == speakers.of(2)


async def test_chats_at_rest_are_forgotten_and_those_that_must_wait_are_not(clock, monkeypatch):
    """What is remembered is bounded, and nobody gets a fresh burst or loses a pause by it."""
    monkeypatch.setattr(budgets, "_IDLE_CHATS", 10)
    speakers = Speakers(clock)
    speakers.budget.pause(1, MINUTE)
    speakers.want(2, 12)
    for chat in range(100, 150):
        speakers.want(chat)
    await speakers.now()
    clock.advance(SECOND)
    speakers.want(1)
    speakers.want(2, 2)
    await speakers.all()

    assert [MINUTE] == speakers.of(1)
    assert [0] * 12 + [SECOND, 2 * SECOND] == speakers.of(2)
    assert 60 > len(speakers.budget._lines)
