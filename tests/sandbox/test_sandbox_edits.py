from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox_play import ANN, FORUM, MIRA

from bot.clock import DAY, HOUR

if TYPE_CHECKING:
    from typing import Any

    from sandbox_play import Play

YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
KEYS = {"keyboard": [["Share"]]}
SAME = (
    "400 Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)


async def test_an_edit_changes_text_and_keyboard(play: Play) -> None:
    """The message shows when it was edited; a keyboard left out is gone; the same again is refused."""
    sent = await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=YES)
    target = {"chat_id": ANN, "message_id": sent["message_id"]}
    edited = await play.ok("editMessageText", **target, text="b", reply_markup=YES)

    assert (edited["text"], edited["reply_markup"]) == ("b", YES)
    assert edited["date"] == edited["edit_date"]
    assert await play.refusal("editMessageText", **target, text="b", reply_markup=YES) == SAME
    assert "reply_markup" not in await play.ok("editMessageText", **target, text="b")
    assert await play.refusal("editMessageReplyMarkup", **target) == SAME
    assert (await play.ok("editMessageReplyMarkup", **target, reply_markup=YES))["reply_markup"] == YES


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("editMessageText", {"text": "a"}, "message identifier is not specified"),
        ("editMessageText", {"chat_id": ANN, "message_id": 99, "text": "a"}, "message to edit not found"),
        ("editMessageText", {"chat_id": ANN, "message_id": 1, "text": "a"}, "message can't be edited"),
        ("editMessageText", {"chat_id": ANN, "message_id": 1}, "message text is empty"),
        ("editMessageText", {"chat_id": ANN, "message_id": 1, "text": "a" * 4097}, "MESSAGE_TOO_LONG"),
        ("deleteMessage", {"message_id": 1}, "chat identifier is not specified"),
        ("deleteMessage", {"chat_id": ANN}, "message identifier is not specified"),
        ("deleteMessage", {"chat_id": ANN, "message_id": 99}, "message to delete not found"),
        ("pinChatMessage", {"chat_id": ANN, "message_id": 99}, "message to pin not found"),
        ("unpinChatMessage", {"chat_id": ANN}, "message to unpin not found"),
        ("setMessageReaction", {"chat_id": ANN, "message_id": 99}, "message to react not found"),
        (
            "setMessageReaction",
            {"chat_id": ANN, "message_id": 1, "reaction": [{"type": "x"}]},
            "can't parse ReactionType: invalid reaction type specified",
        ),
        (
            "setMessageReaction",
            {"chat_id": ANN, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "x"}]},
            "REACTION_INVALID",
        ),
    ],
)
async def test_wrong_edits_are_refused(play: Play, method: str, params: dict[str, Any], error: str) -> None:
    """Each way to change what cannot be changed has its text."""
    assert f"400 Bad Request: {error}" == await play.refusal(method, **params)


async def test_a_message_with_a_reply_keyboard_cannot_be_edited(play: Play) -> None:
    """Nor can a reply keyboard be edited in, nor text into a picture."""
    sent = await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=KEYS)
    plain = await play.ok("sendMessage", chat_id=ANN, text="a")
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    shown = await play.ok("sendPhoto", chat_id=ANN, photo=photo)

    assert "reply_markup" not in sent
    assert (
        await play.refusal("editMessageText", chat_id=ANN, message_id=sent["message_id"], text="b")
        == "400 Bad Request: message can't be edited"
    )
    assert (
        await play.refusal("editMessageText", chat_id=ANN, message_id=plain["message_id"], text="b", reply_markup=KEYS)
        == "400 Bad Request: inline keyboard expected"
    )
    assert (
        await play.refusal("editMessageText", chat_id=ANN, message_id=shown["message_id"], text="b")
        == "400 Bad Request: there is no text in the message to edit"
    )


async def test_captions_and_media_are_edited(play: Play) -> None:
    """A caption comes and goes; a picture becomes another one."""
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    document = play.acts.media(ANN, "document").content["document"]["file_id"]
    sent = await play.ok("sendPhoto", chat_id=ANN, photo=photo, caption="a")
    target = {"chat_id": ANN, "message_id": sent["message_id"]}

    assert (await play.ok("editMessageCaption", **target, caption="b"))["caption"] == "b"
    assert "caption" not in await play.ok("editMessageCaption", **target)
    media = {"type": "document", "media": document}
    edited = await play.ok("editMessageMedia", **target, media=media)
    assert "photo" not in edited
    assert document == edited["document"]["file_id"]


async def test_the_bot_deletes_anybodys_message_in_a_private_chat_for_48_hours(play: Play) -> None:
    """A deleted message keeps nothing of what it said; an old one cannot be deleted."""
    secret, old = play.acts.say(ANN, "123456"), play.acts.say(ANN, "older")
    await play.ok("deleteMessage", chat_id=ANN, message_id=secret.id)

    assert secret.deleted
    assert secret.content == {}
    assert (
        await play.refusal("deleteMessage", chat_id=ANN, message_id=secret.id)
        == "400 Bad Request: message to delete not found"
    )
    play.clock.advance(2 * DAY + HOUR)
    assert (
        await play.refusal("deleteMessage", chat_id=ANN, message_id=old.id)
        == "400 Bad Request: message can't be deleted for everyone"
    )


async def test_a_group_lets_the_bot_delete_by_right(play: Play) -> None:
    """Its own always, another's by right, the one that opened a topic never."""
    said = play.acts.say(MIRA, "hello", chat=FORUM)
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="Ticket")
    play.acts.bot_rights(MIRA, FORUM, ["can_manage_topics"])
    own = await play.ok("sendMessage", chat_id=FORUM, text="a")

    assert await play.ok("deleteMessage", chat_id=FORUM, message_id=own["message_id"])
    for number in (said.id, topic["message_thread_id"]):
        assert (
            await play.refusal("deleteMessage", chat_id=FORUM, message_id=number)
            == "400 Bad Request: message can't be deleted"
        )


async def test_deleting_many_skips_what_is_not_there(play: Play) -> None:
    """A list of ids deletes those that exist; no list is refused."""
    one, two = play.acts.say(ANN, "one"), play.acts.say(ANN, "two")
    await play.ok("deleteMessages", chat_id=ANN, message_ids=[one.id, 999, two.id])

    assert one.deleted
    assert two.deleted
    assert (
        await play.refusal("deleteMessages", chat_id=ANN, message_ids="1")
        == "400 Bad Request: expected an Array of message identifiers"
    )
    assert await play.refusal("deleteMessages", chat_id=ANN) == "400 Bad Request: message identifiers are not specified"


async def test_a_pin_tells_the_bot_itself(play: Play) -> None:
    """The service message of the bot's own pin reaches it; getChat shows the pin."""
    sent = await play.ok("sendMessage", chat_id=FORUM, text="card")
    await play.ok("pinChatMessage", chat_id=FORUM, message_id=sent["message_id"])
    message = play.update()["message"]

    assert sent["message_id"] == message["pinned_message"]["message_id"]
    assert (await play.ok("getChat", chat_id=FORUM))["pinned_message"]["text"] == "card"
    assert (
        await play.refusal("pinChatMessage", chat_id=FORUM, message_id=message["message_id"])
        == "400 Bad Request: service messages can't be pinned"
    )
    assert await play.ok("unpinChatMessage", chat_id=FORUM)


async def test_a_press_can_be_answered_once_and_in_time(play: Play) -> None:
    """The second answer, a late one and a made-up id are refused alike."""
    await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=YES)
    first, late = play.acts.tap(ANN, "Yes").query_id, play.acts.tap(ANN, "Yes").query_id
    old = "400 Bad Request: query is too old and response timeout expired or query ID is invalid"

    assert await play.ok("answerCallbackQuery", callback_query_id=first, text="Fine", show_alert="true")
    assert old == await play.refusal("answerCallbackQuery", callback_query_id=first)
    assert old == await play.refusal("answerCallbackQuery", callback_query_id="1")
    play.clock.advance(16_000)
    assert old == await play.refusal("answerCallbackQuery", callback_query_id=late)
    play.world.settings.query_life_seconds = 60
    assert (
        await play.refusal("answerCallbackQuery", callback_query_id=late, text="a" * 201)
        == "400 Bad Request: MESSAGE_TOO_LONG"
    )
    assert await play.ok("answerCallbackQuery", callback_query_id=late)


async def test_the_bot_reacts_with_one_emoji(play: Play) -> None:
    """A reaction comes and goes; two are too many."""
    said = play.acts.say(ANN, "hello")
    target = {"chat_id": ANN, "message_id": said.id}
    like, fire = ({"type": "emoji", "emoji": emoji} for emoji in "👍🔥")
    await play.ok("setMessageReaction", **target, reaction=[like])

    assert {play.world.bot.id: ["👍"]} == said.reactions
    assert (
        await play.refusal("setMessageReaction", **target, reaction=[like, fire]) == "400 Bad Request: REACTION_INVALID"
    )
    await play.ok("setMessageReaction", **target, reaction=[])
    assert said.reactions == {}
