"""The bot in a process of its own, which can be killed at any instant and started again."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess

from bot.app import Application
from bot.clock import SystemClock
from bot.sandbox import Answer, NoAnswer, World
from bot.sandbox.journal import Journal
from bot.settings import Settings

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bot.app", "asyncpg"])
STARTING = frozenset({"getUpdates", "getMe", "setMyCommands", "deleteMyCommands", "setWebhook", "deleteWebhook"})
"""Calls at which nobody dies: all of them come while the bot starts, or carry updates only."""
SOCKETS = 50
"""Rounds of the event loop in which whatever lies in the sockets is read and answered."""
HASTE = 5
"""How much faster the bot's clock runs. A step that is open for five minutes still waits one."""
START = 0.25
"""Seconds within which a process that has just begun may already be killed again."""


class HastyClock:
    """Time that runs faster, so that nobody waits long for the messages that Telegram allows a minute."""

    def __init__(self, start: int) -> None:
        self._clock = SystemClock()
        self._start = start

    def now(self) -> int:
        return self._start + HASTE * (self._clock.now() - self._start)

    async def sleep(self, ms: int) -> None:
        await self._clock.sleep(ms // HASTE)

    def advance(self, ms: int) -> None:
        self._clock.advance(ms // HASTE)


def live(settings: Settings, start: int) -> None:
    """Run the bot until somebody kills the process."""
    logging.disable(logging.CRITICAL)

    async def forever() -> None:
        app = await Application.build(settings, clock=HastyClock(start))
        await app.start()
        await asyncio.Event().wait()

    from bot import log  # noqa: PLC0415 - in the child only

    log.configure("json", "CRITICAL")
    asyncio.run(forever())


class Bot:
    """One life after another of the same bot."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start = SystemClock().now()
        self._process: ForkServerProcess | None = None
        self.lives = 0

    def start(self) -> None:
        """Begin a life."""
        self.lives += 1
        self._process = _CONTEXT.Process(target=live, args=(self._settings, self._start), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """End it: SIGKILL, nothing is flushed, nobody is told."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._process = None


@dataclass
class Reaper:
    """Kills the bot at points drawn at random, until the given number of kills is reached.

    A point is a moment before a Bot API call is carried out, one between its being carried out and its answer, one
    some milliseconds after a person did something, or one while the bot starts.
    """

    bot: Bot
    kills: int
    dice: random.Random
    journal: Journal
    marks: list[int] = field(default_factory=list)
    """How many calls the journal held when the last request of each life had been carried out."""
    lost: int = 0
    """Kills between the carrying out of a call and its answer."""
    _left: int = 5
    _dead: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def done(self) -> bool:
        return len(self.marks) + self._dead >= self.kills

    def due(self) -> bool:
        """Whether this call is the one at which the bot dies."""
        self._left -= 1
        return self._left < 0 and not self.done and not self._dead

    def strike(self) -> None:
        """Kill, and start again; sometimes the new life is short."""
        if self.done or self._dead:
            return
        self._dead = True
        self.bot.kill()
        self._start(self._rise())

    async def _rise(self) -> None:
        # What the dead process had already sent still lies in the sockets: it belongs to its life.
        for _ in range(SOCKETS):
            await asyncio.sleep(0)
        self.marks.append(len(self.journal.calls))
        self._dead = False
        self._left = self.dice.randint(1, 25)
        self.bot.start()
        if self.dice.random() < 0.15:
            self.later(self.dice.uniform(0, START))

    def later(self, seconds: float) -> None:
        """Kill after so long."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            self.strike()

        self._start(wait())

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let no kill come later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class DeadlyWorld(World):
    """A Telegram in whose calls the bot may die."""

    reaper: Reaper | None = None

    async def call(self, token, method, params, files=None) -> Answer:
        reaper = self.reaper
        if reaper is None or method in STARTING or not reaper.due():
            return await super().call(token, method, params, files)
        if reaper.dice.random() < 0.3:
            reaper.strike()
            raise NoAnswer(stored=False)
        answer = await super().call(token, method, params, files)
        reaper.lost += 1
        reaper.strike()
        raise NoAnswer(stored=answer.ok)
