"""Sends what the turns have stored.

Rows of a lane leave in order, lanes side by side; only what may be coalesced, such as a card, lets more urgent ones
pass. A row stays until the other side has answered or refused; what could not be reached is tried again with growing
pauses. The worst that a kill can do is one repeated send a lane: that of a message whose answer was never recorded.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from bot.budget import Budget
from bot.busy import Busy
from bot.clock import DAY, MINUTE, SECOND
from bot.db import outbox
from bot.db.base import Db, Job, Tx
from bot.db.outbox import FAILURE, Post
from bot.errors import DatabaseDown, Flooded, Rejected, Undelivered, Unreachable
from bot.tools import Tools

T = TypeVar("T")
_log = structlog.get_logger(__name__)

_PAUSES = (SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE)
"""Pauses between tries; the last one repeats."""
PATIENCE = DAY
"""How long a message is tried; Telegram keeps undelivered updates as long (Bot API, getUpdates)."""

GONE = frozenset({"blocked", "deactivated", "chat_not_found", "kicked"})
"""Refusals that hold for everything in the lane."""


@dataclass(slots=True)
class After:
    """What recording an answer brought about: more posts, and lanes that have an event waiting."""

    posts: list[Post] = field(default_factory=list)
    woken: set[int] = field(default_factory=set)


class Carrier(Protocol):
    """Knows how to send the posts of one channel (``telegram``, ``sms``, ``email``)."""

    def costs(self, post: Post) -> bool:
        """Whether the post uses the chat's message budget."""
        ...

    def patience(self, post: Post) -> int:
        """Milliseconds after which an unreachable other side counts as a refusal."""
        ...

    async def send(self, post: Post) -> int | None:
        """Send it; the id the other side gave, if it gives one. Raises :class:`bot.errors.Undelivered`."""
        ...

    async def sent(self, tx: Tx, post: Post, answer: int | None, after: After) -> None:
        """Record what follows from the answer, in the transaction that marks the post as sent."""
        ...

    async def refused(self, tx: Tx, post: Post, reason: str, after: After) -> None:
        """Record what follows from a refusal for good."""
        ...


class Payer(Protocol):
    """Knows whose budget a post for the agents uses: they may have several groups."""

    async def __call__(self, tx: Tx, post: Post, /) -> int:
        """The group by its configured id."""
        ...


class Wake(Protocol):
    """Tells the lanes that something waits."""

    def __call__(self, lane: int, /) -> None:
        """Something waits for ``lane``."""
        ...


class Outbox:
    """The sender. ``carriers`` by channel; without ``payer`` a post uses the budget of the chat that it names."""

    def __init__(
        self,
        db: Db,
        tools: Tools,
        budget: Budget,
        busy: Busy,
        carriers: Mapping[str, Carrier],
        wake: Wake,
        payer: Payer | None = None,
    ) -> None:
        self._db = db
        self._tools = tools
        self._budget = budget
        self._busy = busy
        self.carriers = carriers
        self._wake = wake
        self._payer = payer
        self._lanes: dict[str, deque[Post]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._yielding: dict[str, asyncio.Future[bool]] = {}
        """Places in the budget's queue of posts that may be overtaken, by lane."""
        self._known: set[int] | None = None
        """While the table is being read: posts that this process has, or has just been done with."""
        self.repeats = 0
        """Sends tried again although the first try may have arrived."""

    async def load(self) -> None:
        """Take up what an earlier process, or another worker, has left to send."""
        # What is sent while the table is being read still looks as if it waited: it must not go out again.
        known = self._known = self._ids()
        posts, broken = await self._db.transact(lambda tx: outbox.waiting(tx, self._tools))
        for row in broken:
            _log.error("post cannot be opened and was put aside", row=row)
        known |= self._ids()
        self._known = None
        self.feed(post for post in posts if post.id not in known)

    def feed(self, posts: Iterable[Post]) -> None:
        """Take posts that have just been committed."""
        for post in posts:
            if post.held:
                continue
            lane = self._lanes.setdefault(post.lane, deque())
            if post.merge:
                for earlier in lane:
                    earlier.dropped = earlier.dropped or earlier.merge == post.merge
            lane.append(post)
            place = self._yielding.get(post.lane)
            if place is not None and not place.done():
                place.set_result(False)
            if post.lane not in self._tasks:
                self._busy.enter()
                self._tasks[post.lane] = asyncio.create_task(self._run(post.lane))

    def _ids(self) -> set[int]:
        return {post.id for lane in self._lanes.values() for post in lane}

    def waiting(self) -> int:
        """How many posts wait in this process."""
        return sum(len(lane) for lane in self._lanes.values())

    def oldest(self) -> float:
        """Age in seconds of the oldest post that waits in this process; 0 where none does."""
        now = self._tools.clock.now()
        made = min((post.made_at for lane in self._lanes.values() for post in lane if not post.dropped), default=now)
        return max(0, now - made) / SECOND

    async def stop(self) -> None:
        """Stop sending; what is not sent stays in the table."""
        self.kill()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._budget.stop()

    def kill(self) -> None:
        """Drop everything, as when the process is killed."""
        for task in self._tasks.values():
            task.cancel()

    async def _run(self, name: str) -> None:
        lane = self._lanes[name]
        try:
            while lane:
                post = _next(lane)
                if post.dropped or await self._one(post, lane):
                    lane.remove(post)
                    if self._known is not None:
                        self._known.add(post.id)
        finally:
            del self._tasks[name], self._lanes[name]
            self._busy.leave()

    async def _one(self, post: Post, lane: deque[Post]) -> bool:
        """Try to send; whether the post is done with."""
        carrier = self.carriers[post.channel]
        await self._until(post.due_at)
        if post.dropped:
            return True
        if carrier.costs(post) and not await self._place(post):
            return False
        try:
            answer = await carrier.send(post)
        except Flooded as flood:
            if carrier.costs(post):
                self._budget.pause(post.chat, flood.wait)
            return await self._later(post, flood, flood.wait)
        except Unreachable as error:
            if self._tools.clock.now() - post.made_at >= carrier.patience(post):
                return await self._refuse(post, carrier, "unreachable")
            self.repeats += error.sent
            post.twice = post.twice or error.sent
            self._tools.metrics.repeats.inc(error.sent)
            return await self._later(post, error, _PAUSES[min(post.tries, len(_PAUSES) - 1)])
        except DatabaseDown as down:  # what has to be read for it cannot be: no fault of the message
            return await self._later(post, down, _PAUSES[min(post.tries, len(_PAUSES) - 1)])
        except Rejected as refusal:
            if refusal.code in GONE:
                for other in [waiting for waiting in lane if waiting is not post]:
                    await self._refuse(other, carrier, refusal.code)
                    other.dropped = True
            return await self._refuse(post, carrier, refusal.code)
        except Exception:  # noqa: BLE001 - a fault of ours in making the message must not stop the lane behind it
            _log.exception("post cannot be made", kind=post.kind, row=post.id)
            return await self._refuse(post, carrier, "fault")
        return await self._record(post, carrier, answer)

    async def _place(self, post: Post) -> bool:
        """Wait for the chat's budget; False when something of the lane came meanwhile that may go first."""
        payer = self._payer
        if payer is not None and post.chat <= 0:
            post.chat = await self._stored(lambda tx: payer(tx, post))
        place: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if post.merge:
            self._yielding[post.lane] = place
        try:
            return await self._budget.take(post.chat, post.priority, place, post.id)
        finally:
            self._yielding.pop(post.lane, None)

    async def _until(self, moment: int) -> None:
        wait = moment - self._tools.clock.now()
        if wait > 0:
            with self._busy.waiting():
                await self._tools.clock.sleep(wait)

    async def _later(self, post: Post, error: Undelivered | DatabaseDown, wait: int) -> bool:
        self._count(post, "later")
        post.tries += 1
        post.due_at = self._tools.clock.now() + wait
        _log.warning("not sent yet", kind=post.kind, row=post.id, tries=post.tries, error=type(error).__name__)
        why = outbox.PERHAPS_SENT if post.twice else type(error).__name__
        await self._stored(lambda tx: outbox.later(tx, post, why))
        return False

    async def _record(self, post: Post, carrier: Carrier, answer: int | None) -> bool:
        async def job(tx: Tx) -> After:
            after = After()
            await outbox.sent(tx, self._tools, post, answer)
            await carrier.sent(tx, post, answer, after)
            return after

        self._count(post, "sent")
        if post.kind == "code":
            self._tools.metrics.codes.labels(post.channel).inc()
        self._follow(await self._stored(job))
        return True

    async def _refuse(self, post: Post, carrier: Carrier, reason: str) -> bool:
        self._count(post, "refused")
        self._tools.metrics.refusals.labels(post.channel, reason).inc()
        _log.warning("not sent", kind=post.kind, row=post.id, reason=reason)

        async def job(tx: Tx) -> After:
            after = After()
            await outbox.failed(tx, self._tools, post, reason)
            await carrier.refused(tx, post, reason, after)
            return after

        self._follow(await self._stored(job))
        return True

    def _count(self, post: Post, outcome: str) -> None:
        self._tools.metrics.sends.labels(post.channel, outcome).inc()

    def _follow(self, after: After) -> None:
        self.feed(after.posts)
        for lane in after.woken:
            self._wake(lane)

    async def _stored(self, job: Job[T]) -> T:
        """The job's result, however long the database is away: an answer once had must not be forgotten."""
        while True:
            try:
                return await self._db.transact(job)
            except DatabaseDown as down:
                _log.error("database down", error=str(down))
                with self._busy.waiting():
                    await self._tools.clock.sleep(_PAUSES[0])


def _next(lane: deque[Post]) -> Post:
    """Whose turn it is: the oldest; but what is only tidying up (``merge``) lets people's words and failures pass."""
    oldest = lane[0]
    if not oldest.merge or oldest.priority <= FAILURE:
        return oldest
    return next((post for post in lane if not post.merge and post.priority <= FAILURE), oldest)
