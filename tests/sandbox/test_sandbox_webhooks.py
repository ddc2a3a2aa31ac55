from __future__ import annotations

import asyncio
import json
from typing import Any

from sandbox_play import ANN, KWAME, Play

from bot.clock import DAY, HOUR, ManualClock
from bot.sandbox import Fault, World
from bot.sandbox.webhooks import Reply


class Hook:
    """A webhook that answers as it is told and remembers what came."""

    def __init__(self, *replies: Reply | OSError) -> None:
        self.replies = list(replies)
        self.seen: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.hold: asyncio.Event | None = None

    async def __call__(self, _url: str, body: str, headers: dict[str, str]) -> Reply:
        self.seen.append((json.loads(body), headers))
        if self.hold is not None:
            await self.hold.wait()
        reply = self.replies.pop(0) if self.replies else Reply(200)
        if isinstance(reply, OSError):
            raise reply
        return reply

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update, _ in self.seen if "message" in update]


async def hooked(hook: Hook, **params: Any) -> Play:
    play = Play()
    state = play.world.state
    play.world = World(play.clock, state=state, post=hook)
    play.acts = play.world.acts
    await play.ok("setWebhook", url="http://127.0.0.1:9/hook", **params)
    return play


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_updates_are_posted_with_the_secret() -> None:
    """Body and headers are Telegram's."""
    hook = Hook()
    play = await hooked(hook, secret_token="s3cret")
    play.acts.say(ANN, "hello")
    await settle()
    [(update, headers)] = hook.seen

    assert sorted(update) == ["message", "update_id"]
    assert headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    assert headers["Content-Type"] == "application/json"
    assert play.world.updates.pending == []


async def test_a_refused_update_is_tried_again_with_growing_waits() -> None:
    """At once, then after 2, 4, 8 seconds; the error shows in getWebhookInfo."""
    hook = Hook(Reply(500), OSError("refused"), Reply(403), Reply(200))
    play = await hooked(hook)
    play.acts.say(ANN, "hello")
    await settle()
    assert len(hook.seen) == 2
    assert (await play.ok("getWebhookInfo"))["last_error_message"] == "Connection failed: refused"
    play.clock.advance(2_000)
    await settle()
    assert len(hook.seen) == 3
    play.clock.advance(3_999)
    await settle()
    assert len(hook.seen) == 3
    play.clock.advance(1)
    await settle()

    assert len(hook.seen) == 4
    assert play.world.updates.pending == []


async def test_lanes_are_in_order_and_apart() -> None:
    """One chat's next update waits for its last one; another chat's does not."""
    hook = Hook()
    hook.hold = asyncio.Event()
    play = await hooked(hook)
    play.acts.say(ANN, "one")
    play.acts.say(ANN, "two")
    play.acts.start(KWAME)
    await settle()
    assert hook.texts == ["one", "/start"]
    hook.hold.set()
    await settle()

    assert hook.texts == ["one", "/start", "two"]


async def test_retry_after_is_honoured_and_expiry_ends_it() -> None:
    """The wait is the webhook's, up to an hour; an update that would be too old by then is dropped."""
    hook = Hook(Reply(429, retry_after=7))
    play = await hooked(hook)
    play.acts.say(ANN, "hello")
    await settle()
    play.clock.advance(6_999)
    await settle()
    assert len(hook.seen) == 1
    play.clock.advance(1)
    await settle()
    assert len(hook.seen) == 2

    hook.replies = [Reply(500, retry_after=3_600)] * 2
    play.acts.say(ANN, "late")
    await settle()
    play.clock.advance(DAY - HOUR // 2)
    await settle()
    assert play.world.updates.pending == []


async def test_a_webhook_gone_for_23_hours_is_removed() -> None:
    """410 again and again ends it."""
    hook = Hook(*[Reply(410)] * 200)
    play = await hooked(hook)
    play.acts.say(ANN, "hello")
    for _ in range(140):
        await settle()
        play.clock.advance(10 * 60_000)
    await settle()

    assert (await play.ok("getWebhookInfo"))["url"] == ""


async def test_an_answer_may_carry_a_call() -> None:
    """The method in a webhook's answer is run; one that reads is not."""
    call = {"method": "sendMessage", "chat_id": ANN, "text": "from the answer"}
    hook = Hook(Reply(200, json.dumps(call)), Reply(200, '{"method": "getMe"}'), Reply(200, "no json"))
    play = await hooked(hook)
    for text in ("a", "b", "c"):
        play.acts.say(ANN, text)
        await settle()

    assert "from the answer" in [message.content["text"] for message in play.world.messages(ANN)]
    assert [item.method for item in play.world.journal.calls] == ["setWebhook", "sendMessage"]


async def test_a_doubled_update_is_posted_twice() -> None:
    """The fault and the act both repeat the same update_id."""
    hook = Hook()
    play = await hooked(hook)
    play.world.faults.add(Fault("update", "duplicate"))
    play.acts.say(ANN, "a")
    await settle()
    play.acts.again()
    await settle()

    assert hook.texts == ["a"] * 3
    assert len({update["update_id"] for update, _ in hook.seen}) == 1


async def test_closing_the_world_stops_deliveries() -> None:
    """No task is left behind."""
    hook = Hook(*[Reply(500)] * 5)
    play = await hooked(hook)
    play.acts.say(ANN, "a")
    await settle()
    await play.world.close()
    assert isinstance(play.clock, ManualClock)
    play.clock.advance(HOUR)
    await settle()

    assert len(hook.seen) == 2
