from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sandbox_play import ANN, FORUM

from bot.sandbox import BOT_TOKEN, Fault, NoAnswer, RefusedError

if TYPE_CHECKING:
    from sandbox_play import Play


async def test_an_error_happens_once_and_stores_nothing(play: Play) -> None:
    """A 429 names its seconds in body and header; the next call works."""
    play.world.faults.add(Fault("sendMessage", "error", code=429, retry_after=3))
    answer = await play.answer("sendMessage", chat_id=ANN, text="a")

    assert (answer.status, answer.headers) == (429, {"Retry-After": "3"})
    assert answer.body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert len(play.world.messages(ANN)) == 1
    assert await play.ok("sendMessage", chat_id=ANN, text="a")


@pytest.mark.parametrize(
    ("code", "text"),
    [(403, "Forbidden: bot was blocked by the user"), (500, "Internal Server Error"), (502, "Bad Gateway")],
)
async def test_an_error_has_a_usual_text(play: Play, code: int, text: str) -> None:
    """Without a description the code's usual one stands; with one, that."""
    play.world.faults.add(Fault("*", "error", code=code))
    play.world.faults.add(Fault("*", "error", code=code, description="Mine"))

    assert await play.refusal("getMe") == f"{code} {text}"
    assert await play.refusal("getMe") == f"{code} Mine"


async def test_a_lost_answer_stores_or_does_not(play: Play) -> None:
    """After storing the message is there; before storing and on a reset it is not."""
    for kind in ("timeout_after", "timeout_before", "reset"):
        play.world.faults.add(Fault("sendMessage", kind))
        with pytest.raises(NoAnswer) as caught:
            await play.world.call(BOT_TOKEN, "sendMessage", {"chat_id": ANN, "text": kind})
        assert caught.value.stored == (kind == "timeout_after")

    assert [message.content["text"] for message in play.world.messages(ANN)] == ["/start", "timeout_after"]
    assert [(call.ok, call.stored) for call in play.world.journal.calls] == [(None, True), (None, False), (None, False)]


async def test_a_refused_call_is_not_stored_when_its_answer_is_lost(play: Play) -> None:
    """What Telegram refuses stays refused."""
    play.world.faults.add(Fault("sendMessage", "timeout_after"))
    with pytest.raises(NoAnswer):
        await play.world.call(BOT_TOKEN, "sendMessage", {"chat_id": ANN})

    assert not play.world.journal.calls[0].stored


async def test_a_slow_call_waits_on_the_sandboxs_clock(play: Play) -> None:
    """It is answered once the clock has moved far enough."""
    play.world.faults.add(Fault("sendMessage", "slow", delay_ms=5_000))
    call = asyncio.ensure_future(play.answer("sendMessage", chat_id=ANN, text="a"))
    await asyncio.sleep(0)
    play.clock.advance(4_999)
    await asyncio.sleep(0)
    assert not call.done()
    play.clock.advance(1)

    assert (await call).ok


async def test_a_fault_can_be_for_one_chat_and_last(play: Play) -> None:
    """Only its chat's calls fail, until it is cleared."""
    made = play.world.faults.add(Fault("sendMessage", "error", chat=FORUM, times=0))
    assert (await play.answer("sendMessage", chat_id=ANN, text="a")).ok
    for _ in range(3):
        assert not (await play.answer("sendMessage", chat_id=FORUM, text="a")).ok

    assert play.world.faults.clear(made.id) == 1
    assert (await play.answer("sendMessage", chat_id=FORUM, text="a")).ok


async def test_polls_fail_only_when_named(play: Play) -> None:
    """A fault of any method leaves getUpdates alone."""
    play.world.faults.add(Fault("*", "error"))
    assert (await play.answer("getUpdates")).ok
    play.world.faults.add(Fault("getUpdates", "error", code=401))

    assert not (await play.answer("getUpdates")).ok


def test_a_kind_must_fit_its_method(play: Play) -> None:
    """A method cannot be down, an update cannot be slow."""
    for method, kind in (("sendMessage", "down"), ("update", "slow"), ("sms", "duplicate")):
        with pytest.raises(RefusedError, match="it can by"):
            play.world.faults.add(Fault(method, kind))  # type: ignore[arg-type]  # each is a kind


async def test_documented_floods_let_a_burst_through(play: Play) -> None:
    """Five at once in a private chat, then one a second; a refused call stores nothing."""
    play.world.settings.flood = "documented"
    for _ in range(5):
        await play.ok("sendMessage", chat_id=ANN, text="a")
    before = len(play.world.messages(ANN))
    answer = await play.answer("sendMessage", chat_id=ANN, text="a")

    assert (answer.status, answer.body["parameters"]) == (429, {"retry_after": 5})
    assert before == len(play.world.messages(ANN))
    play.clock.advance(5_000)
    assert (await play.answer("sendMessage", chat_id=ANN, text="a")).ok


async def test_a_group_takes_twenty_a_minute(play: Play) -> None:
    """Edits and new topics count, looking does not; the wait is until the oldest is a minute old."""
    play.world.settings.flood = "documented"
    sent = await play.ok("sendMessage", chat_id=FORUM, text="0")
    play.clock.advance(10_000)
    await play.ok("createForumTopic", chat_id=FORUM, name="a")
    for number in range(18):
        await play.ok("editMessageText", chat_id=FORUM, message_id=sent["message_id"], text=f"{number} a")
    answer = await play.answer("sendMessage", chat_id=FORUM, text="b")

    assert answer.body["parameters"] == {"retry_after": 50}
    assert (await play.answer("getChat", chat_id=FORUM)).ok


async def test_strict_floods_count_every_call_in_a_group(play: Play) -> None:
    """One a second everywhere; in a group even a look counts."""
    play.world.settings.flood = "strict"
    await play.ok("sendMessage", chat_id=ANN, text="a")
    assert (await play.answer("sendMessage", chat_id=ANN, text="b")).status == 429
    await play.ok("getChat", chat_id=FORUM)

    assert (await play.answer("sendMessage", chat_id=FORUM, text="b")).status == 429
    play.clock.advance(1_000)
    assert (await play.answer("sendMessage", chat_id=FORUM, text="b")).ok


async def test_an_album_costs_as_many_messages_as_it_has(play: Play) -> None:
    """Ten items are ten messages, and more than a limit can still be sent into an idle chat."""
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    play.world.settings.flood = "documented"
    media = [{"type": "photo", "media": photo}] * 10

    await play.ok("sendMediaGroup", chat_id=ANN, media=media)
    assert (await play.answer("sendMessage", chat_id=ANN, text="a")).status == 429


async def test_thirty_a_second_in_all(play: Play) -> None:
    """Many chats share one limit."""
    play.world.settings.flood = "documented"
    for number in range(100, 130):
        play.acts.person(number, "Somebody")
        play.acts.start(number)
        await play.ok("sendMessage", chat_id=number, text="a")

    assert (await play.answer("sendMessage", chat_id=ANN, text="a")).body["parameters"] == {"retry_after": 1}
