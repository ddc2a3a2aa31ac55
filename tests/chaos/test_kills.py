"""kill -9 at random points of conversations over HTTP: nothing lost, nothing done or counted twice."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections import Counter
from dataclasses import dataclass

import pytest
from chaos_life import Bot, DeadlyWorld, Reaper
from chaos_people import Person

from bot.clock import SystemClock
from bot.db import accounts, conversations, sessions, watch
from bot.db.base import Db
from bot.db.connect import connect
from bot.db.ids import Ids
from bot.db.migrate import migrate
from bot.domain.vault import Vault
from bot.local import at_port
from bot.sandbox import demo, make_app
from bot.sandbox.demo import FORUM
from bot.scripts.drivers import script_settings
from bot.server import Server
from bot.settings import Settings
from bot.tools import Tools

CHAOS = bool(os.environ.get("CHAOS"))
KILLS = 500 if CHAOS else 20
AT_ONCE = 5
_FIRST = 7_100


@dataclass
class Harvest:
    """What is left after all kills."""

    people: list[Person]
    reaper: Reaper
    world: DeadlyWorld
    tables: dict[str, list[dict]]


@pytest.fixture(params=["sqlite", "postgres"] if CHAOS else ["sqlite"])
def place(request, tmp_path) -> str:
    """Where the bot keeps its rows: on both databases in the long run."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:{tmp_path / 'bot.db'}"


async def test_kills_lose_nothing_and_repeat_nothing(place, tmp_path, capsys):
    """However often the bot is killed, every update is answered and every step, attempt and ticket counts once."""
    seed = secrets.randbelow(1 << 32)
    with capsys.disabled():
        print(f"\n{KILLS} kills on {place.partition(':')[0]}, seed {seed}")  # noqa: T201 - to be able to run it again

    harvest = await _survive(script_settings(tmp_path).model_copy(update={"database": place}), seed)

    repeated = _repeated(harvest)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the run is for
            f"{len(harvest.people)} conversations, {harvest.reaper.lost} kills between a call and its answer,"
            f" {repeated} repeated sends"
        )
    _nothing_twice(harvest)


async def _survive(settings: Settings, seed: int) -> Harvest:
    clock = SystemClock()
    world = DeadlyWorld(clock)
    demo(world)
    server = Server(make_app(world), "127.0.0.1", 0)
    await server.start()
    settings = at_port(settings, server.port)
    bot = Bot(settings)
    dice = random.Random(seed)  # noqa: S311 - no secret
    reaper = Reaper(bot, KILLS, dice, world.journal)
    tools = Tools(clock, Ids(clock, 1), Vault(settings.keys))
    db = await connect(settings.database)
    people: list[Person] = []
    try:
        await migrate(db, clock)
        bot.start()
        world.reaper = reaper

        def did() -> None:
            if not reaper.done and dice.random() < 0.1:
                reaper.later(dice.uniform(0, 0.05))

        async def one_after_another() -> None:
            while not people or not reaper.done:
                person = Person(world, _FIRST + len(people), did)
                people.append(person)
                await _invite(db, tools, person)
                await person.live()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(one_after_another())
        await _quiet(db)
        tables = {name: await db.transact(lambda tx, name=name: watch.rows(tx, name)) for name in watch.TABLES}
    finally:
        await reaper.close()
        bot.kill()
        await db.close()
        await world.close()
        await server.stop()
    return Harvest(people, reaper, world, tables)


async def _invite(db: Db, tools: Tools, person: Person) -> None:
    """An account, signed in to the person's chat."""

    async def job(tx) -> None:
        account = await accounts.create(tx, tools, email=person.email, password_hash="none")
        await conversations.meet(tx, tools, chat=person.id, name=f"P{person.id}", lang="en")
        await sessions.begin(tx, tools, chat=person.id, account=account, via="link")

    person.world.acts.person(person.id, f"P{person.id}", language_code="en", phone=person.phone)
    await db.transact(job)


async def _quiet(db: Db) -> None:
    """Wait until nothing waits to be done or sent."""
    async with asyncio.timeout(60):
        while True:
            inbox = await db.transact(lambda tx: watch.rows(tx, "inbox"))
            outbox = await db.transact(lambda tx: watch.rows(tx, "outbox"))
            if all(row["done_at"] for row in inbox) and all(row["status"] != "waiting" for row in outbox):
                return
            await asyncio.sleep(0.05)


def _nothing_twice(harvest: Harvest) -> None:
    tables, people = harvest.tables, harvest.people
    pseudonyms = {row["id"]: row["pseudonym"] for row in tables["subjects"] if row["kind"] == "chat"}
    rows = [row for row in tables["audit"] if row["actor"] == "person"]
    edges = {person.id: [row["action"] for row in rows if row["person"] == pseudonyms[person.id]] for person in people}
    first = edges[people[0].id]

    assert len(people) == sum(row["phone_at"] is not None for row in tables["accounts"])
    for took in edges.values():
        assert first == took
    assert len(set(first)) > 10
    assert {2} == {row["tries"] for row in tables["codes"] if row["channel"] == "sms"}  # a wrong and a right one
    assert {"enrol": len(people), "bind_phone": len(people)} == Counter(row["purpose"] for row in tables["codes"])
    assert {"used"} == {row["status"] for row in tables["codes"] if row["purpose"] == "bind_phone"}
    assert Counter(person.id for person in people) == Counter(row["chat"] for row in tables["tickets"])
    assert all(row["done_at"] and not row["aside_at"] for row in tables["inbox"])
    assert {"delivered"} == {row["status"] for row in tables["ticket_messages"]}
    assert 2 * len(people) == len(tables["ticket_messages"])
    assert 2 * len(people) == len(harvest.world.state.sms)  # the code, and the notice


def _repeated(harvest: Harvest) -> int:
    """Messages sent twice; each time the bot died in between, and at most one in each chat's lane a death."""
    marks = harvest.reaper.marks
    calls = {call.seq: call for call in harvest.world.journal.calls}
    blamed: Counter[tuple[int, object]] = Counter()
    for group in harvest.world.journal.duplicates():
        lives = [sum(mark < seq for mark in marks) for seq in group.seqs]
        assert len(set(lives)) == len(lives), f"sent twice in one life: {calls[group.seqs[0]].method}"
        lane = group.params.get("message_thread_id") or group.params.get("chat_id")
        blamed.update((life, lane) for life in lives[:-1])
    assert not blamed or max(blamed.values()) == 1
    topics = harvest.world.state.chats[FORUM].topics
    return blamed.total() + len(topics) - len(harvest.people)
