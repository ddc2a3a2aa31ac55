"""Updates and requests with something wrong in them: nothing crashes, nothing is tried without end, nobody is stuck.

A few hundred of each run in the suite, always the same; ``make chaos`` draws a hundred thousand of each anew and prints
the seed. A failing update is made small before it is shown.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field

import pytest
import structlog
from chaos_fuzz import PEOPLE, Updates, fewest, smallest
from chaos_requests import Requests, ask
from PIL import Image
from starlette.applications import Starlette

from bot.clock import DAY, MINUTE, SECOND
from bot.db import forms
from bot.db.base import Tx
from bot.domain import passwords
from bot.local import API_TOKEN
from bot.log import told
from bot.sandbox.demo import AGENTS, FORUM
from bot.scripts import stage as stages
from bot.scripts.drivers import ActRefused
from bot.scripts.script import Difference
from bot.scripts.stage import Stage
from bot.telegram.intake import webhook_routes
from bot.telegram.updates import read
from bot.web.guard import HEADERS

CHAOS = bool(os.environ.get("CHAOS"))
UPDATES = 100_000 if CHAOS else 400
REQUESTS = 100_000 if CHAOS else 400
A_TOWN = 2_500
"""Updates or requests after which a new bot is begun, and the old one's people go about their business."""
BATCH = 50
QUARTERS = 40
"""Of an hour, within which all that is left must have gone out."""
SECRET = "hush"
TURN = "turn failed"
FINE = frozenset({
    200, 201, 303, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503,
})  # fmt: skip
"""Statuses that somebody has thought of; 500 is none."""
KINDS = ("signin", "signup", "trading", "phrase", "codes", "data", "show_trading", "identity")
CODE = re.compile(r"\b\d{6}\b")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
GIVEN = {
    "user": {"lang": "en"},
    "account": {"email": "ann@example.com", "signed_in": True, "trading": "three green hats"},
    "others": [{"email": "kwame@example.com", "user": 7002, "phone": "+447400333444", "totp": True, "signed_in": True}],
    "settings": {"proxies": 1},
}


@dataclass
class Errors:
    """What the bot logs as an error."""

    events: list[dict] = field(default_factory=list)

    def __call__(self, _logger, method, entry):
        if method in ("error", "critical"):
            self.events.append(dict(entry))
        raise structlog.DropEvent


@pytest.fixture
def errors(monkeypatch):
    """Errors that are logged; passwords cost nothing meanwhile."""
    noted = Errors()
    structlog.configure(processors=[noted])
    monkeypatch.setattr(passwords, "_hasher", stages._quick)
    monkeypatch.setattr(passwords, "_NOTHING", passwords._NOTHING.replace("m=65536,t=3,p=4", "m=8,t=1,p=1"))
    yield noted
    structlog.reset_defaults()


def seeds(most: int, capsys, what: str) -> list[int]:
    """One seed a town; in the long run drawn anew and printed."""
    first = secrets.randbelow(1 << 32) if CHAOS else 1
    if CHAOS:
        with capsys.disabled():
            print(f"\n{most:,} {what}, seed {first}")  # noqa: T201 - to be able to run it again
    return [first + n for n in range(-(-most // A_TOWN))]


class Town:
    """A bot, its webhook, and what is wrong with how it took something."""

    def __init__(self, stage: Stage, errors: Errors) -> None:
        self.stage, self.errors = stage, errors
        self.hook = Starlette(routes=webhook_routes(stage.app.intake, SECRET))
        self.looked = 0

    async def take(self, bodies: list[bytes]) -> None:
        """Post updates, and let everything happen that follows."""
        for body in bodies:
            status, _, _ = await ask(self.hook, {
                "method": "POST", "path": "/telegram/webhook", "query": "", "body": body,
                "headers": {"x-telegram-bot-api-secret-token": SECRET},
            })  # fmt: skip
            if status != 200:
                raise AssertionError(f"the webhook answered {status}")
        await self.stage.settle()
        await self.stage.driver.advance(3 * SECOND)
        await self.stage.settle()
        self.stage.journal.clear()

    async def wrong(self) -> list[str]:
        """Faults since the last time: turns that failed over what can be read, and messages that could not be made."""
        rows = await self.stage.db(lambda tx: tx.all(
            "SELECT id, payload, error FROM inbox WHERE aside_at IS NOT NULL AND id > $1 ORDER BY id", self.looked
        ))  # fmt: skip
        where = {event["row"]: told(event["exc_info"])[1] for event in self.errors.events if event["event"] == TURN}
        found = []
        for row in rows:
            self.looked = max(self.looked, row["id"])
            payload = json.loads(self.stage.app.tools.vault.open_bytes(row["payload"], f"inbox/payload/{row['id']}"))
            if isinstance(payload, dict) and "update" in payload and readable(payload["update"]):
                found.append(f"{row['error']} at {where.get(row['id'])} over {payload['update']}")
        found += [
            f"{event['event']}: {event.get('kind')} {event.get('exc_info')}"
            for event in self.errors.events
            if event["event"] != TURN
        ]
        self.errors.events.clear()
        return found

    async def left(self) -> list[str]:
        """What still waits once nothing gets less any more: a group takes but twenty messages a minute."""
        left: list[str] = []
        for _ in range(QUARTERS):
            await self.stage.wait(15 * MINUTE)
            self.stage.journal.clear()
            before, left = left, await self.stage.db(self._waiting)
            if not left or left == before:
                break
        return left

    async def _waiting(self, tx: Tx) -> list[str]:
        rows = await tx.all("SELECT id, lane, source FROM inbox WHERE done_at IS NULL AND aside_at IS NULL")
        posts = await tx.all(
            "SELECT id, lane, kind, tries FROM outbox WHERE status = 'waiting' AND due_at <= $1", self.stage.clock.now()
        )
        return [str(dict(row)) for row in (*rows, *posts)]


def readable(update: object) -> bool:
    """Whether it is an update at all: what cannot be read is rightly put aside."""
    try:
        read(update)  # type: ignore[arg-type]  # whatever it is
    except Exception:  # noqa: BLE001 - whatever the library makes of it
        return False
    return True


# --- everybody's honest business ----------------------------------------------------------------------------------


async def business(stage: Stage, person: int) -> None:
    """Somebody signs in by a link to an account of their own, binds a phone, and talks to an agent."""
    email, number = f"p{person}@example.org", f"+4915112{person}00"

    async def say(text: str) -> None:
        await stage.pace()
        await stage.driver.act("say", {"person": person, "text": text})
        await stage.settle()

    async def tap(*labels: str) -> None:
        for label in labels:
            await stage.pace()
            await stage.driver.act("tap", {"person": person, "label": label})
            await stage.settle()

    await stage._account({"email": email}, 0)
    url = f"http://127.0.0.1:{stage.driver.server.port}/v1/accounts/{stage.accounts[email]}/links"
    async with stage.browser("site").post(url, headers={"Authorization": f"Bearer {API_TOKEN}"}) as answer:
        payload = json.loads(await answer.text())["payload"]
    await say("/cancel")
    await say("/language")
    await tap("English")
    await stage.driver.act("start", {"person": person, "payload": payload})
    await stage.settle()
    await say("/start")
    await tap("Account security", "Mobile phone", "Set", "Email code")
    await say(CODE.search(stage.world.inbox.email_to(email)[-1].text)[0])
    await say("Germany")
    await say(number)
    await tap("Send code")
    await say(CODE.search(stage.world.inbox.sms_to(number)[-1].text)[0])
    await tap("Activate")
    bound = await stage.db(lambda tx: tx.one("SELECT phone_at FROM accounts WHERE id = $1", stage.accounts[email]))
    assert bound["phone_at"] is not None, stage.shown(person)[-1]
    await tap("Talk to a person")
    for label in ("No, something new", "Something else"):  # neither is asked where a ticket is open still
        if any(label in row for row in stage.shown(person)[-1].buttons):
            await tap(label)
    await say(f"I am {person}")
    thread = await stage.thread(person)
    assert any(f"I am {person}" in seen.text for seen in stage.shown(FORUM)), "the agents did not get it"
    for words in ("/claim", f"Hello {person}"):
        await stage.driver.act("say", {"person": AGENTS[0], "chat": FORUM, "thread": thread, "text": words})
        await stage.settle()
    assert any(f"Hello {person}" in seen.text for seen in stage.shown(person)), "the answer did not come"


async def _everybody(stage: Stage) -> list[str]:
    """Who cannot go about their business, a day later so that no limit is in their way."""
    await stage.wait(DAY)
    for person in PEOPLE:
        try:
            await business(stage, person)
        except (AssertionError, ActRefused, Difference, IndexError) as fault:
            seen = [(message.text, message.buttons) for message in stage.shown(person)[-3:]]
            return [f"{person} is stuck: {fault!r}", f"they see {seen}"]
    return []


# --- updates ------------------------------------------------------------------------------------------------------


async def test_whatever_comes_in_nobody_is_stuck(errors, capsys):
    """Broken updates are put aside after three tries at most, all others are answered, and everybody's way is open."""
    failed: list[str] = []
    seeded = seeds(UPDATES, capsys, "updates")
    for seed in seeded:
        failed += await _town(GIVEN, seed, min(A_TOWN, UPDATES), errors)
        if failed:
            break

    assert [] == failed, "\n".join([f"seed {seed}", *failed])


@pytest.mark.skipif(not CHAOS, reason="a long run: make chaos")
async def test_whatever_comes_in_nobody_is_stuck_on_postgresql_either(errors, capsys, postgres_url):
    """One town whose database is stricter about texts and numbers."""
    [seed] = seeds(A_TOWN, capsys, "updates on PostgreSQL")
    given = {**GIVEN, "settings": {**GIVEN["settings"], "database": postgres_url}}

    failed = await _town(given, seed, A_TOWN, errors)

    assert [] == failed, "\n".join([f"seed {seed}", *failed])


async def _opened(stage: Stage, errors: Errors) -> Town:
    for person in PEOPLE:
        await stage.driver.act("say", {"person": person, "text": "/start"})
    town = Town(stage, errors)
    await town.take([])
    return town


async def _town(given: dict, seed: int, most: int, errors: Errors) -> list[str]:
    async with Stage(given) as stage:
        town, updates, history = await _opened(stage, errors), Updates(seed, stage.world), []
        for _ in range(-(-most // BATCH)):
            batch = [updates.make() for _ in range(BATCH)]
            history += batch
            try:
                await town.take([updates.body(update) for update in batch])
                wrong = await town.wrong()
            except (Difference, AssertionError, RuntimeError) as fault:
                wrong = [repr(fault)]
            if wrong:
                return [*wrong[:3], await _culprit(history, errors)]
        left = await town.left()
        if left:
            return [f"still waiting: {left[:3]}"]
        stuck = await _everybody(stage)
        if stuck:
            return stuck
        return await town.wrong()


async def _culprit(history: list, errors: Errors) -> str:
    """The last update at its smallest where it fails alone; else the fewest that it takes together."""

    async def fails(updates: list) -> bool:
        errors.events.clear()
        async with Stage(GIVEN) as stage:
            town = await _opened(stage, errors)
            try:
                for start in range(0, len(updates), BATCH):
                    await town.take([json.dumps(update).encode() for update in updates[start : start + BATCH]])
                return bool(await town.wrong())
            except (Difference, AssertionError, RuntimeError):
                return True

    for update in history[-BATCH:]:
        if await fails([update]):
            return f"the smallest update that does it: {json.dumps(await smallest(update, lambda u: fails([u])))}"
    if not await fails(history):
        return "played again, these updates do nothing; play the seed"
    few = await fewest(history, fails)
    return f"the fewest updates that do it: {json.dumps(few)}"


# --- requests -----------------------------------------------------------------------------------------------------


async def test_whatever_is_asked_there_is_an_answer(errors, capsys):
    """Every request gets a status that somebody has thought of, with the safe headers, and people can go on."""
    statuses: Counter[int] = Counter()
    failed: list[str] = []
    for seed in seeds(REQUESTS, capsys, "requests"):
        failed = await _asked(seed, min(A_TOWN, REQUESTS), errors, statuses)
        if failed:
            break

    assert [] == failed, "\n".join([f"seed {seed}", *failed])
    assert {200, 400, 401, 403, 404, 405, 415, 422} <= set(statuses)


async def _asked(seed: int, most: int, errors: Errors, statuses: Counter[int]) -> list[str]:
    async with Stage(GIVEN) as stage:
        site, account = Starlette(routes=list(stage.app.routes())), stage.accounts["ann@example.com"]
        requests = Requests(seed, account)
        requests.pictures = pictures()
        for person in PEOPLE:
            await stage.driver.act("say", {"person": person, "text": "/start"})
        for number in range(most):
            if number % BATCH == 0:
                await stage.driver.advance(2 * MINUTE)
                await stage.settle()
                requests.forms = [await opened(stage, site, requests, person) for person in PEOPLE]
                stage.journal.clear()
            request = requests.make()
            wrong = await _wrong(site, request, statuses)
            wrong += [str(event) for event in errors.events]
            if wrong:
                return [
                    *wrong,
                    f"the smallest request that does it: {await smallest(request, lambda r: _fails(site, r))}",
                ]
        stuck = await _everybody(stage)
        if stuck:
            return stuck
        return []


async def opened(stage: Stage, site: Starlette, requests: Requests, person: int) -> tuple[str, str, str]:
    """A form that the person's browser has opened: its path, the browser's mark, and the form's."""
    tools, kind = stage.app.tools, requests.dice.choice(KINDS)
    account = requests.account if person == PEOPLE[0] else None
    token = await stage.db(lambda tx: forms.open_form(tx, tools, chat=person, kind=kind, lang="en", account=account))
    page = {"method": "GET", "path": f"/f/{token}", "query": "", "headers": {}, "body": b""}
    _, headers, text = await ask(site, page)
    cookie = headers.get("set-cookie", "").partition(";")[0].removeprefix("form=")
    csrf = CSRF.search(text.decode())
    return f"/f/{token}", cookie, csrf[1] if csrf else ""


async def _wrong(site: Starlette, request: dict, statuses: Counter[int]) -> list[str]:
    try:
        async with asyncio.timeout(20):
            status, headers, text = await ask(site, request)
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return [repr(error)]
    statuses[status] += 1
    wrong = [] if status in FINE else [f"status {status}"]
    if b"Traceback" in text or b"site-packages" in text:
        wrong.append("it tells how it is made")
    if headers.get("content-type", "").startswith("text/html") and any(
        headers.get(name.lower()) != value for name, value in HEADERS.items()
    ):
        wrong.append("a page without the safe headers")
    return wrong


async def _fails(site: Starlette, request: object) -> bool:
    whole = isinstance(request, dict) and {"method", "path", "query", "headers", "body"} <= request.keys()
    return whole and bool(await _wrong(site, request, Counter()))


def pictures() -> list[bytes]:
    """Small ones of each kind, good ones and others."""
    made = [b"", b"<svg/>", b"PK\3\4" + bytes(50)]
    for kind, size in (
        ("JPEG", (400, 401)),
        ("PNG", (400, 401)),
        ("WEBP", (400, 401)),
        ("GIF", (8, 8)),
        ("BMP", (8, 8)),
    ):
        file = io.BytesIO()
        Image.new("RGB", size).save(file, kind)
        made.append(file.getvalue())
    return made
