"""Time is an event: what falls due is looked for here, and nowhere else.

A conversation whose time has run out gets an ``Idle`` through the same inbox as everything else; a hold whose time is
over is told to its person, a recovery that nobody went on with ends, and what was written of a ticket goes to its twin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from bot import alarms, notices, retention, rights, webhooks
from bot.busy import Busy
from bot.clock import HOUR, MINUTE, SECOND
from bot.context import Policy
from bot.db import conversations, due, freezes, holds, inbox, recoveries
from bot.db.base import Db, Tx
from bot.db.outbox import Post
from bot.desk import digest, standing
from bot.errors import DatabaseDown
from bot.mirrors import posts
from bot.tools import Tools

_log = structlog.get_logger(__name__)
_EVERY = 5 * SECOND
"""How often due conversations are looked for; the shortest time a state gives is five minutes."""

_GUESSES_EVERY = MINUTE
"""How often is looked how much is guessed at."""
_FORGET_EVERY = HOUR
"""How often is looked for what has lived its time."""


class Timers:
    """Looks for due conversations and puts an event for each into the inbox."""

    def __init__(
        self,
        db: Db,
        tools: Tools,
        policy: Policy,
        busy: Busy,
        wake: Callable[[int], None],
        send: Callable[[Iterable[Post]], None],
    ) -> None:
        self._db = db
        self._tools = tools
        self._policy = policy
        self._busy = busy
        self._wake = wake
        self._send = send
        self._task: asyncio.Task[None] | None = None
        self._forget_at = 0
        self._guesses_at = 0
        self._sweeps: Mapping[str, Callable[[], Awaitable[int]]] = {
            "conversation": self.sweep,
            "digest": self.post_digest,
            "erasure": self.erase,
            "hold": self.end_holds,
            "recovery": self.end_recoveries,
            "ticket": self.look_at_tickets,
            "mirror": self.mirror,
        }

    def start(self) -> None:
        """Begin looking."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> bool:
        """Look once, and do what is due; whether anything was done."""
        kinds = await self._db.transact(lambda tx: due.now(tx, self._tools.clock.now()))
        return any([await self._sweeps[kind]() for kind in sorted(kinds)])

    async def sweep(self) -> int:
        """Turn what is due now into events; how many."""

        async def job(tx: Tx) -> list[int]:
            late = await conversations.due(tx, self._tools.clock.now())
            for chat, turn in late:
                await inbox.put(tx, self._tools, source="timer", key=f"{chat}:{turn}", lane=chat,
                                payload={"event": "Idle", "turn": turn})  # fmt: skip
                await conversations.undue(tx, chat, turn)
            return [chat for chat, _turn in late]

        chats = await self._db.transact(job)
        for chat in chats:
            self._wake(chat)
        return len(chats)

    async def end_recoveries(self) -> int:
        """End the recoveries whose time is over; how many."""
        chats = await self._db.transact(lambda tx: recoveries.take_expired(tx, self._tools))
        for chat in chats:
            self._wake(chat)
        return len(chats)

    async def look_at_tickets(self) -> int:
        """Do what time has brought for tickets; how many were looked at."""
        count, after = await self._db.transact(lambda tx: standing.look(tx, self._tools, self._policy))
        self._send(after.posts)
        for chat in after.woken:
            self._wake(chat)
        return count

    async def mirror(self) -> int:
        """Let the other system hear of tickets of which something was written; how many."""
        if not self._policy.mirror:
            return 0
        count, found = await self._db.transact(lambda tx: posts.due(tx, self._tools))
        self._send(found)
        return count

    async def erase(self) -> int:
        """Erase the data of whoever wished it, once their day has come; how many wishes were looked at."""
        count, after = await self._db.transact(lambda tx: rights.carry_out(tx, self._tools, self._policy))
        self._send(after.posts)
        return count

    async def forget(self) -> None:
        """Forget what has lived its time."""
        self._send(await retention.forget(self._db, self._tools, self._policy))

    async def post_digest(self) -> int:
        """Tell the agents how the day's work is handed over; how often."""
        posts = await self._db.transact(lambda tx: digest.post(tx, self._tools, self._policy))
        self._send(posts)
        return len(posts)

    async def watch_guesses(self) -> None:
        """Let the operators know if more is guessed at than people mistype."""
        self._send(await self._db.transact(lambda tx: alarms.guessing(tx, self._tools, self._policy)))

    async def end_holds(self) -> int:
        """Tell that holds are over; how many."""
        tools, policy = self._tools, self._policy

        async def job(tx: Tx) -> tuple[int, list[Post]]:
            ended = await holds.take_ended(tx, tools)
            told: list[Post] = []
            for hold in ended:
                told += await webhooks.put(tx, tools, policy, "hold.ended", hold.account, until=hold.until)
                told += await notices.announce(
                    tx, tools, policy, "hold_ended", account=hold.account, chat=hold.chat, lang=hold.lang,
                    params={"frozen": await freezes.since(tx, hold.account) is not None},
                )  # fmt: skip
            return len(ended), told

        count, told = await self._db.transact(job)
        self._send(told)
        return count

    async def _run(self) -> None:
        while True:
            with self._busy.working():
                try:
                    while await self.look():
                        pass
                    if self._tools.clock.now() >= self._guesses_at:
                        await self.watch_guesses()
                        self._guesses_at = self._tools.clock.now() + _GUESSES_EVERY
                    if self._tools.clock.now() >= self._forget_at:
                        await self.forget()
                        self._forget_at = self._tools.clock.now() + _FORGET_EVERY
                except DatabaseDown as down:
                    _log.error("database down", error=str(down))
            await self._tools.clock.sleep(_EVERY)
