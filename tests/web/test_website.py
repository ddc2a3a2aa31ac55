"""The API for the exchange's website, health and figures."""

from __future__ import annotations

import re

import pytest

from bot.db import watch
from bot.errors import DatabaseDown
from bot.local import API_TOKEN
from bot.scripts.stage import Stage

RIGHT = {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
def account(stage) -> int:
    return stage.accounts["ann@example.com"]


@pytest.mark.parametrize("word", ["", "Bearer", "Bearer x", f"Basic {API_TOKEN}", f"Bearer {API_TOKEN}x", "Bearer ü"])
@pytest.mark.parametrize(("method", "what"), [("POST", "links"), ("DELETE", "sessions")])
async def test_without_the_token_nothing_is_told(stage, browsers, account, word, method, what):
    """Whether an account exists is for the website alone."""
    headers = {"Authorization": word} if word else {}
    answers = [
        await browsers().other(method, f"/v1/accounts/{number}/{what}", headers=headers) for number in (account, 1)
    ]

    assert [(401, answers[0].text)] * 2 == [(answer.status, answer.text) for answer in answers]
    assert [] == await stage.db(lambda tx: watch.rows(tx, "links"))


async def test_a_link_is_for_the_bot_and_good_for_five_minutes(stage, browsers, account):
    """Its payload fits Telegram's rule for deep links."""
    answer = await browsers().other("POST", f"/v1/accounts/{account}/links", headers=RIGHT)

    assert 201 == answer.status
    assert re.search(r'"payload":"[A-Za-z0-9_-]{32,64}"', answer.text)
    assert "https://t.me/phonedesk_bot?start=" in answer.text
    assert f'"expires_at":{stage.clock.now() + 300_000}' in answer.text


@pytest.mark.parametrize("number", ["1", "0", "99999999999999999999999", "9" * 5000, "x"])
async def test_an_account_that_is_not_there_is_a_404(browsers, number):
    """However odd the number."""
    assert 404 == (await browsers().other("POST", f"/v1/accounts/{number}/links", headers=RIGHT)).status


async def test_health_says_whether_the_database_answers(stage, browsers, monkeypatch):
    """200 while it does, 503 when it does not."""
    before = await browsers().get("/healthz")

    async def down(_job):
        raise DatabaseDown("away")

    with monkeypatch.context() as patch:
        patch.setattr(stage.app.db, "transact", down)
        after = await browsers().get("/healthz")

    assert (200, '{"database":"up"}') == (before.status, before.text)
    assert (503, '{"database":"down"}') == (after.status, after.text)


async def test_figures_are_for_this_machine_only(browsers):
    """A request that came by way of a proxy finds nothing."""
    here = await browsers().get("/metrics")
    away = await browsers().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert (200, 404) == (here.status, away.status)
    assert "phonedesk_turns_total" in here.text


async def test_no_link_while_the_account_system_is_down():
    """503, and no answer about an account that was not found there; what needs no link is still answered."""
    async with Stage({"accounts": "http", "account": {"email": "ann@example.com"}}) as stage:
        base = f"http://127.0.0.1:{stage.driver.server.port}/v1/accounts"
        browser, account = stage.browser("website"), stage.accounts["ann@example.com"]

        async def status(method: str, path: str) -> int:
            async with browser.request(method, f"{base}/{path}", headers=RIGHT) as answer:
                return answer.status

        unknown = await status("POST", "5/links")
        await stage.driver.fault({"method": "accounts", "kind": "down", "times": 1})
        down = await status("POST", f"{account}/links")
        never_here = await status("GET", "5/operations/withdrawal")

    assert (404, 503, 200) == (unknown, down, never_here)
