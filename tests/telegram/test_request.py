"""python-telegram-bot's client over our transport, against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.request import AiohttpRequest, ConnectTimedOut, NotConnected
from tests.telegram.stand import TOKEN, Stand

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
MESSAGE = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}}


def make_bot(url: str, request: AiohttpRequest) -> Bot:
    return Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request)


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    """The transport as it is by default."""
    made = AiohttpRequest()
    yield made
    await made.shutdown()


@pytest.fixture
async def hasty() -> AsyncIterator[AiohttpRequest]:
    """A transport with a single connection that waits for nothing."""
    made = AiohttpRequest(pool_size=1, read_timeout=0.05, pool_timeout=0.05)
    yield made
    await made.shutdown()


@pytest.fixture
def client(stand: Stand, request_: AiohttpRequest) -> Bot:
    """The library's client over it."""
    return make_bot(stand.url, request_)


async def test_a_message_is_sent_as_json_and_its_answer_parsed(stand: Stand, client: Bot) -> None:
    """A message goes out as JSON whose values are texts, and comes back as a Message."""
    stand.grants(MESSAGE | {"text": "Grüße & 📱"})

    sent = await client.send_message(7, "Grüße & 📱", reply_parameters={"message_id": 4})  # type: ignore[arg-type] # as JSON

    assert (sent.message_id, sent.text) == (5, "Grüße & 📱")
    asked = stand.asked[0]
    assert (f"/bot{TOKEN}/sendMessage", "application/json") == (asked.path, asked.kind)
    assert {name: asked.params[name] for name in ("chat_id", "text")} == {"chat_id": "7", "text": "Grüße & 📱"}
    assert json.loads(asked.params["reply_parameters"]) == {"message_id": 4}


async def test_a_picture_is_uploaded_in_its_own_field(stand: Stand, client: Bot) -> None:
    """An upload is multipart; the file keeps its name, kind and bytes, other parameters stay fields."""
    stand.grants(MESSAGE)

    await client.send_photo(7, PNG, caption="Schlüssel", filename="clé.png")

    asked = stand.asked[0]
    assert asked.kind == "multipart/form-data"
    assert asked.params == {"chat_id": "7", "caption": "Schlüssel"}
    assert asked.files == {"photo": ("clé.png", "image/png", PNG)}


async def test_an_album_attaches_every_file(stand: Stand, client: Bot) -> None:
    """Each item of sendMediaGroup names a part that is there."""
    stand.grants([MESSAGE, MESSAGE | {"message_id": 6}])

    sent = await client.send_media_group(7, [InputMediaPhoto(PNG), InputMediaPhoto(PNG + b"2")])

    media = json.loads(stand.asked[0].params["media"])
    assert [message.message_id for message in sent] == [5, 6]
    assert {item["media"].removeprefix("attach://") for item in media} == set(stand.asked[0].files)
    assert [stand.asked[0].files[item["media"].removeprefix("attach://")][2] for item in media] == [PNG, PNG + b"2"]


async def test_a_file_is_downloaded(stand: Stand, client: Bot) -> None:
    """A download is a GET whose body comes back as it is."""
    stand.says((200, PNG))

    assert await client.request.retrieve(f"{stand.url}/file/bot{TOKEN}/photos/a%20b.png") == PNG
    assert f"/file/bot{TOKEN}/photos/a b.png" == stand.asked[0].path


async def test_a_long_poll_may_wait_longer_than_other_calls(stand: Stand, hasty: AiohttpRequest) -> None:
    """A long poll bears its own long-poll time on top of the read timeout."""
    client = Bot(TOKEN, base_url=f"{stand.url}/bot", get_updates_request=hasty)
    stand.free.clear()
    stand.grants([])

    asyncio.get_running_loop().call_later(0.1, stand.free.set)

    assert await client.get_updates(timeout=30) == ()
    assert stand.asked[0].params["timeout"] == "30"


async def test_silence_is_a_timeout(stand: Stand, hasty: AiohttpRequest) -> None:
    """A server that does not answer in time gives TimedOut, and the request may have been carried out."""
    stand.free.clear()
    stand.grants(MESSAGE)

    with pytest.raises(TimedOut) as caught:
        await make_bot(stand.url, hasty).send_message(7, "hello")

    assert not isinstance(caught.value, ConnectTimedOut)


@pytest.mark.parametrize(
    ("status", "description", "kind", "text"),
    [
        (400, "Bad Request: chat not found", BadRequest, "Chat not found"),
        (401, "Unauthorized", InvalidToken, "Unauthorized"),
        (403, "Forbidden: bot was blocked by the user", Forbidden, "Forbidden: bot was blocked by the user"),
        (404, "Not Found", InvalidToken, "Not Found"),
        (409, "Conflict: terminated by other getUpdates request", Conflict, "Conflict: terminated by other"),
        (500, "Internal Server Error: restart", NetworkError, "Internal Server Error: restart"),
    ],
)
async def test_refusals_keep_their_kind_and_text(
    stand: Stand, client: Bot, *, status: int, description: str, kind: type[TelegramError], text: str
) -> None:
    """Every status becomes the library's error with Telegram's text."""
    stand.refuses(status, description)

    with pytest.raises(kind) as caught:
        await client.send_message(7, "hello")

    assert caught.value.message.startswith(text)


async def test_a_gateway_page_is_a_network_error(stand: Stand, client: Bot) -> None:
    """502 with a page instead of JSON is an outage."""
    stand.says((502, b"<html>Bad Gateway</html>"))

    with pytest.raises(NetworkError, match=r"Bad Gateway \(502\)"):
        await client.send_message(7, "hello")


async def test_flood_control_says_how_long(stand: Stand, client: Bot) -> None:
    """429 is RetryAfter, without the library's deprecation warning."""
    stand.refuses(429, "Too Many Requests: retry after 17", retry_after=17)

    with pytest.raises(RetryAfter) as caught:
        await client.send_message(7, "hello")

    assert timedelta(seconds=17) == caught.value.retry_after


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"parameters": {"retry_after": "soon"}}', b"slow down"])
async def test_flood_control_without_a_time_is_a_second(stand: Stand, client: Bot, answer: bytes) -> None:
    """429 that does not say how long is flood control all the same."""
    stand.says((429, answer))

    with pytest.raises(RetryAfter) as caught:
        await client.send_message(7, "hello")

    assert timedelta(seconds=1) == caught.value.retry_after


async def test_a_moved_group_gives_its_new_id(stand: Stand, client: Bot) -> None:
    """A group that became a supergroup is ChatMigrated."""
    stand.refuses(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)

    with pytest.raises(ChatMigrated) as caught:
        await client.send_message(-7, "hello")

    assert caught.value.new_chat_id == -1001234567890


async def test_nobody_listening_is_not_connected(request_: AiohttpRequest) -> None:
    """A refused connection is told from one that broke: nothing was sent."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(NotConnected) as caught:
            await make_bot(url, request_).send_message(7, "hello")

    assert TOKEN not in str(caught.value)


async def test_a_reset_is_a_network_error(request_: AiohttpRequest) -> None:
    """A connection cut after the request is an error that may have been carried out."""

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(NetworkError) as caught:
        await make_bot(url, request_).send_message(7, "hello")
    server.close()

    assert not isinstance(caught.value, NotConnected | TimedOut)
    assert TOKEN not in str(caught.value)


async def test_a_full_pool_times_out_unsent(stand: Stand, hasty: AiohttpRequest) -> None:
    """A call that finds no free connection in time says that it was not sent."""
    client = make_bot(stand.url, hasty)
    stand.free.clear()
    stand.grants(MESSAGE)

    first = asyncio.create_task(client.send_message(7, "first", read_timeout=30))
    await stand.came.acquire()
    with pytest.raises(ConnectTimedOut):
        await client.send_message(7, "second", connect_timeout=0.05)
    stand.free.set()

    assert (await first).message_id == 5
    assert len(stand.asked) == 1


async def test_connections_are_kept(stand: Stand, client: Bot) -> None:
    """Calls one after the other share a connection."""
    stand.grants(MESSAGE)

    for _ in range(3):
        await client.send_message(7, "hello")

    assert len({asked.peer for asked in stand.asked}) == 1


async def test_the_environment_has_no_say(stand: Stand, client: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies named in the environment are not used."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stand.grants(MESSAGE)

    assert (await client.send_message(7, "hello")).message_id == 5


async def test_an_unreadable_answer_is_not_logged(stand: Stand, client: Bot, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be parsed may hold what people wrote: it reaches no log."""
    stand.says((200, b'{"ok": true, "result": {"text": "my code is 314159"'))

    with caplog.at_level(logging.DEBUG), pytest.raises(TelegramError) as caught:
        await client.send_message(7, "hello")

    assert "314159" not in caplog.text + str(caught.value)


async def test_a_transport_can_be_closed_and_opened_again(stand: Stand, request_: AiohttpRequest) -> None:
    """After shutdown calls are refused until initialize; both may be repeated."""
    client = make_bot(stand.url, request_)
    stand.grants(MESSAGE)
    await request_.initialize()
    await request_.initialize()
    await request_.shutdown()
    await request_.shutdown()

    with pytest.raises(NetworkError, match="shut down"):
        await client.send_message(7, "hello")
    await request_.initialize()

    assert (await client.send_message(7, "hello")).message_id == 5


def test_the_default_silence_is_told() -> None:
    """The library asks for the read timeout to lengthen long polls."""
    assert AiohttpRequest(read_timeout=3.0).read_timeout == 3.0
    assert AiohttpRequest(read_timeout=None).read_timeout is None
