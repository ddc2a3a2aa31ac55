"""Whoever keeps a connection, a form or an upload open by trickles."""

from __future__ import annotations

import asyncio
import gc
from tempfile import SpooledTemporaryFile

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot import server as web
from bot.clock import MINUTE, SECOND
from bot.server import Server
from bot.web.guard import BODY_LIMIT, Guard, Unreadable

FORM = [(b"content-type", b"application/x-www-form-urlencoded")]
PICTURES = [(b"content-type", b"multipart/form-data; boundary=x")]
PART = b'--x\r\nContent-Disposition: form-data; name="front"; filename="a"\r\n\r\npicture\r\n--x--\r\n'
CUT = PART[:-12]
"""The connection was lost in the middle of the picture."""


class Client:
    """Sends the parts of a body as they are put; without any it only waits."""

    def __init__(self, headers) -> None:
        self.parts: asyncio.Queue[bytes] = asyncio.Queue()
        self.asked = 0
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "client": ("192.0.2.1", 1)}
        self.request = Request(scope, self.receive)

    async def receive(self):
        self.asked += 1
        part = await self.parts.get()
        return {"type": "http.request", "body": part, "more_body": part not in (PART, CUT)}


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def status(task: asyncio.Task) -> int:
    with pytest.raises(Unreadable) as refused:
        await task
    return refused.value.status


@pytest.fixture
def guard(clock) -> Guard:
    return Guard(clock, 0)


async def test_a_form_has_half_a_minute_however_it_trickles(guard, clock):
    """A byte every second does not stop the time."""
    client = Client(FORM)
    task = asyncio.create_task(guard.form(client.request))
    for _ in range(29):
        await turns()
        client.parts.put_nowait(b"a")
        clock.advance(SECOND)
    await turns()
    early = task.done()
    clock.advance(SECOND)

    assert not early
    assert 408 == await status(task)


async def test_a_large_body_is_not_read_to_its_end(guard):
    """One part too many, and the rest stays where it is."""
    client = Client(FORM)
    for _ in range(100):
        client.parts.put_nowait(b"x" * (BODY_LIMIT // 4))

    assert 413 == await status(asyncio.create_task(guard.form(client.request)))
    assert 5 == client.asked


async def test_the_newest_upload_of_a_form_ends_the_one_before(guard, clock):
    """An impatient finger sends twice and is served; a form takes one place, however often it is sent in."""
    first, second = Client(PICTURES), Client(PICTURES)
    slow = asyncio.create_task(guard.upload(first.request, ["front"], 1))
    await turns()
    newer = asyncio.create_task(guard.upload(second.request, ["front"], 1))
    refused = await status(slow)
    second.parts.put_nowait(PART)

    assert 409 == refused
    assert ({}, {"front": b"picture"}) == await newer
    assert {} == guard._uploads
    assert clock.now()


async def test_an_upload_that_was_cut_off_is_no_picture_and_leaves_nothing(guard):
    """Half a picture is not laid before anybody; what it began is closed, as the suite's warnings would tell."""
    client = Client(PICTURES)
    client.parts.put_nowait(CUT)

    assert 400 == await status(asyncio.create_task(guard.upload(client.request, ["front"], 1)))
    assert 0 == sum(isinstance(each, SpooledTemporaryFile) and not each.closed for each in gc.get_objects())


async def test_one_person_cannot_hold_up_everybodys_uploads(guard):
    """Twenty slow uploads of one form leave room for another person's."""
    slow = []
    for _ in range(20):
        slow.append(asyncio.create_task(guard.upload(Client(PICTURES).request, ["front"], 1)))
        await turns()
    honest = Client(PICTURES)
    honest.parts.put_nowait(PART)

    assert ({}, {"front": b"picture"}) == await guard.upload(honest.request, ["front"], 2)
    assert [409] * 19 == [await status(task) for task in slow[:19]]
    slow[19].cancel()
    await asyncio.gather(slow[19], return_exceptions=True)


async def test_four_uploads_at_a_time_and_five_minutes_for_each(guard, clock):
    """The fifth waits, and gets its turn once the slow ones have had their time."""
    slow = [asyncio.create_task(guard.upload(Client(PICTURES).request, ["front"], n)) for n in range(4)]
    fifth = Client(PICTURES)
    fifth.parts.put_nowait(PART)
    waiting = asyncio.create_task(guard.upload(fifth.request, ["front"], 5))
    await turns()
    before = waiting.done()
    clock.advance(5 * MINUTE)

    assert not before
    assert [408] * 4 == [await status(task) for task in slow]
    assert ({}, {"front": b"picture"}) == await waiting


# --- connections ----------------------------------------------------------------------------------------------

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
async def impatient():
    """A server that waits a twentieth of a second, and what lets its one slow endpoint go on."""
    go_on, begun = asyncio.Event(), asyncio.Queue()

    async def quick(_request):
        return PlainTextResponse("here")

    async def slow(_request):
        begun.put_nowait(None)
        await go_on.wait()
        return PlainTextResponse("at last")

    routes = [Route("/", quick, methods=["GET", "POST"]), Route("/slow", slow)]
    server = Server(Starlette(routes=routes), "127.0.0.1", 0, patience=0.05)
    await server.start()
    server.go_on, server.begun = go_on, begun
    yield server
    await server.stop()


async def connected(server, say: bytes = b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(say)
    return reader, writer


async def ended(reader, writer) -> bytes:
    """Everything until the other side closes."""
    try:
        return await reader.read()
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


@pytest.mark.parametrize("say", [b"", b"GET", HEAD, HEAD + b"X: " + b"y" * 1000])
async def test_a_connection_that_asks_for_nothing_is_closed(impatient, say):
    """Without a word, or in the middle of one."""
    assert b"" == await ended(*await connected(impatient, say))


async def test_trickles_do_not_keep_a_connection_open(impatient):
    """A byte of a header every now and then is no progress."""
    reader, writer = await connected(impatient, HEAD + b"X: ")
    closed = asyncio.create_task(ended(reader, writer))
    while not closed.done():
        writer.write(b"y")
        await asyncio.sleep(0)

    assert (await closed) in (b"", b"reset")


async def test_what_is_left_of_an_answered_body_is_not_waited_for(impatient):
    """The answer has been given; the rest of what was announced does not hold the connection."""
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    reader, writer = await connected(impatient, head)
    answer = await reader.readuntil(b"here")
    closed = asyncio.create_task(ended(reader, writer))
    while not closed.done():
        writer.write(b"y")
        await asyncio.sleep(0)

    assert answer.startswith(b"HTTP/1.1 200")


async def test_an_answer_may_take_its_time(impatient):
    """Only whoever keeps us waiting is cut off; a request that is under way and a kept connection are not."""
    reader, writer = await connected(impatient, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    await ended(*await connected(impatient))  # as long as the patience lasts
    impatient.go_on.set()
    first = await reader.readuntil(b"at last")
    writer.write(HEAD + b"\r\n")

    assert first.startswith(b"HTTP/1.1 200")
    assert (await reader.readuntil(b"here")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_connections_have_an_end(impatient, monkeypatch):
    """Beyond the most there may be, a new one is closed at once and those that are there are served."""
    monkeypatch.setattr(web, "_MOST", 2)
    held = [await connected(impatient, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(2)]
    for _ in range(2):
        await impatient.begun.get()
    surplus = await ended(*await connected(impatient, HEAD + b"\r\n"))
    impatient.go_on.set()

    assert surplus in (b"", b"reset")
    for reader, writer in held:
        assert (await reader.readuntil(b"at last")).startswith(b"HTTP/1.1 200")
        writer.close()


@pytest.mark.parametrize(
    "say",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"X: " + b"y" * 2_000_000 + b"\r\n\r\n",
    ],
    ids=["noise", "two lengths", "a negative length", "an odd encoding", "NUL", "no host", "a huge header"],
)
async def test_what_is_no_http_is_refused_and_the_next_one_served(impatient, say):
    """One way to read a request, or none; nothing of it reaches an endpoint."""
    answer = await ended(*await connected(impatient, say))
    honest = await connected(impatient, HEAD + b"Connection: close\r\n\r\n")

    assert answer in (b"", b"reset") or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501", b"HTTP/1.1 431"))
    assert b"here" in await ended(*honest)
