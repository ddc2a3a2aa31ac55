"""Delivery of updates to a webhook (``platform.md`` 2.3).

Updates of one lane go in order; lanes go in parallel up to ``max_connections``. A refused update is tried
again at once, then after 2, 4, 8 ... seconds up to a minute or two, until it expires; ``Retry-After`` is
honoured up to an hour.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from bot.clock import HOUR, SECOND
from bot.sandbox import ids

if TYPE_CHECKING:
    from bot.sandbox.state import QueuedUpdate
    from bot.sandbox.world import World

Json = dict[str, Any]

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
GONE_AFTER: Final = 23 * HOUR
"""A webhook that answers 410 for this long is removed."""
_NOT_BY_WEBHOOK: Final = ("get", "setwebhook", "deletewebhook", "close", "logout")


@dataclass(frozen=True, slots=True)
class Reply:
    """A webhook's answer; ``retry_after`` in seconds."""

    status: int
    body: str = ""
    retry_after: int = 0


Post = Callable[[str, str, dict[str, str]], Awaitable[Reply]]
"""Posts a JSON text with headers to a URL; raises ``OSError`` when nobody answers."""


async def post_over_http(url: str, body: str, headers: dict[str, str]) -> Reply:
    """Post over HTTP, following no redirects, as Telegram."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
            session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as response,
        ):
            wait = response.headers.get("Retry-After", "")
            return Reply(response.status, await response.text(), int(wait) if wait.isdigit() else 0)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(str(error) or type(error).__name__) from error


class Webhooks:
    """Posts what waits, while a webhook is set."""

    def __init__(self, world: World, post: Post) -> None:
        self._world = world
        self._post = post
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._gone_since: int | None = None
        self.note = ""
        self.set_at = 0

    def wake(self) -> None:
        """Start a delivery for every lane that has something and is idle."""
        webhook = self._world.state.webhook
        if webhook is None:
            return
        for queued in self._world.updates.pop_repeats():
            self._start(f"again:{queued.id}", queued)
        for queued in list(self._world.updates.pending):
            if len(self._tasks) >= webhook.max_connections:
                return
            self._start(queued.lane, queued)

    async def close(self) -> None:
        """Stop every delivery and wait until it has stopped."""
        tasks = list(self._tasks.values())
        self.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cancel(self) -> None:
        """Tell every delivery to stop."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _start(self, lane: str, queued: QueuedUpdate) -> None:
        if lane not in self._tasks:
            self._tasks[lane] = asyncio.get_running_loop().create_task(self._deliver(lane, queued))

    async def _deliver(self, lane: str, queued: QueuedUpdate) -> None:
        try:
            attempt = 0
            while self._world.state.webhook is not None:
                wait = await self._attempt(queued, attempt)
                if wait is None:
                    break
                if self._world.clock.now() + wait >= queued.expires:
                    self._world.updates.confirmed(queued)
                    break
                await self._world.clock.sleep(wait)
                attempt += 1
        finally:
            if self._tasks.get(lane) is asyncio.current_task():
                del self._tasks[lane]
        self.wake()

    async def _attempt(self, queued: QueuedUpdate, attempt: int) -> int | None:
        """Post once; None when it is done, else the milliseconds until the next try."""
        world = self._world
        webhook = world.state.webhook
        if webhook is None:
            return None
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        try:
            reply = await self._post(webhook.url, queued.raw, headers)
        except OSError as error:
            reply, problem = Reply(0), f"Connection failed: {error}"
        else:
            problem = f"Wrong response from the webhook: {reply.status}"
        if 200 <= reply.status < 300:
            self._gone_since = None
            twice = world.updates.confirmed(queued)
            await self._answer(reply.body)
            if twice:
                with suppress(OSError):
                    await self._post(webhook.url, queued.raw, headers)
            world.touch()
            return None
        now = world.clock.now()
        webhook.last_error, webhook.last_error_at = problem, now
        world.touch()
        if reply.status == 410:
            self._gone_since = now if self._gone_since is None else self._gone_since
            if now - self._gone_since >= GONE_AFTER:
                world.state.webhook = None
                return None
        else:
            self._gone_since = None
        return self._back_off(queued, attempt, reply.retry_after)

    def _back_off(self, queued: QueuedUpdate, attempt: int, retry_after: int) -> int:
        if retry_after:
            return min(retry_after * SECOND, HOUR)
        if attempt == 0:
            return 0
        cap = 60 + int(ids.number(self._world.state.seed, "back-off", queued.id)) % 61
        return min(1 << min(attempt, 10), cap) * SECOND

    async def _answer(self, body: str) -> None:
        """Run the method a webhook put into its answer; its result is not reported."""
        try:
            call = json.loads(body)
        except ValueError:
            return
        if not isinstance(call, dict) or not isinstance(call.get("method"), str):
            return
        method = call.pop("method")
        if not method.lower().startswith(_NOT_BY_WEBHOOK):
            await self._world.call(self._world.state.token, method, call)
