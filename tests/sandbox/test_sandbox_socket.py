from __future__ import annotations

import asyncio
import io
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.error import BadRequest, RetryAfter, TimedOut

from bot.clock import SystemClock
from bot.sandbox import BOT_TOKEN, Fault, World, demo, make_app
from bot.sandbox.demo import FORUM
from bot.sandbox.webhooks import Reply, post_over_http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    task = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    async with listening(make_app(world)) as url:
        yield url
        await world.close()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


async def test_python_telegram_bot_works_against_the_sandbox() -> None:
    """PTB's own client sends, edits, uploads, downloads, opens a topic and reads updates."""
    world = World(SystemClock(), seed=1)
    demo(world)
    async with serving(world) as url, Bot(BOT_TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
        world.acts.start(7001, "from_site")
        updates = await bot.get_updates(timeout=1)
        assert updates[-1].message is not None
        assert updates[-1].message.text == "/start from_site"
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
        sent = await bot.send_message(7001, "<b>Hello</b>", parse_mode="HTML", reply_markup=keyboard)
        await sent.edit_text("Bye", reply_markup=keyboard)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await sent.edit_text("Bye", reply_markup=keyboard)

        press = world.acts.tap(7001, "Yes")
        [update] = await bot.get_updates(offset=updates[-1].update_id + 1)
        assert update.callback_query is not None
        assert press.query_id == update.callback_query.id
        assert await update.callback_query.answer("Fine")

        photo = await bot.send_photo(7001, picture(), caption="a picture")
        album = await bot.send_media_group(7001, [InputMediaPhoto(picture()), InputMediaPhoto(picture())])
        assert len({message.media_group_id for message in album}) == 1
        assert (photo.photo[-1].width, photo.photo[-1].height) == (640, 480)
        document = await bot.send_document(7001, b"hello", filename="a.txt")
        assert document.document is not None
        file = await bot.get_file(document.document)
        assert bytes(await file.download_as_bytearray()) == b"hello"

        topic = await bot.create_forum_topic(FORUM, "Ticket 1")
        message = await bot.send_message(FORUM, "in it", message_thread_id=topic.message_thread_id)
        assert message.is_topic_message
        copied = await bot.copy_message(FORUM, 7001, photo.message_id, message_thread_id=topic.message_thread_id)
        assert message.message_id + 1 == copied.message_id
        assert await bot.delete_message(7001, sent.message_id)


async def test_faults_reach_a_client_as_network_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost answer is a network error though the message is there; a 429 carries its seconds."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    world = World(SystemClock(), seed=1)
    demo(world)
    async with serving(world) as url, Bot(BOT_TOKEN, base_url=f"{url}/bot") as bot:
        world.acts.start(7001)
        world.faults.add(Fault("sendMessage", "error", code=429, retry_after=3))
        with pytest.raises(RetryAfter, match="Retry in 0:00:03"):
            await bot.send_message(7001, "one")
        world.faults.add(Fault("sendMessage", "timeout_after"))
        with pytest.raises(Exception, match=r"(?i)disconnected|closed|reset|read"):
            await bot.send_message(7001, "two")
        assert [message.content["text"] for message in world.messages(7001)] == ["/start", "two"]
        world.faults.add(Fault("sendMessage", "timeout_before", hold_ms=5_000))
        with pytest.raises(TimedOut):
            await bot.send_message(7001, "three", read_timeout=0.2)


async def test_a_gateway_that_drops_the_connection_has_stored_the_message() -> None:
    """The SMS arrives though the caller sees its connection break, and once however often it asks."""
    world = World(SystemClock(), seed=1)
    headers = {"Authorization": f"Bearer {world.gateway_token}"}
    body = {"id": "a1", "to": "+4915112345678", "text": "Code"}
    async with serving(world) as url, aiohttp.ClientSession(headers=headers) as session:
        world.faults.add(Fault("sms", "timeout_after"))
        with pytest.raises(aiohttp.ClientError):
            await session.post(f"{url}/gateway/sms", json=body)
        answer = await session.post(f"{url}/gateway/sms", json=body)
        assert await answer.json() == {"id": "a1", "status": "accepted"}
    [sms] = world.inbox.sms_to("+4915112345678")
    assert sms.repeats == 1


def test_every_update_parses_with_python_telegram_bot() -> None:
    """What people do makes updates that PTB's Update reads whole."""
    world = World(SystemClock(), seed=1)
    demo(world)
    acts = world.acts
    acts.start(7001)
    for kind in ("photo", "document", "video", "audio", "voice", "video_note", "animation", "sticker"):
        acts.media(7001, kind)
    acts.contact(7001)
    acts.location(7001, 1.5, 2.5)
    acts.album(7001, [{"kind": "photo"}, {"kind": "photo", "caption": "two"}])
    topic = acts.topic_create(9001, FORUM, "By hand")
    acts.say(9002, "hello", chat=FORUM, thread=topic.id)
    acts.say(9001, "secret", chat=FORUM, anonymous=True)
    acts.channel_post(FORUM, "news")
    acts.topic_rename(9001, FORUM, topic.id, "Renamed")
    acts.topic_close(9001, FORUM, topic.id)
    acts.block(7001)
    acts.leave(9002, FORUM)
    acts.kick_bot(9001, FORUM)
    raw = world.take_updates()
    updates = [Update.de_json(item, None) for item in raw]

    assert len(raw) == len(updates) >= 20
    assert all(not update.api_kwargs for update in updates)
    assert all(not update.message.api_kwargs for update in updates if update.message)


async def test_a_webhook_over_http_gets_update_and_secret() -> None:
    """The real poster sends the update, and a refusal of the connection is an error to try again."""
    seen: list[tuple[str, str]] = []

    async def hook(request: Request) -> Response:
        seen.append((request.headers["x-telegram-bot-api-secret-token"], (await request.body()).decode()))
        return Response(headers={"Retry-After": "2"}, status_code=429)

    async with listening(Starlette(routes=[Route("/hook", hook, methods=["POST"])])) as url:
        reply = await post_over_http(f"{url}/hook", '{"update_id":1}', {"X-Telegram-Bot-Api-Secret-Token": "s"})
    with pytest.raises(OSError, match=r".+"):
        await post_over_http(f"{url}/hook", "{}", {})

    assert Reply(429, "", retry_after=2) == reply
    assert seen == [("s", '{"update_id":1}')]
