"""Answers with a quote, captions of Telegram Premium, and the icons of topics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN, FORUM, KWAME

from bot.sandbox import RefusedError

if TYPE_CHECKING:
    from sandbox_play import Play


async def answer(play: Play, **quote: Any) -> Any:
    said = await play.ok("sendMessage", chat_id=ANN, text="😀 one <b>two</b> one", parse_mode="HTML")
    reply = {"message_id": said["message_id"], **quote}
    return await play.answer("sendMessage", chat_id=ANN, text="a", reply_parameters=json.dumps(reply))


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ({"quote": "one"}, 3),
        ({"quote": "one", "quote_position": 10}, 11),
        ({"quote": "one", "quote_position": 99}, 11),
        ({"quote": "<b>two</b>", "quote_parse_mode": "HTML"}, 7),
        ({"quote": "two", "quote_entities": [{"type": "bold", "offset": 0, "length": 3}]}, 7),
        ({"quote": "😀"}, 0),
    ],
)
async def test_a_quote_stands_where_it_is_in_the_message(play: Play, quote: dict[str, Any], place: int) -> None:
    """In UTF-16 units, at the place nearest to the one that is named."""
    message = (await answer(play, **quote)).result

    assert place == message["quote"]["position"]


@pytest.mark.parametrize(
    "quote",
    [
        {"quote": "three"},
        {"quote": "two"},
        {"quote": "one", "quote_entities": [{"type": "bold", "offset": 0, "length": 3}]},
        {"quote": "o" * 1025},
    ],
)
async def test_a_quote_that_is_not_in_the_message_is_refused(play: Play, quote: dict[str, Any]) -> None:
    """Word for word, and formatted as it is there."""
    assert "Bad Request: QUOTE_TEXT_INVALID" == (await answer(play, **quote)).body["description"]


async def test_a_person_quotes_as_the_message_is_formatted(play: Play) -> None:
    """The bot hears of the part, its place and its formatting; what is not in the message cannot be quoted."""
    said = await play.ok("sendMessage", chat_id=ANN, text="my <b>new number</b>", parse_mode="HTML")
    play.acts.say(ANN, "which?", reply_to=said["message_id"], quote="new")
    heard = play.update()["message"]

    bold = [{"type": "bold", "offset": 0, "length": 3}]
    assert {"text": "new", "position": 3, "is_manual": True, "entities": bold} == heard["quote"]
    with pytest.raises(RefusedError, match="old"):
        play.acts.say(ANN, "which?", reply_to=said["message_id"], quote="old")


async def test_a_long_caption_is_copied_as_it_is_or_not_at_all(play: Play) -> None:
    """Telegram Premium writes captions that a bot can only pass on unchanged (tdlib/telegram-bot-api#334)."""
    with pytest.raises(RefusedError, match="1024"):
        play.acts.media(KWAME, "photo", caption="x" * 1025)
    play.acts.person(KWAME, "Kwame", premium=True)
    sent = play.acts.media(KWAME, "photo", caption="x" * 1025)
    copy = {"chat_id": KWAME, "from_chat_id": KWAME, "message_id": sent.id}

    assert "message_id" in await play.ok("copyMessage", **copy)
    refused = await play.refusal("copyMessage", **copy, reply_parameters={"message_id": sent.id})
    assert "400 Bad Request: message caption is too long" == refused


async def test_a_topic_takes_the_icons_that_there_are(play: Play) -> None:
    """Another id is refused, an empty one takes the icon off."""
    icons = await play.ok("getForumTopicIconStickers")
    made = await play.ok("createForumTopic", chat_id=FORUM, name="a", icon_custom_emoji_id=icons[0]["custom_emoji_id"])
    where = {"chat_id": FORUM, "message_thread_id": made["message_thread_id"]}

    assert "📰" == icons[0]["emoji"]
    assert icons[0]["custom_emoji_id"] == made["icon_custom_emoji_id"]
    assert "400 Bad Request: DOCUMENT_INVALID" == await play.refusal(
        "editForumTopic", **where, icon_custom_emoji_id="5"
    )
    assert await play.ok("editForumTopic", **where, icon_custom_emoji_id=icons[1]["custom_emoji_id"])
    assert await play.ok("editForumTopic", **where, icon_custom_emoji_id="")
    play.world.settings.topic_icons = False
    assert [] == await play.ok("getForumTopicIconStickers")
