"""The store of counters is away, attacked: security.md section 5, A15."""

from __future__ import annotations

import pytest
from guesses import (
    ACCOUNT,
    COUNTRY,
    EMAIL,
    PROVE,
    begin,
    compared,
    failures,
    fill,
    form,
    proved,
    to_prove,
    tries,
)
from structlog.testing import capture_logs
from town import ANN

from bot.accounts.local import LocalAccounts
from bot.clock import SECOND
from bot.db import limits
from bot.errors import DatabaseDown

PASSWORDS = "correct horse battery"
SIGNED_OUT = {"email": EMAIL}


async def test_A15_no_code_is_compared_while_nothing_can_be_counted(town, database):
    """Attack: guess while the limiter's table is gone; outcome: nothing is compared, and the person is told kindly."""
    made = await town(account=ACCOUNT, settings={"database": database})
    await to_prove(made)
    code = made.code(EMAIL)
    await made.db(lambda tx: tx.run("ALTER TABLE locks RENAME TO locks_away"))
    with capture_logs():
        await made.say(code)
    told = "".join(seen.text for seen in made.stage.shown(ANN)[-2:])
    await made.db(lambda tx: tx.run("ALTER TABLE locks_away RENAME TO locks"))

    assert "Something went wrong on our side" in told
    assert (0, [("live", 0)], {}) == (await proved(made), await tries(made), await failures(made))
    await made.say(code)
    assert COUNTRY == await made.place()


async def test_A15_no_code_is_sent_while_nothing_can_be_counted(town, database):
    """Attack: ask for codes meanwhile; outcome: none leaves, and the person is told kindly."""
    made = await town(account=ACCOUNT, settings={"database": database})
    await begin(made, "Account security", "Mobile phone", "Set")
    await made.db(lambda tx: tx.run("ALTER TABLE hits RENAME TO hits_away"))
    with capture_logs():
        await made.tap("Email code")
    told = "".join(seen.text for seen in made.stage.shown(ANN)[-2:])
    await made.db(lambda tx: tx.run("ALTER TABLE hits_away RENAME TO hits"))

    assert "Something went wrong on our side" in told
    assert ([], 0) == (await made.rows("codes"), len(made.stage.world.inbox.email_to(EMAIL)))
    await to_prove(made)
    assert 1 == len(made.stage.world.inbox.email_to(EMAIL))


async def test_A15_what_is_written_while_the_database_is_away_waits(town, monkeypatch):
    """Attack: guess while the whole database is away; outcome: nothing is compared until it is back, then once."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    code, begun, away = made.code(EMAIL), limits.begin, True

    async def down(*args, **rest):
        if away:
            raise DatabaseDown("away")
        return await begun(*args, **rest)

    monkeypatch.setattr(limits, "begin", down)
    seen = compared(monkeypatch)
    with capture_logs():
        await made.say(code)
        for _ in range(3):
            await made.wait(2 * SECOND)
    waiting = await made.place(), list(seen), await failures(made)
    away = False
    await made.wait(2 * SECOND)

    assert (PROVE, [], {}) == waiting
    assert (COUNTRY, 1) == (await made.place(), len(seen))


@pytest.mark.parametrize("path", ["form", "link", "sessions", "n/unknown", "p/unknown"])
async def test_A15_a_page_says_kindly_that_nothing_is_possible(town, monkeypatch, path):
    """Attack: passwords, links and reports while the database is away; outcome: 503, a kind page, nothing compared."""
    made = await town(account=SIGNED_OUT)
    base, asked = f"http://127.0.0.1:{made.stage.driver.server.port}", []
    url = await form(made)
    transact = made.stage.app.db.transact

    async def down(_job):
        raise DatabaseDown("away")

    async def checked(*given):
        asked.append(given)

    with monkeypatch.context() as breaking, capture_logs():
        breaking.setattr(made.stage.app.db, "transact", down)
        breaking.setattr(LocalAccounts, "check_password", checked)
        if path == "form":
            session = made.stage.browser("thief")
            async with session.post(url, data={"email": EMAIL, "password": PASSWORDS}) as answer:
                status, page = answer.status, await answer.text()
        elif path in ("link", "sessions"):
            method, what = ("POST", "links") if path == "link" else ("DELETE", "sessions")
            status, problem = await made.website(method, f"accounts/{made.account()}/{what}")
            page = problem["detail"]
        else:
            async with made.stage.browser("thief").get(f"{base}/{path}", headers={"Accept-Language": "de"}) as answer:
                status, page = answer.status, await answer.text()
                assert "no-store" == answer.headers["Cache-Control"]
    kind = {"form": "Nothing was changed", "link": "the database does not answer"}
    kind |= {"sessions": kind["link"], "n/unknown": "Es wurde nichts geändert", "p/unknown": "Es wurde nichts geändert"}

    assert transact == made.stage.app.db.transact
    assert (503, []) == (status, asked)
    assert kind[path] in page
    assert {} == await failures(made)
    await fill(made, url, EMAIL, PASSWORDS)
    assert "signin/second" == await made.place()
