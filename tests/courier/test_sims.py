"""Whether a SIM was just changed: who is asked, what counts as an answer, and what follows from it."""

from __future__ import annotations

import asyncio
import sys
import types

import pytest
from aiohttp import web

from bot.courier.carriers import SmsCarrier
from bot.courier.sims import HttpSims, asked_about, sims, trusted
from bot.db.outbox import Post
from bot.errors import Rejected, SettingsError
from bot.render import Renderer
from conversations.effects import BIND_PHONE, CHANGE, CHANGE_PHONE, PURPOSES, RECOVER_PHONE, SIGNIN

NUMBER = "+447400123456"


@pytest.fixture
async def endpoint():
    """An endpoint that answers as it is told, and keeps what it was asked."""
    asked, answers = [], []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.headers.get("Authorization"), await request.json()))
        status, text = answers.pop(0)
        return web.Response(status=status, text=text, headers={"Location": "/sim"} if status == 302 else {})

    app = web.Application()
    app.router.add_post("/sim", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    opened = sims(f"http://127.0.0.1:{runner.addresses[0][1]}/sim", "a-token")
    opened.asked, opened.answers = asked, answers
    yield opened
    await opened.close()
    await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "text", "age"),
    [
        (200, '{"hours": 12.5}', 12.5),
        (200, '{"hours": 0}', 0.0),
        (200, '{"hours": null}', None),
        (200, "{}", None),
        (200, '{"hours": "12"}', None),
        (200, '{"hours": true}', None),
        (200, '{"hours": -1}', None),
        (200, '{"hours": NaN}', None),
        (200, '{"hours": Infinity}', None),
        (200, "[12]", None),
        (200, "no JSON", None),
        (302, '{"hours": 99}', None),
        (404, '{"hours": 99}', None),
        (500, '{"hours": 99}', None),
    ],
)
async def test_only_a_length_of_time_is_an_answer(endpoint, status, text, age):
    """Anything else is not known; the number goes in the body, the token in the header."""
    endpoint.answers.append((status, text))

    assert age == await endpoint.sim_change_age(NUMBER)
    assert [("Bearer a-token", {"number": NUMBER})] == endpoint.asked


async def test_an_endpoint_that_is_away_does_not_know():
    """Nothing is raised."""
    away = HttpSims("http://127.0.0.1:9/sim")

    assert await away.sim_change_age(NUMBER) is None
    await away.close()


@pytest.fixture
def entry():
    """A module of the deployment's own."""
    module = types.ModuleType("deployed_sims")

    async def later(number):
        await asyncio.sleep(0)
        return len(number)

    def fails(number):
        raise RuntimeError(number)

    module.now, module.later, module.fails, module.word = (lambda _number: 100), later, fails, "no function"
    sys.modules["deployed_sims"] = module
    yield module
    del sys.modules["deployed_sims"]


@pytest.mark.parametrize(("name", "age"), [("now", 100.0), ("later", 13.0), ("fails", None)])
async def test_a_python_function_is_asked_plain_or_asynchronous(entry, name, age):
    """One that raises does not know."""
    found = sims(f"deployed_sims:{name}")

    assert age == await found.sim_change_age(NUMBER)


@pytest.mark.parametrize("check", ["deployed_sims:nothing", "deployed_sims:word", "no_such_module_here:now"])
def test_a_function_that_is_not_there_stops_the_start(entry, check):
    """It is named together with the setting."""
    with pytest.raises(SettingsError, match="PHONEDESK_SIM_CHECK"):
        sims(check)


def test_nobody_is_asked_unless_the_setting_names_somebody():
    """An empty setting is no hook."""
    assert sims("") is None


@pytest.mark.parametrize(
    ("age", "signin", "change"),
    [(0.0, False, False), (71.9, False, False), (72.0, True, True), (9e9, True, True), (None, True, False)],
)
def test_recent_or_unknown_and_risky_proves_nothing(age, signin, change):
    """security.md, SIM-swap practice: unknown is enough after a password, and for nothing that changes the account."""
    assert signin == trusted(age, SIGNIN, 72)
    assert {change} == {trusted(age, purpose, 72) for purpose in PURPOSES if purpose != SIGNIN}


def test_a_phone_that_is_only_being_bound_is_not_asked_about():
    """A new SIM is how people come to a new number."""
    assert {BIND_PHONE, CHANGE_PHONE, RECOVER_PHONE} == {purpose for purpose in PURPOSES if not asked_about(purpose)}


class Told:
    """A deployment that says what it is told to."""

    def __init__(self, age):
        self.age, self.asked = age, []

    async def sim_change_age(self, number):
        self.asked.append(number)
        return self.age


class Gateway:
    """Keeps what is sent."""

    def __init__(self):
        self.sent = []

    async def send(self, sms):
        self.sent.append(sms.to)


@pytest.mark.parametrize(
    ("kind", "purpose", "age", "reason"),
    [
        ("code", CHANGE, 1.0, "sim_changed"),
        ("code", CHANGE, None, "sim_unknown"),
        ("code", SIGNIN, 1.0, "sim_changed"),
        ("code", SIGNIN, None, ""),
        ("code", CHANGE, 100.0, ""),
        ("code", BIND_PHONE, 1.0, ""),
        ("letter", "", 1.0, ""),
    ],
)
async def test_a_code_that_would_prove_nothing_is_not_sent(tools, kind, purpose, age, reason):
    """Nor paid for; notices go out whatever the SIM's age."""
    known, gateway = Told(age), Gateway()
    carrier = SmsCarrier(gateway, Renderer(company="Acme"), tools, known, 72)
    template = "code" if kind == "code" else "codes_made"
    params = {"code": "271828", "purpose": purpose, "phrase": "", "at": 0, "not_me": "", "phone": NUMBER, "email": ""}
    post = Post("sms", "sms:1", 1, kind, {"template": template, "to": NUMBER, "lang": "en", "params": params})

    if reason:
        with pytest.raises(Rejected, match=reason):
            await carrier.send(post)
    else:
        await carrier.send(post)

    assert ([] if reason else [NUMBER]) == gateway.sent
