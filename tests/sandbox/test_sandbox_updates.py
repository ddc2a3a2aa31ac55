from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN, FORUM, MIRA

from bot.clock import DAY, SECOND
from bot.sandbox import BOT_TOKEN, Answer, Fault

if TYPE_CHECKING:
    from sandbox_play import Play


async def texts(play: Play, **params: Any) -> list[str]:
    return [update["message"]["text"] for update in await play.ok("getUpdates", **params)]


async def test_an_offset_confirms_what_is_below_it(play: Play) -> None:
    """Updates stay until an offset passes them; a negative one keeps the newest; a stale one is ignored."""
    for text in "abcd":
        play.acts.say(ANN, text)
    first = (await play.ok("getUpdates"))[0]["update_id"]

    assert list("abcd") == await texts(play)
    assert await texts(play, limit=2) == ["a", "b"]
    assert list("bcd") == await texts(play, offset=first + 1)
    assert list("bcd") == await texts(play, offset=first + 1_000)
    assert await texts(play, offset=-1) == ["d"]
    assert await texts(play, limit="500") == ["d"]


async def test_a_press_waits_150_seconds_and_a_message_a_day(play: Play) -> None:
    """Retention is by kind."""
    await play.ok(
        "sendMessage", chat_id=ANN, text="a", reply_markup={"inline_keyboard": [[{"text": "b", "callback_data": "c"}]]}
    )
    play.acts.say(ANN, "a")
    play.acts.tap(ANN, "b")
    kinds = [set(update) - {"update_id"} for update in await play.ok("getUpdates")]
    play.clock.advance(150 * SECOND)
    later = [set(update) - {"update_id"} for update in await play.ok("getUpdates")]

    assert [{"message"}, {"callback_query"}] == kinds
    assert [{"message"}] == later
    play.clock.advance(DAY)
    assert await play.ok("getUpdates") == []


async def test_a_long_poll_wakes_at_once(play: Play) -> None:
    """A waiting getUpdates is answered by the next update."""
    poll = asyncio.ensure_future(play.answer("getUpdates", timeout=50))
    await asyncio.sleep(0)
    play.acts.say(ANN, "hello")

    assert (await poll).result[0]["message"]["text"] == "hello"


async def test_a_second_poll_ends_the_first(play: Play) -> None:
    """The older one gets 409; setting a webhook ends the newer one and forbids the next."""
    older = asyncio.ensure_future(play.answer("getUpdates", timeout=50))
    await asyncio.sleep(0)
    newer = asyncio.ensure_future(play.answer("getUpdates", timeout=50))
    await asyncio.sleep(0)
    conflict: Answer = await older
    await play.ok("setWebhook", url="http://127.0.0.1:9/hook")

    assert (
        conflict.status,
        conflict.body["description"],
    ) == (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
    assert (await newer).body["description"] == "Conflict: terminated by setWebhook request"
    assert await play.refusal("getUpdates") == (
        "409 Conflict: can't use getUpdates method while webhook is active;"
        " use deleteWebhook to delete the webhook first"
    )


async def test_allowed_updates_stick(play: Play) -> None:
    """Reactions must be asked for; leaving the parameter out keeps it; an empty list is the default set."""
    said = play.acts.say(ANN, "a")
    play.world.take_updates()
    play.acts.react(ANN, said.id, ["👍"])
    assert await play.ok("getUpdates", allowed_updates='["message_reaction", "nonsense"]') == []
    play.acts.react(ANN, said.id, [])
    play.acts.say(ANN, "b")
    [update] = await play.ok("getUpdates")

    reaction = update["message_reaction"]
    assert reaction["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert reaction["new_reaction"] == []
    await play.ok("getUpdates", offset=update["update_id"] + 1, allowed_updates=[])
    play.acts.say(ANN, "c")
    assert await texts(play, allowed_updates="{bad") == ["c"]


async def test_paced_polling_waits_and_returns_one(play: Play) -> None:
    """The same offset twice in half a second gives one update."""
    play.world.settings.paced_polling = True
    for text in "abc":
        play.acts.say(ANN, text)

    assert len(await play.ok("getUpdates", offset=1)) == 3
    assert len(await play.ok("getUpdates", offset=1)) == 1
    play.clock.advance(3 * SECOND)
    assert len(await play.ok("getUpdates", offset=1)) == 3


async def test_an_update_can_come_twice(play: Play) -> None:
    """A doubled update comes once more after it was confirmed; the newest can be asked for again."""
    play.world.faults.add(Fault("update", "duplicate"))
    play.acts.say(ANN, "a")
    [first] = await play.ok("getUpdates")
    [second] = await play.ok("getUpdates", offset=first["update_id"] + 1)

    assert first == second
    assert await play.ok("getUpdates", offset=first["update_id"] + 1) == []
    assert first["update_id"] == play.acts.again()
    assert [first] == await play.ok("getUpdates", offset=first["update_id"] + 1)


async def test_any_json_can_be_delivered(play: Play) -> None:
    """A raw update goes through as it is, with an id when it has none."""
    number = play.acts.deliver({"message": {"poison": True}})
    play.acts.deliver({"update_id": 5, "nonsense": None})

    assert [{"update_id": number, "message": {"poison": True}}, {"update_id": 5, "nonsense": None}] == await play.ok(
        "getUpdates"
    )


async def test_privacy_mode_hides_small_talk(play: Play) -> None:
    """A plain member in privacy mode hears commands, replies to itself and service messages."""
    play.acts.bot_rights(MIRA, FORUM, [])
    play.world.settings.privacy = True
    sent = await play.ok("sendMessage", chat_id=FORUM, text="a")
    play.world.take_updates()
    play.acts.say(MIRA, "small talk", chat=FORUM)
    play.acts.say(MIRA, "/go", chat=FORUM)
    play.acts.say(MIRA, "answer", chat=FORUM, reply_to=sent["message_id"])

    assert await texts(play) == ["/go", "answer"]
    assert not (await play.ok("getMe"))["can_read_all_group_messages"]


async def test_webhook_info_and_notes(play: Play) -> None:
    """SetWebhook and deleteWebhook say what they did."""

    async def note(method: str, **params: Any) -> str:
        return str((await play.answer(method, **params)).body["description"])

    url = "http://127.0.0.1:9/hook"
    assert await note("setWebhook", url=url, max_connections=500) == "Webhook was set"
    assert await note("setWebhook", url=url, max_connections=100) == "Webhook is already set"
    info = await play.ok("getWebhookInfo")
    assert (url, 100, 0) == (info["url"], info["max_connections"], info["pending_update_count"])
    assert await note("deleteWebhook") == "Webhook was deleted"
    assert await note("setWebhook", url="") == "Webhook is already deleted"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"url": "ftp://example.org"}, "invalid webhook URL specified"),
        ({"url": "http://example.org"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org:8080"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://127.0.0.1"}, "bad webhook: IP address 127.0.0.1 is reserved"),
        ({"url": "https://example.org", "secret_token": "a" * 257}, "secret token is too long"),
        ({"url": "https://example.org", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_telegrams_own_webhook_rules(play: Play, params: dict[str, Any], error: str) -> None:
    """Without local_webhooks the public server's rules hold."""
    play.world.settings.local_webhooks = False

    assert f"400 Bad Request: {error}" == await play.refusal("setWebhook", **params)


async def test_the_journal_leaves_out_quiet_polls(play: Play) -> None:
    """Calls are numbered with their outcome; answered polls are not among them."""
    await play.ok("getUpdates")
    await play.ok("sendMessage", chat_id=ANN, text="a")
    await play.refusal("sendMessage", chat_id=ANN)
    first, second = play.world.journal.calls

    assert (first.method, first.ok, first.stored) == ("sendMessage", True, True)
    assert (
        second.seq,
        second.ok,
        second.error_code,
        second.description,
    ) == (2, False, 400, "Bad Request: message text is empty")
    assert [second] == list(play.world.journal.after(0, errors=True))


async def test_duplicates_are_counted(play: Play) -> None:
    """The same message stored twice is found, a refused one does not count."""
    for _ in range(3):
        await play.world.call(BOT_TOKEN, "sendMessage", {"chat_id": ANN, "text": "a"})
    await play.refusal("sendMessage", chat_id=1, text="a")
    await play.refusal("sendMessage", chat_id=1, text="a")
    [group] = play.world.journal.duplicates()

    assert (group.seqs, group.extra) == ((1, 2, 3), 2)
