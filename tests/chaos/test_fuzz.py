"""Updates and requests with something wrong in them: nothing crashes, nothing is tried without end, nobody is stuck.

A few hundred of each run in the suite, always the same; ``make chaos`` draws a hundred thousand of each anew and prints
the seed, which CHAOS_SEED takes to run it again. A failing update is made small before it is shown.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import secrets
from collections import Counter

import pytest
import structlog
from chaos_fuzz import PEOPLE, Updates, fewest, smallest
from chaos_requests import Requests, ask
from chaos_town import Errors, Town, everybody
from PIL import Image
from starlette.applications import Starlette

from bot.clock import MINUTE
from bot.db import forms
from bot.scripts.script import Difference
from bot.scripts.stage import Stage
from bot.web.guard import HEADERS

CHAOS = bool(os.environ.get("CHAOS"))
UPDATES = 100_000 if CHAOS else 400
REQUESTS = 100_000 if CHAOS else 400
A_TOWN = 2_500
"""Updates or requests after which a new bot is begun, and the old one's people go about their business."""
BATCH = 50
FINE = frozenset({
    200, 201, 303, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503,
})  # fmt: skip
"""Statuses that somebody has thought of; 500 is none."""
KINDS = ("signin", "signup", "trading", "phrase", "codes", "data", "show_trading", "identity")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
GIVEN = {
    "user": {"lang": "en"},
    "account": {"email": "ann@example.com", "signed_in": True, "trading": "three green hats"},
    "others": [{"email": "kwame@example.com", "user": 7002, "phone": "+447400333444", "totp": True, "signed_in": True}],
    "settings": {"proxies": 1},
}


@pytest.fixture
def errors():
    """Errors that are logged."""
    noted = Errors()
    structlog.configure(processors=[noted])
    yield noted
    structlog.reset_defaults()


def seeds(most: int, capsys, what: str) -> list[int]:
    """One seed a town; in the long run drawn anew and printed."""
    first = int(os.environ.get("CHAOS_SEED") or (secrets.randbelow(1 << 32) if CHAOS else 1))
    if CHAOS:
        with capsys.disabled():
            print(f"\n{most:,} {what}, seed {first}")  # noqa: T201 - to be able to run it again
    return [first + n for n in range(-(-most // A_TOWN))]


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
        stuck = await everybody(stage)
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
    assert {200, 401, 403, 404, 405, 415, 422} <= set(statuses)


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
        stuck = await everybody(stage)
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
