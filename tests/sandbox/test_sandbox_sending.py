from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN, FORUM, KWAME, MIRA

from bot.sandbox import BOT_ID, BOT_TOKEN, Upload

if TYPE_CHECKING:
    from sandbox_play import Play


UNKNOWN_FILE = "wrong remote file identifier specified: can't unserialize it"


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"text": "a"}, "400 Bad Request: chat_id is empty"),
        ({"chat_id": 1, "text": "a"}, "400 Bad Request: chat not found"),
        ({"chat_id": "@nobody", "text": "a"}, "400 Bad Request: chat not found"),
        ({"chat_id": KWAME, "text": "a"}, "400 Bad Request: chat not found"),
        ({"chat_id": MIRA, "text": "a"}, "403 Forbidden: bot can't initiate conversation with a user"),
        ({"chat_id": BOT_ID, "text": "a"}, "403 Forbidden: the bot can't send messages to the bot"),
        ({"chat_id": ANN}, "400 Bad Request: message text is empty"),
        ({"chat_id": ANN, "text": " \n"}, "400 Bad Request: text must be non-empty"),
        ({"chat_id": ANN, "text": "a" * 4097}, "400 Bad Request: message is too long"),
        ({"chat_id": ANN, "text": "a", "parse_mode": "xml"}, "400 Bad Request: unsupported parse_mode"),
        (
            {"chat_id": ANN, "text": "a", "reply_parameters": {"message_id": 99}},
            "400 Bad Request: message to be replied not found",
        ),
        ({"chat_id": ANN, "text": "a", "message_thread_id": 5}, "400 Bad Request: message thread not found"),
        ({"chat_id": FORUM, "text": "a", "message_thread_id": 1}, "400 Bad Request: message thread not found"),
        (
            {"chat_id": ANN, "text": "a", "reply_to_message_id": 1},
            '400 Bad Request: unknown parameter "reply_to_message_id"',
        ),
        (
            {"chat_id": ANN, "text": "a", "business_connection_id": "x"},
            '400 Bad Request: parameter "business_connection_id" is not simulated',
        ),
    ],
)
async def test_a_message_is_refused_with_telegrams_words(play: Play, params: dict[str, Any], error: str) -> None:
    """Code and text are Telegram's, and nothing is stored."""
    before = len(play.world.messages(ANN))

    assert error == await play.refusal("sendMessage", **params)
    assert before == len(play.world.messages(ANN))


async def test_limits_count_characters_after_parsing(play: Play) -> None:
    """4096 characters pass whatever their tags, and an emoji is one character."""
    message = await play.ok("sendMessage", chat_id=ANN, text=f"<b>{'😀' * 4096}</b>", parse_mode="HTML")

    assert len(message["text"]) == 4096
    assert message["entities"][0]["length"] == 8192


async def test_blocking_and_deletion_are_told_apart(play: Play) -> None:
    """A blocked bot and a deleted account have texts of their own."""
    play.acts.block(ANN)
    assert await play.refusal("sendMessage", chat_id=ANN, text="a") == "403 Forbidden: bot was blocked by the user"

    play.acts.unblock(ANN)
    play.acts.delete_account(ANN)
    assert await play.refusal("sendMessage", chat_id=ANN, text="a") == "403 Forbidden: user is deactivated"


async def test_a_kicked_bot_is_told_so(play: Play) -> None:
    """Kicked, left and muted each have their text."""
    play.acts.bot_rights(MIRA, FORUM, [])
    play.acts.permissions(MIRA, FORUM, ["can_send_messages"])
    assert (
        await play.refusal("sendMessage", chat_id=FORUM, text="a")
        == "400 Bad Request: not enough rights to send text messages to the chat"
    )
    play.acts.kick_bot(MIRA, FORUM)
    assert (
        await play.refusal("sendMessage", chat_id=FORUM, text="a")
        == "403 Forbidden: bot was kicked from the supergroup chat"
    )


async def test_an_upgraded_group_names_its_successor(play: Play) -> None:
    """The answer carries migrate_to_chat_id, and both service messages arrive."""
    play.acts.group(-500, "Basic", MIRA, type="group")
    play.world.take_updates()
    play.acts.upgrade(MIRA, -500)
    messages = [update["message"] for update in play.world.take_updates()]
    answer = await play.answer("sendMessage", chat_id=-500, text="a")

    new = -1_000_000_000_500
    assert [new, -500] == [messages[0]["migrate_to_chat_id"], messages[1]["migrate_from_chat_id"]]
    assert {"migrate_to_chat_id": new} == answer.body["parameters"]
    assert answer.body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"


async def test_private_chats_share_one_counter_and_groups_have_their_own(play: Play) -> None:
    """Message ids are per bot in private chats and per chat in supergroups."""
    play.acts.start(KWAME)
    first = await play.ok("sendMessage", chat_id=ANN, text="a")
    second = await play.ok("sendMessage", chat_id=KWAME, text="a")
    other = await play.ok("sendMessage", chat_id=FORUM, text="a")

    assert first["message_id"] + 1 == second["message_id"]
    assert other["message_id"] < 10


async def test_reply_quote_and_manner_are_shown(play: Play) -> None:
    """A reply shows its target, a quote its place; protection and effects are marked."""
    [start] = play.world.messages(ANN)
    message = await play.ok(
        "sendMessage",
        chat_id=ANN,
        text="a",
        reply_parameters=json.dumps({"message_id": start.id, "quote": "start"}),
        protect_content=True,
        message_effect_id="5046509860389126442",
        link_preview_options={"is_disabled": True},
    )

    assert start.id == message["reply_to_message"]["message_id"]
    assert message["quote"] == {"text": "start", "position": 1, "is_manual": True}
    assert message["has_protected_content"]
    assert message["link_preview_options"] == {"is_disabled": True}
    missing = {"message_id": 99, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await play.ok("sendMessage", chat_id=ANN, text="b", reply_parameters=missing)


async def test_a_mention_by_id_shows_known_users_only(play: Play) -> None:
    """A stranger's mention is dropped, as Telegram drops it."""
    text = f'<a href="tg://user?id={ANN}">Ann</a> <a href="tg://user?id={KWAME}">Kwame</a>'
    message = await play.ok("sendMessage", chat_id=ANN, text=text, parse_mode="HTML")

    [entity] = message["entities"]
    assert entity["user"]["id"] == ANN
    assert "user_id" not in entity


async def test_an_unknown_method_and_a_wrong_token_are_refused(play: Play) -> None:
    """404 for the method, 401 for the token."""
    assert await play.refusal("sendMesage") == "404 Not Found: method not found"
    wrong = await play.world.call(BOT_TOKEN.replace("AAG", "AAX"), "getMe", {})
    garbage = await play.world.call("garbage", "getMe", {})

    assert (wrong.status, wrong.body["description"]) == (401, "Unauthorized")
    assert garbage.body["description"] == "Unauthorized: invalid token specified"


async def test_contact_location_and_typing(play: Play) -> None:
    """The smaller senders check their fields."""
    contact = await play.ok("sendContact", chat_id=ANN, phone_number="+49", first_name="Desk")
    place = await play.ok("sendLocation", chat_id=ANN, latitude="52.5", longitude="13.4")
    await play.ok("sendChatAction", chat_id=ANN, action="typing")

    assert contact["contact"] == {"phone_number": "+49", "first_name": "Desk"}
    assert place["location"] == {"latitude": 52.5, "longitude": 13.4}
    assert play.world.state.chats[ANN].typing
    await play.ok("sendMessage", chat_id=ANN, text="a")
    assert play.world.state.chats[ANN].typing is None
    assert (
        await play.refusal("sendChatAction", chat_id=ANN, action="x")
        == "400 Bad Request: wrong parameter action in request"
    )
    assert (
        await play.refusal("sendContact", chat_id=ANN, phone_number="1")
        == "400 Bad Request: first name must be non-empty"
    )
    assert (
        await play.refusal("sendLocation", chat_id=ANN, latitude=91, longitude=0)
        == "400 Bad Request: wrong latitude or longitude specified"
    )


async def test_files_are_sent_reused_and_fetched(play: Play) -> None:
    """An upload has a file_id that can be sent again as the same kind and asked for."""
    upload = {"document": Upload("a.pdf", b"%PDF")}
    answer = await play.world.call(BOT_TOKEN, "sendDocument", {"chat_id": ANN, "caption": "c"}, upload)
    document = answer.result["document"]
    again = await play.ok("sendDocument", chat_id=ANN, document=document["file_id"])
    file = await play.ok("getFile", file_id=document["file_id"])

    assert (document["file_name"], document["mime_type"], document["file_size"]) == ("a.pdf", "application/pdf", 4)
    assert document["file_unique_id"] == again["document"]["file_unique_id"]
    assert file["file_path"].endswith(".pdf")
    assert (
        await play.refusal("sendPhoto", chat_id=ANN, photo=document["file_id"])
        == "400 Bad Request: can't use file of type Document as Photo"
    )


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "nonsense"}, UNKNOWN_FILE),
        ("sendPhoto", {"photo": "https://example.org/a.png"}, "failed to get HTTP URL content"),
        ("sendPhoto", {"photo": "http://nodot"}, "wrong HTTP URL specified"),
        ("sendPhoto", {"photo": "attach://x"}, "there is no photo in the request"),
        ("sendVideoNote", {}, "there is no video note in the request"),
        ("getFile", {}, "file_id not specified"),
        ("getFile", {"file_id": "x"}, "invalid file_id"),
        ("sendMediaGroup", {"media": "{"}, "can't parse media JSON object"),
        ("sendMediaGroup", {"media": {}}, "expected an Array of InputMedia"),
        ("sendMediaGroup", {"media": []}, "there are no messages to send"),
        ("sendMediaGroup", {"media": [{"type": "photo", "media": "x"}] * 11}, "too many messages to send as an album"),
        ("sendMediaGroup", {"media": [{"type": "photo"}]}, "can't parse InputMedia: media not found"),
        (
            "sendMediaGroup",
            {"media": [{"type": "photo", "media": "x"}, {"type": "document", "media": "x"}]},
            "document can't be mixed with other media types",
        ),
        (
            "sendMediaGroup",
            {"media": [{"type": "photo", "media": "x"}]},
            f'failed to send message #1 with the error message "{UNKNOWN_FILE}"',
        ),
    ],
)
async def test_wrong_files_are_refused(play: Play, method: str, params: dict[str, Any], error: str) -> None:
    """Each way to get a file wrong has its text."""
    target = {} if method == "getFile" else {"chat_id": ANN}

    assert f"400 Bad Request: {error}" == await play.refusal(method, **target, **params)


async def test_size_limits_hold(play: Play) -> None:
    """10 MB for a photo, 50 MB for a file, 20 MB to download, 1024 characters for a caption."""
    huge = {"document": Upload("a.bin", b"x", size=51 * 1024 * 1024)}
    answer = await play.world.call(BOT_TOKEN, "sendDocument", {"chat_id": ANN}, huge)
    text = await play.world.call(BOT_TOKEN, "sendPhoto", {"chat_id": ANN}, {"photo": Upload("a.png", b"no picture")})
    big = play.acts.media(ANN, "document", size=21 * 1024 * 1024)

    assert answer.body["description"] == "Bad Request: file is too big"
    assert text.body["description"] == "Bad Request: IMAGE_PROCESS_FAILED"
    assert (
        await play.refusal("getFile", file_id=big.content["document"]["file_id"]) == "400 Bad Request: file is too big"
    )
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    assert (
        await play.refusal("sendPhoto", chat_id=ANN, photo=photo, caption="a" * 1025)
        == "400 Bad Request: message caption is too long"
    )


async def test_an_album_shares_a_group_id(play: Play) -> None:
    """Each item is a message of its own; an attached file is found by its name."""
    photo = play.acts.media(ANN, "photo").content["photo"][-1]["file_id"]
    files = {"one": Upload("a.mp4", b"video")}
    media = [
        {"type": "photo", "media": photo, "caption": "<b>c</b>", "parse_mode": "HTML"},
        {"type": "video", "media": "attach://one"},
    ]
    answer = await play.world.call(BOT_TOKEN, "sendMediaGroup", {"chat_id": ANN, "media": json.dumps(media)}, files)

    first, second = answer.result
    assert first["media_group_id"] == second["media_group_id"]
    assert first["message_id"] + 1 == second["message_id"]
    assert first["caption"] == "c"


async def test_copying_hides_and_forwarding_shows_the_author(play: Play) -> None:
    """A copy has no origin; a forward has; service and protected messages have neither."""
    said = play.acts.say(ANN, "hello")
    copied = await play.ok("copyMessage", chat_id=FORUM, from_chat_id=ANN, message_id=said.id)
    forwarded = await play.ok("forwardMessage", chat_id=FORUM, from_chat_id=ANN, message_id=said.id)
    secret = await play.ok("sendMessage", chat_id=ANN, text="code", protect_content=True)

    assert {"message_id": copied["message_id"]} == copied
    assert play.world.state.chats[FORUM].messages[copied["message_id"]].content == {"text": "hello"}
    assert forwarded["forward_origin"]["sender_user"]["id"] == ANN
    here = {"chat_id": FORUM, "from_chat_id": ANN}
    assert await play.refusal("copyMessage", **here, message_id=999) == "400 Bad Request: message to copy not found"
    assert (
        await play.refusal("forwardMessage", **here, message_id=999) == "400 Bad Request: message to forward not found"
    )
    assert (
        await play.refusal("forwardMessage", **here, message_id=secret["message_id"])
        == "400 Bad Request: message has protected content and can't be forwarded"
    )
    assert (
        await play.refusal("copyMessage", chat_id=FORUM, message_id=1)
        == '400 Bad Request: parameter "from_chat_id" is required'
    )


async def test_copying_many_keeps_albums_and_skips_gaps(play: Play) -> None:
    """Missing ids are skipped; an album stays one; none left is an error."""
    album = play.acts.album(ANN, [{"kind": "photo", "caption": "a"}, {"kind": "photo"}])
    ids = [message.id for message in album]
    copied = await play.ok(
        "copyMessages", chat_id=FORUM, from_chat_id=ANN, message_ids=[*ids, 999], remove_caption=True
    )
    messages = [play.world.state.chats[FORUM].messages[item["message_id"]] for item in copied]

    assert len(copied) == 2
    assert len({message.album for message in messages} - {album[0].album}) == 1
    assert "caption" not in messages[0].content
    assert (
        await play.refusal("copyMessages", chat_id=FORUM, from_chat_id=ANN, message_ids=[999])
        == "400 Bad Request: messages can't be forwarded"
    )


async def test_a_copy_can_have_another_caption(play: Play) -> None:
    """A caption in the call replaces the original one."""
    photo = play.acts.media(ANN, "photo", caption="old")
    copied = await play.ok("copyMessage", chat_id=FORUM, from_chat_id=ANN, message_id=photo.id, caption="new")

    assert play.world.state.chats[FORUM].messages[copied["message_id"]].content["caption"] == "new"
