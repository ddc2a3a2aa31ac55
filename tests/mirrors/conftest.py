"""The whole product beside a double of another ticket system, driven through the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from mirror_doubles import DOUBLES, Double, Row

from bot.clock import ManualClock
from bot.db import watch
from bot.scripts.stage import USER, Stage

MIRA = 9001
LATER = 6_000
"""Milliseconds after which the timers have looked."""


class Scene:
    """A stage with a double, and what people do on it."""

    def __init__(self, stage: Stage, double: Double) -> None:
        self.stage, self.double = stage, double

    @property
    def twin(self) -> Row:
        """The newest ticket there."""
        return max(self.double.tickets.values(), key=lambda row: row.id)

    async def act(self, name: str, **fields) -> None:
        await self.stage.pace()
        await self.stage.driver.act(name, fields)
        await self.stage.settle()

    async def person(self, text: str) -> None:
        await self.act("say", person=USER, text=text)

    async def tap(self, label: str) -> None:
        await self.act("tap", person=USER, label=label)

    async def agent(self, text: str, who: int = MIRA) -> None:
        thread = await self.stage.thread(USER)
        await self.act("say", person=who, chat=self.stage.forum, thread=thread, text=text)

    async def ticket(self, *, another: bool = False) -> None:
        """The person asks for a human; ``another``: about something else than the ticket that was solved."""
        await self.person("/start")
        await self.tap("Talk to a person")
        if another:
            await self.tap("No, something new")
        await self.tap("Something else")

    async def later(self, ms: int = LATER) -> None:
        await self.stage.wait(ms)

    async def hook(self, signed: tuple[dict[str, str], bytes] | None = None) -> int:
        """The other system says that something happened; the status that it was answered with."""
        headers, body = signed or self.double.hook(self.twin)
        url = f"http://127.0.0.1:{self.stage.driver.server.port}/mirror/{self.double.kind}"
        async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            status = answer.status
        await self.stage.settle()
        return status

    def read(self) -> list[str]:
        """What the person has been told, the oldest first."""
        return [seen.text for seen in self.stage.shown(USER)]

    def topic(self) -> list[str]:
        """What the bot has written into the agents' group."""
        return [str(m.content.get("text", "")) for m in self.stage.world.messages(self.stage.forum) if m.out]

    async def rows(self, table: str) -> list[dict]:
        return await self.stage.db(lambda tx: watch.rows(tx, table))

    async def actions(self) -> list[str]:
        return await self.stage.db(watch.actions)


@pytest.fixture(params=sorted(DOUBLES))
async def double(request) -> AsyncIterator[Double]:
    made = DOUBLES[request.param](ManualClock(0))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def driver() -> str:
    """How the sandbox is reached."""
    return "inprocess"


@pytest.fixture
async def scene(double, driver) -> AsyncIterator[Scene]:
    async with Stage({"account": {"signed_in": True}}, driver, double.settings) as stage:
        double.clock = stage.clock
        yield Scene(stage, double)
