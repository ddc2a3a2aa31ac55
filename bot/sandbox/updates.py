"""The bot's queue of updates and getUpdates (``platform.md`` 2.2)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from bot.clock import DAY, SECOND
from bot.sandbox.errors import ApiError
from bot.sandbox.state import QueuedUpdate

if TYPE_CHECKING:
    from bot.sandbox.world import World

Json = dict[str, Any]

KINDS: Final = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
)
NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LIFE: Final = {"callback_query": 150 * SECOND}
"""How long an update waits for the bot; a day when not named here."""
CAPACITY: Final = 100_000
STALE_OFFSET: Final = 10
"""An offset this far beyond the newest update is taken for a stale one and ignored."""
_WEBHOOK_ACTIVE: Final = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
_OTHER_POLL: Final = "terminated by other getUpdates request; make sure that only one bot instance is running"


class Updates:
    """Queues updates until the bot confirms or misses them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._poll: asyncio.Future[str] | None = None
        self._repeats: list[QueuedUpdate] = []
        self._doubled: set[int] = set()
        self._last_poll = (0, 0)
        self._next_expiry = 0

    # -- in -------------------------------------------------------------------------------------------------

    def push(self, kind: str, body: Json, lane: str) -> int | None:
        """Queue an update for the bot.

        Args:
            kind: the field of the Bot API's Update.
            body: its value.
            lane: updates of the same lane are posted to a webhook in order.

        Returns:
            Its id, or None when the bot did not ask for this kind or its queue is full.
        """
        if not self.wanted(kind) or len(self._world.state.updates) >= CAPACITY:
            return None
        return self.push_raw({kind: body}, lane, LIFE.get(kind, DAY))

    def push_raw(self, update: Json, lane: str, life: int = DAY) -> int:
        """Queue any JSON object as an update, with an ``update_id`` when it has none; return the id."""
        state = self._world.state
        given = update.get("update_id")
        number = given if isinstance(given, int) else state.next_update_id
        state.next_update_id = max(state.next_update_id, number + 1) if number > 0 else state.next_update_id
        if given is None:
            update = {"update_id": number, **update}
        raw = json.dumps(update, ensure_ascii=False)
        queued = QueuedUpdate(number, raw, self._world.clock.now() + life, lane)
        if self._world.faults.take("update"):
            self._doubled.add(number)
        self._queue(queued)
        return number

    def again(self) -> int | None:
        """Deliver the newest update once more; return its id, or None when there never was one."""
        newest = self._world.state.newest_update
        if newest is None:
            return None
        self._repeats.append(newest)
        self._wake()
        return newest.id

    def _queue(self, queued: QueuedUpdate) -> None:
        state = self._world.state
        state.updates.append(queued)
        state.newest_update = queued
        self._next_expiry = min(self._next_expiry or queued.expires, queued.expires)
        self._wake()

    def _wake(self) -> None:
        self._world.touch()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result("")
        self._world.webhooks.wake()

    # -- what is wanted -------------------------------------------------------------------------------------

    def wanted(self, kind: str) -> bool:
        """Whether the bot asked for this kind, by the last ``allowed_updates`` it gave."""
        allowed = self._world.state.allowed_updates
        return kind in allowed if allowed else kind not in NOT_BY_DEFAULT

    def allow(self, names: Any) -> None:
        """Remember ``allowed_updates``: None keeps what was, unknown names count for nothing."""
        if isinstance(names, list):
            self._world.state.allowed_updates = [name for name in KINDS if name in names]

    # -- out ------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> list[QueuedUpdate]:
        """What waits and has not expired."""
        state, now = self._world.state, self._world.clock.now()
        if self._next_expiry and now >= self._next_expiry:
            state.updates = [queued for queued in state.updates if queued.expires > now]
            self._next_expiry = min((queued.expires for queued in state.updates), default=0)
        return state.updates

    def take(self) -> list[Json]:
        """Everything that waits, confirmed at once: for callers in the same process."""
        taken = [*self.pop_repeats(), *self.pending]
        doubled = [queued for queued in taken if queued.id in self._doubled]
        self._doubled.clear()
        self.drop_all()
        return [json.loads(queued.raw) for queued in taken + doubled]

    async def get(self, offset: int, limit: int, seconds: int) -> list[Json]:
        """Run getUpdates.

        Args:
            offset: confirms everything below it; negative keeps only that many of the newest.
            limit: 1 to 100 updates.
            seconds: of real time to wait for one.

        Raises:
            ApiError: 409 when a webhook is set or another getUpdates takes over.
        """
        world = self._world
        if world.state.webhook is not None:
            raise ApiError(409, _WEBHOOK_ACTIVE)
        now = world.clock.now()
        if world.state.settings.paced_polling and offset == self._last_poll[0]:
            passed = now - self._last_poll[1]
            seconds = max(seconds, 3) if passed < 3 * SECOND else seconds
            limit = 1 if passed < SECOND // 2 else limit
        self._last_poll = (offset, now)
        self._confirm(offset)
        found = self._head(limit)
        if not found and seconds > 0:
            await self._wait(seconds)
            found = self._head(limit)
        return [json.loads(queued.raw) for queued in found]

    def pop_repeats(self) -> list[QueuedUpdate]:
        """Updates to deliver once more, which are forgotten by this."""
        repeats, self._repeats = self._repeats, []
        return repeats

    def confirmed(self, queued: QueuedUpdate) -> bool:
        """Forget a delivered update; whether it is to be delivered a second time."""
        if queued in self._world.state.updates:
            self._world.state.updates.remove(queued)
        if queued.id in self._doubled:
            self._doubled.discard(queued.id)
            return True
        return False

    def drop_all(self) -> None:
        """Forget everything that waits."""
        self._world.state.updates.clear()
        self._next_expiry = 0
        self._world.touch()

    def terminate(self, reason: str) -> None:
        """Answer a waiting getUpdates with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(reason)

    def _head(self, limit: int) -> list[QueuedUpdate]:
        return [*self.pop_repeats(), *self.pending[:limit]]

    def _confirm(self, offset: int) -> None:
        state = self._world.state
        if offset < 0:
            keep = self.pending[offset:]
            gone = state.updates[: len(state.updates) - len(keep)]
        elif 0 < offset <= state.next_update_id + STALE_OFFSET:
            gone = [queued for queued in state.updates if queued.id < offset]
        else:
            return
        if not gone:
            return
        repeated = [queued for queued in gone if queued.id in self._doubled]
        self._doubled.difference_update(queued.id for queued in repeated)
        self._repeats.extend(repeated)
        ids = {queued.id for queued in gone}
        state.updates = [queued for queued in state.updates if queued.id not in ids]
        self._world.touch()

    async def _wait(self, seconds: int) -> None:
        self.terminate(_OTHER_POLL)
        self._poll = future = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                reason = await future
        except TimeoutError:
            return
        finally:
            if self._poll is future:
                self._poll = None
        if reason:
            raise ApiError(409, reason)
