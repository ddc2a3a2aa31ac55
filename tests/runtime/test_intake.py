"""From Telegram into the inbox: acknowledged only once it is stored, and never a 4xx for what cannot be read."""

from __future__ import annotations

import io

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.busy import Busy
from bot.db import watch
from bot.errors import DatabaseDown, Flooded, Rejected
from bot.server import Server
from bot.telegram.intake import Intake, Polling, webhook_routes

SECRET = "hush-hush"
UPDATE = {
    "update_id": 7,
    "message": {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5}, "text": "hi"},
}


class Down:
    """A database that is away."""

    async def transact(self, _job):
        raise DatabaseDown("away")


@pytest.fixture
async def hook(db, tools):
    """A webhook over HTTP: post to it, and see what woke."""
    woken: list[int] = []
    intake = Intake(db, tools, woken.append)
    server = Server(Starlette(routes=webhook_routes(intake, SECRET)), "127.0.0.1", 0)
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:

        async def post(body, secret=SECRET) -> int:
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
            send = {"data": io.BytesIO(body)} if isinstance(body, bytes) else {"json": body}
            async with session.post("/telegram/webhook", headers=headers, **send) as answer:
                return answer.status

        post.woken, post.intake = woken, intake
        yield post
    await server.stop()


async def test_an_update_is_stored_once_and_then_acknowledged(hook, db):
    """The same update twice is one row and wakes its lane once."""
    assert [200, 200] == [await hook(UPDATE), await hook(UPDATE)]
    assert [("telegram", "7", 5)] == [
        (row["source"], row["source_key"], row["lane"]) for row in await db.transact(lambda tx: watch.rows(tx, "inbox"))
    ]
    assert [5] == hook.woken


@pytest.mark.parametrize("secret", [None, "", "HUSH-HUSH", "hüsh", "hush-hus"])
async def test_whoever_does_not_know_the_secret_stores_nothing(hook, db, secret):
    """Every other secret is refused, and none at all."""
    assert 403 == await hook(UPDATE, None if secret is None else secret)
    assert [] == await db.transact(lambda tx: watch.rows(tx, "inbox"))


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"update_id": "7"}', b'{"update_id": -1}', b'{"update_id": true}',
     b'{"update_id": 9, "message": 3}', b'{"update_id": 9}', b"\xff\xfe", b"[" * 5000, b'{"update_id": 1e400}',
     b'{"update_id": 9, "message": {"chat": {"id": "x"}}}', b"x" * 2_000_000],
)  # fmt: skip
async def test_what_cannot_be_read_is_put_aside_and_acknowledged(hook, db, body):
    """Telegram would send it again and again and hold up the chat behind it (platform.md 1.2)."""
    assert 200 == await hook(body)
    rows = await db.transact(lambda tx: watch.rows(tx, "inbox"))
    assert [True] == [bool(row["aside_at"]) for row in rows]
    assert [] == hook.woken


async def test_nothing_is_acknowledged_while_the_database_is_away(hook, tools):
    """503: Telegram keeps the update and comes again."""
    hook.intake._db = Down()

    assert 503 == await hook(UPDATE)


class Telegram:
    """A Telegram that answers getUpdates from a list, and then ends the polling."""

    def __init__(self, answers) -> None:
        self.answers = answers
        self.offsets: list[int] = []

    async def call(self, _method, params, **_rest):
        self.offsets.append(params["offset"])
        if not self.answers:
            raise StopAsyncIteration
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Shortcut:
    """A clock whose sleeps are over at once, and noted."""

    def __init__(self, clock) -> None:
        self.now, self.slept = clock.now, []

    async def sleep(self, ms) -> None:
        self.slept.append(ms)


async def polled(db, tools, answers):
    telegram = Telegram(answers)
    tools = type(tools)(Shortcut(tools.clock), tools.ids, tools.vault)
    polling = Polling(telegram, Intake(db, tools, lambda _lane: None), tools, Busy())
    polling.start()
    with pytest.raises((StopAsyncIteration, RuntimeError)):
        await polling._task
    return telegram.offsets, tools.clock.slept


async def test_the_next_question_acknowledges_what_was_stored(db, tools):
    """The offset moves behind the highest id, and an unreadable update does not hold it back."""
    offsets, _ = await polled(db, tools, [[UPDATE], [{"update_id": 9}, {"nonsense": 1}], []])

    assert [0, 8, 10, 10] == offsets


async def test_nothing_is_acknowledged_that_was_not_stored(tools):
    """While the database is away the offset stays where it was, and the pauses grow."""
    offsets, slept = await polled(Down(), tools, [[UPDATE], [UPDATE]])

    assert [0, 0, 0] == offsets
    assert slept == sorted(slept)
    assert 2 == len(slept)


async def test_polling_outlives_every_refusal(db, tools):
    """A conflict, a flood-wait and a wrong token are waited out, never the end of the bot."""
    offsets, slept = await polled(db, tools, [Rejected("conflict"), Flooded(7_000), Rejected("unauthorized"), [UPDATE]])

    assert [0, 0, 0, 0, 8] == offsets
    assert 7_000 in slept
