"""Raw calls of the Bot API: what goes out, what comes back, and every refusal by its code."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.errors import Flooded, Rejected, Undelivered, Unreachable
from bot.telegram.api import Api
from bot.telegram.refusals import TEXTS
from tests.telegram.stand import TOKEN, Stand

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def api(stand: Stand) -> AsyncIterator[Api]:
    """The product's client of the stand-in."""
    made = Api(TOKEN, base_url=stand.url)
    yield made
    await made.close()


async def refused(api: Api, **params: Any) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        await api.call("sendMessage", {"chat_id": 7, "text": "hello", **params})
    return caught.value


async def test_a_call_gives_the_plain_result(stand: Stand, api: Api) -> None:
    """Parameters go out as Telegram reads them, None is left out, and the result is plain JSON."""
    stand.grants({"message_id": 5, "extra": [1, None]})
    markup = {"inline_keyboard": [[{"text": "Zurück", "callback_data": "b"}]]}

    result = await api.call("sendMessage", {"chat_id": 7, "text": "ü", "reply_markup": markup, "thread": None})

    asked = stand.asked[0]
    assert result == {"message_id": 5, "extra": [1, None]}
    assert f"/bot{TOKEN}/sendMessage" == asked.path
    assert {name: asked.params[name] for name in ("chat_id", "text")} == {"chat_id": "7", "text": "ü"}
    assert markup == json.loads(asked.params["reply_markup"])
    assert "thread" not in asked.params


async def test_flags_are_json(stand: Stand, api: Api) -> None:
    """True is written as Telegram reads it."""
    stand.grants(result=True)

    assert await api.call("sendMessage", {"protect_content": True}) is True
    assert stand.asked[0].params == {"protect_content": "true"}


async def test_a_picture_is_uploaded_by_its_parameter(stand: Stand, api: Api) -> None:
    """A file named after a parameter is that parameter."""
    stand.grants({"message_id": 5})

    await api.call("sendPhoto", {"chat_id": 7, "caption": "Key"}, {"photo": PNG})

    assert stand.asked[0].params == {"chat_id": "7", "caption": "Key"}
    assert stand.asked[0].files["photo"][2] == PNG


async def test_an_album_is_uploaded_by_attachment(stand: Stand, api: Api) -> None:
    """Files of an album are the parts their items attach."""
    stand.grants([{"message_id": 5}, {"message_id": 6}])
    media = [{"type": "photo", "media": "attach://front"}, {"type": "photo", "media": "attach://back"}]

    await api.call("sendMediaGroup", {"chat_id": 7, "media": media}, {"front": PNG, "back": PNG + b"2"})

    assert media == json.loads(stand.asked[0].params["media"])
    assert {name: part[2] for name, part in stand.asked[0].files.items()} == {"front": PNG, "back": PNG + b"2"}


async def test_a_file_is_downloaded_by_its_path(stand: Stand, api: Api) -> None:
    """The path from getFile is fetched from the files' address, quoted."""
    stand.says((200, PNG))

    assert await api.file("documents/über 1.png") == PNG
    assert f"/file/bot{TOKEN}/documents/über 1.png" == stand.asked[0].path


@pytest.mark.parametrize(("status", "code"), [(404, "file_gone"), (400, "bad_request")])
async def test_a_file_that_is_gone_says_so(stand: Stand, api: Api, status: int, code: str) -> None:
    """A download's 404 speaks of the file, not of the token."""
    stand.says((status, b"nothing here"))

    with pytest.raises(Rejected) as caught:
        await api.file("documents/file_1.png")

    assert code == caught.value.code


# The texts as the Bot API server writes them (platform.md 2.4), and what each is to us.
REFUSALS = [
    (403, "Forbidden: bot was blocked by the user", "blocked"),
    (403, "Forbidden: user is deactivated", "deactivated"),
    (400, "Bad Request: chat not found", "chat_not_found"),
    (400, "Bad Request: PEER_ID_INVALID", "chat_not_found"),
    (403, "Forbidden: bot can't initiate conversation with a user", "chat_not_found"),
    (403, "Forbidden: the bot can't send messages to the bot", "chat_not_found"),
    (403, "Forbidden: bot was kicked from the supergroup chat", "kicked"),
    (403, "Forbidden: bot is not a member of the supergroup chat", "kicked"),
    (403, "Forbidden: the group chat was deleted", "kicked"),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", "migrated"),
    (400, "Bad Request: TOPIC_NOT_MODIFIED", "not_modified"),
    (400, "Bad Request: TOPIC_CLOSED", "topic_closed"),
    (400, "Bad Request: TOPIC_DELETED", "topic_deleted"),
    (400, "Bad Request: DOCUMENT_INVALID", "icon_invalid"),
    (400, "Bad Request: message thread not found", "thread_not_found"),
    (400, "Bad Request: invalid forum topic identifier specified", "thread_not_found"),
    (400, "Bad Request: TOPIC_ID_INVALID", "thread_not_found"),
    (400, "Bad Request: the chat is not a forum", "not_a_forum"),
    (400, "Bad Request: the chat is not a supergroup forum", "not_a_forum"),
    (400, "Bad Request: CHANNEL_FORUM_MISSING", "not_a_forum"),
    (400, "Bad Request: TOPICS_TOO_MUCH", "forum_full"),
    (400, "Bad Request: too many topics", "forum_full"),
    (400, "Bad Request: too many forum topics", "forum_full"),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
        "not_modified",
    ),
    (400, "Bad Request: MESSAGE_NOT_MODIFIED", "not_modified"),
    (400, "Bad Request: message to edit not found", "message_not_found"),
    (400, "Bad Request: message to delete not found", "message_not_found"),
    (400, "Bad Request: message to copy not found", "message_not_found"),
    (400, "Bad Request: message to forward not found", "message_not_found"),
    (400, "Bad Request: message to be replied not found", "reply_not_found"),
    (400, "Bad Request: message to react not found", "message_not_found"),
    (400, "Bad Request: message to pin not found", "message_not_found"),
    (400, "Bad Request: MESSAGE_ID_INVALID", "message_not_found"),
    (400, "Bad Request: message can't be edited", "cannot_edit"),
    (400, "Bad Request: there is no text in the message to edit", "cannot_edit"),
    (400, "Bad Request: message can't be deleted for everyone", "cannot_delete"),
    (400, "Bad Request: message is too long", "too_long"),
    (400, "Bad Request: MESSAGE_TOO_LONG", "too_long"),
    (400, "Bad Request: message caption is too long", "too_long"),
    (400, "Bad Request: text is too long", "too_long"),
    (400, "Bad Request: reply markup is too long", "too_long"),
    (413, "Request Entity Too Large: file is too big", "too_large"),
    (400, "Bad Request: file is too big", "too_large"),
    (413, "Request Entity Too Large", "too_large"),
    (400, "Bad Request: the message can't be copied", "cannot_copy"),
    (400, "Bad Request: message has protected content and can't be forwarded", "cannot_copy"),
    (400, "Bad Request: messages can't be forwarded", "cannot_copy"),
    (400, "Bad Request: QUOTE_TEXT_INVALID", "quote_invalid"),
    (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        "query_too_old",
    ),
    (400, "Bad Request: QUERY_ID_INVALID", "query_too_old"),
    (400, "Bad Request: not enough rights to send text messages to the chat", "not_enough_rights"),
    (400, "Bad Request: have no rights to send a message", "not_enough_rights"),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", "not_enough_rights"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "not_enough_rights"),
    (400, "Logged out", "unauthorized"),
    (404, "Not Found: method not found", "bad_request"),
    # no text of ours: by status
    (400, "Bad Request: BUTTON_DATA_INVALID", "bad_request"),
    (403, "Forbidden: something new", "not_enough_rights"),
    (401, "Unauthorized", "unauthorized"),
    (404, "Not Found", "unauthorized"),
    (409, "Conflict: terminated by setWebhook request", "conflict"),
]


@pytest.mark.parametrize(("status", "text", "code"), REFUSALS)
async def test_refusals_have_stable_codes(stand: Stand, api: Api, status: int, text: str, code: str) -> None:
    """Each text of Telegram's gives its code, whatever the library does to its capitals."""
    stand.refuses(status, text)

    error = await refused(api)

    assert isinstance(error, Rejected)
    assert code == error.code
    assert error.migrate_to is None


def test_every_row_of_the_table_is_tested() -> None:
    """No text is in the table that the cases above do not reach first."""
    reached = {next((piece for piece, _ in TEXTS if piece in text.lower()), "") for _, text, _ in REFUSALS}

    assert {piece for piece, _ in TEXTS} == reached - {""}


async def test_a_moved_group_gives_its_new_id(stand: Stand, api: Api) -> None:
    """The new id comes with the refusal."""
    stand.refuses(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100123)

    error = await refused(api)

    assert isinstance(error, Rejected)
    assert (error.code, error.migrate_to) == ("migrated", -100123)


async def test_flood_control_is_in_milliseconds(stand: Stand, api: Api) -> None:
    """Telegram's seconds become ours."""
    stand.refuses(429, "Too Many Requests: retry after 17", retry_after=17)

    error = await refused(api)

    assert isinstance(error, Flooded)
    assert error.wait == 17_000


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {"ok": False, "error_code": 500, "description": "Internal Server Error: restart"}),
        (502, b"<html>the person wrote 314159</html>"),
        (504, b""),
        (200, b"the person wrote 314159"),
        (200, b"[]"),
        (200, {"ok": True}),
        (302, b""),
    ],
)
async def test_an_answer_that_decides_nothing_may_have_been_sent(
    stand: Stand, api: Api, status: int, answer: Any
) -> None:
    """Outages and unreadable answers are tried again; what they hold is not quoted."""
    stand.says((status, answer))

    error = await refused(api)

    assert isinstance(error, Unreachable)
    assert error.sent
    assert "314159" not in str(error)


async def test_silence_may_have_been_sent(stand: Stand, api: Api) -> None:
    """A call's own bound on silence is kept, and its outcome is unknown."""
    stand.free.clear()
    stand.grants(result=True)

    with pytest.raises(Unreachable) as caught:
        await api.call("getUpdates", {"timeout": 0}, timeout=0.05)

    assert caught.value.sent


async def test_nobody_listening_was_not_sent() -> None:
    """Where no connection comes about, a repeat can do no harm."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        api = Api(TOKEN, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        error = await refused(api)
        await api.close()

    assert isinstance(error, Unreachable)
    assert not error.sent
    assert TOKEN not in str(error)


async def test_a_reset_may_have_been_sent() -> None:
    """A connection cut after the request leaves the outcome open."""

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    api = Api(TOKEN, base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    error = await refused(api)
    await api.close()
    server.close()

    assert isinstance(error, Unreachable)
    assert error.sent


async def test_long_polls_do_not_hold_up_calls(stand: Stand) -> None:
    """A long poll has a connection of its own, however small the pool."""
    api = Api(TOKEN, base_url=stand.url, pool_size=1)
    stand.grants([])
    stand.free.clear()
    poll = asyncio.create_task(api.call("getUpdates", {"timeout": 50}, timeout=60))
    call = asyncio.create_task(api.call("sendMessage", {"chat_id": 7}))
    await stand.came.acquire()
    await stand.came.acquire()
    stand.free.set()

    assert [] == await poll == await call
    await api.close()


async def test_a_closed_client_refuses(stand: Stand, api: Api) -> None:
    """After close nothing goes out any more."""
    await api.close()

    assert isinstance(await refused(api), Unreachable)
    assert stand.asked == []


def test_telegram_is_the_default() -> None:
    """Without an address, calls go to Telegram."""
    assert f"https://api.telegram.org/bot{TOKEN}" == Api(TOKEN)._bot.base_url
