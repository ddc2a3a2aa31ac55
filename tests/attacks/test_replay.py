"""Codes used twice, late, early and out of order, attacked: security.md section 5, group B, replay and time."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from guesses import (
    ACCOUNT,
    APP,
    COUNTRY,
    EMAIL,
    NEW,
    PROVE,
    WITH_APP,
    app_code,
    begin,
    failures,
    fill,
    form,
    linked,
    proved,
    to_prove,
    to_sms,
    tries,
    wrong,
)
from town import ANN, CHLOE, KWAME

from bot.clock import DAY, MINUTE, SECOND
from bot.db import accounts, totp
from bot.db.limits import CODE
from bot.domain import totp as authenticator
from conversations import events as ev
from conversations.effects import ENROL, KEEP_CODES, TRADING

TRADING_APP = "trading_password/prove_totp"


async def to_trading(made, person=ANN) -> None:
    """To the check before a trading password, by the authenticator."""
    await begin(made, "Account security", "Set up trading password", "Google 2FA", person=person)


# --- the authenticator's codes --------------------------------------------------------------------------------------


async def test_B16_an_accepted_code_is_good_for_nothing_else(town):
    """Attack: use it again within 90 s, for another purpose, flow, chat or factor; outcome: refused each time."""
    made = await town(account=WITH_APP)
    await linked(made, KWAME)
    await to_prove(made, way="Google 2FA")
    code = app_code(made, 1)
    await made.say(code)
    accepted = await made.place(), await proved(made)
    refused = []
    await to_trading(made)
    await made.say(code)
    refused.append(await made.place())
    await to_prove(made, KWAME, way="Google 2FA")
    await made.say(code, KWAME)
    refused.append(await made.place(KWAME))
    await made.say("/language", CHLOE)
    await made.tap("English", CHLOE)
    await fill(made, await form(made, CHLOE), EMAIL, "correct horse battery")
    await made.tap("Google 2FA", CHLOE)
    await made.say(code, CHLOE)
    refused.append(await made.place(CHLOE))
    await made.wait(45 * SECOND)
    await made.say(code, KWAME)
    refused.append(await made.place(KWAME))

    assert (COUNTRY, 1) == accepted
    assert [TRADING_APP, APP, "signin/totp", APP] == refused
    assert (1, 2) == (await proved(made), len(await made.rows("sessions")))
    await to_trading(made)
    await made.say(app_code(made, 1))
    assert "trading_password/form" == await made.place()


async def test_B16_a_pair_takes_no_code_that_was_accepted(town):
    """Attack: put the used code beside a fresh email code; outcome: refused, and neither is told apart."""
    made = await town(account={**WITH_APP, "phone": "+447400111222"})
    await to_trading(made)
    code = app_code(made, 1)
    await made.say(code)
    await begin(made, "Account security", "Mobile phone", "Change", "Email code and Google 2FA")
    sent = made.code(EMAIL)
    await made.say(f"{sent} {code}")
    refused = await made.place(), await proved(made)
    await made.wait(30 * SECOND)
    await made.say(f"{sent} {app_code(made, 1)}")

    assert ("change_phone/prove_pair", 1) == refused
    assert ("change_phone/country", 3) == (await made.place(), await proved(made))


def spelled(code: str) -> list[str]:
    """The same digits in other clothes."""
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    bold = "".join(chr(0x1D7CE + int(digit)) for digit in code)
    above = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in code)
    arabic = "".join(chr(0x660 + int(digit)) for digit in code)
    keycaps = "".join(f"{digit}\ufe0f\u20e3" for digit in code)
    return [
        code, wide, bold, above, arabic, keycaps, f"{code[:3]} {code[3:]}", f" {code}", f"{code} ", f"{code}\n",
        f"\t{code}", f"{code[:3]}-{code[3:]}", f"\u200f{code}", f"{code}\u200b", f"my code is {code}", f"{code} {code}",
    ]  # fmt: skip


@pytest.mark.parametrize("first", range(16))
async def test_B17_a_code_in_other_clothes_is_the_same_code(town, first):
    """Attack: the accepted code full-width, bold, raised, spaced, with a newline; outcome: no second success."""
    made = await town(account=WITH_APP)
    await to_prove(made, way="Google 2FA")
    texts = spelled(app_code(made, 1))
    await made.say(texts[first])
    once = await proved(made)
    await to_trading(made)
    for text in texts:
        await made.say(text)

    assert int(first != 3) == once  # raised digits are no digits
    assert ("trading_password/form" if first == 3 else TRADING_APP) == await made.place()
    assert 1 == await proved(made)


async def test_B18_one_code_at_once_over_five_connections(dbs, tools, clock):
    """Attack: the right code thirty times in one moment, for three purposes; outcome: one success; inside."""

    async def owner(tx):
        account = await accounts.create(tx, tools, email=EMAIL, password_hash="x")
        await totp.new_key(tx, tools, account)
        key = await totp.pending_key(tx, tools, account)
        before = authenticator.code_at(key, authenticator.step_at(clock.now()) - 1)
        await totp.verify(tx, tools, account, ENROL, before, pending=True)
        await totp.bind(tx, tools, account)
        return account, authenticator.code_at(key, authenticator.step_at(clock.now()))

    account, code = await dbs[0].transact(owner)

    def typing(n):
        purpose = (ENROL, TRADING, KEEP_CODES)[n % 3]
        return lambda tx: totp.verify(tx, tools, account, purpose, code, pending=False)

    told = await asyncio.gather(*(dbs[n % 5].transact(typing(n)) for n in range(30)))

    assert (1, 29) == (told.count(ev.CodeRight()), told.count(ev.CodeReused()))


async def test_B18_one_code_at_once_from_two_chats(town, database):
    """Attack: two chats of one account post the same code together; outcome: one of them goes on."""
    made = await town(account=WITH_APP, settings={"database": database})
    await linked(made, KWAME)
    await to_prove(made, way="Google 2FA")
    await to_trading(made, KWAME)
    code = app_code(made, 1)
    said = [{"person": person, "text": code} for person in (ANN, KWAME) * 5]
    await asyncio.gather(*(made.stage.driver.act("say", each) for each in said))
    await made.stage.settle()
    waiting = [await made.place(ANN) == APP, await made.place(KWAME) == TRADING_APP]

    assert 1 == await proved(made)
    assert [False, True] == sorted(waiting)


async def test_B19_no_step_is_accepted_after_a_later_one(town):
    """Attack: the code of the step before, once the present one was taken; outcome: refused, the next is taken."""
    made = await town(account=WITH_APP)
    await made.wait(2 * MINUTE)  # the step before is one that nobody has used
    await to_prove(made, way="Google 2FA")
    await made.wait(30 * SECOND - made.clock.now() % (30 * SECOND))  # to its beginning, so that it does not turn
    before, now = app_code(made, -1), app_code(made)
    await made.say(now)
    accepted = await proved(made)
    await to_trading(made)
    await made.say(before)
    refused = await made.place(), await proved(made)
    await made.say(app_code(made, 1))

    assert (1, (TRADING_APP, 1)) == (accepted, refused)
    assert ("trading_password/form", 2) == (await made.place(), await proved(made))


@pytest.mark.parametrize(("step", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_B20_one_step_either_way_and_no_more(town, step, taken):
    """Attack: an old or a future code; outcome: one step of tolerance either way, two are too many."""
    made = await town(account=WITH_APP)
    await made.wait(2 * MINUTE)
    await to_prove(made, way="Google 2FA")
    await made.say(app_code(made, step))

    assert (COUNTRY if taken else APP, int(taken)) == (await made.place(), await proved(made))


async def test_B20_a_clock_that_is_set_back_opens_nothing(town):
    """Attack: NTP sets the server back a minute, codes come round again; outcome: none of them is accepted twice."""
    made = await town(account=WITH_APP)
    await made.wait(5 * MINUTE)
    await to_prove(made, way="Google 2FA")
    seen = {step: app_code(made, step) for step in (-2, -1, 0)}
    await made.say(app_code(made))
    await to_trading(made)
    made.clock._now -= MINUTE
    for code in (*seen.values(), app_code(made, -1), app_code(made), app_code(made, 1)):
        await made.say(code)
    refused = await made.place(), await proved(made)
    await made.wait(2 * MINUTE)
    await made.say(app_code(made))

    assert (TRADING_APP, 1) == refused
    assert ("trading_password/form", 2) == (await made.place(), await proved(made))


# --- codes that were sent -------------------------------------------------------------------------------------------

MOMENTS = [
    ("UTC", "2026-01-05T09:00Z"),
    ("Asia/Kolkata", "2026-01-05T09:00Z"),
    ("America/New_York", "2026-01-05T09:00Z"),
    ("America/New_York", "2026-03-08T06:55Z"),  # five minutes before two o'clock becomes three
    ("America/New_York", "2026-11-01T05:55Z"),  # five minutes before two o'clock becomes one
]


async def until(made, moment: int) -> None:
    """Let time pass, saying something in between, so that the next thing is said at that moment."""
    left = moment - SECOND - made.clock.now()
    await made.wait(left // 2)
    await made.say("one moment please")
    await made.wait(moment - SECOND - made.clock.now())


@pytest.mark.parametrize(("zone", "clock"), MOMENTS)
@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_B21_a_code_lives_ten_minutes_in_every_zone(town, monkeypatch, zone, clock, channel):
    """Attack: a second before it ends and when it ends, with the server's clock in any zone; outcome: yes, and no."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        made = await town(account=ACCOUNT, clock=clock)
        to, arrive = (EMAIL, to_prove) if channel == "email" else (NEW, to_sms)
        await arrive(made)
        place, before, late = await made.place(), await proved(made), made.code(to)
        await until(made, (await made.rows("codes"))[-1]["expires_at"])
        await made.say(late)
        refused = await made.place(), (await tries(made))[-1]
        if await made.place() == place:
            await made.tap("Send again")
        else:
            await made.wait(20 * MINUTE)
            await arrive(made)
        await until(made, (await made.rows("codes"))[-1]["expires_at"] - SECOND)
        await made.say(made.code(to))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert ((place, ("live", 0)), before) == (refused, 0 if channel == "email" else 1)
    assert {"email": COUNTRY, "sms": "bind_phone/activate"}[channel] == await made.place()


async def test_B22_a_new_code_ends_the_old_one(town):
    """Attack: use the old code after a new one was sent; outcome: refused and counted, and the new one is taken."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    old = made.code(EMAIL)
    await made.wait(2 * MINUTE)
    await made.tap("Send again")
    new = made.code(EMAIL)
    await made.say(old)
    refused = await made.place(), await proved(made), await failures(made)
    await made.say(new)

    assert old != new
    assert (PROVE, 0, {CODE: [1]}) == refused
    assert (COUNTRY, {}) == (await made.place(), await failures(made))
    assert ["superseded", "accepted"] == [status for status, _ in await tries(made)]


# --- updates that come twice ----------------------------------------------------------------------------------------


async def again(made) -> None:
    """Telegram delivers the newest update once more."""
    for _ in range(3):
        await made.stage.driver.act("again", {})
        await made.stage.settle()


async def test_B26_an_update_that_comes_again_does_nothing_again(town):
    """Attack: repeat Send code, a wrong code, the right one; outcome: one SMS, one failure, one success."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    await again(made)
    emails = len(made.stage.world.inbox.email_to(EMAIL))
    await made.say(wrong(made.code(EMAIL)))
    await again(made)
    once = await failures(made), (await tries(made))[-1]
    await made.say(made.code(EMAIL))
    await again(made)
    proofs = await proved(made)
    for text in ("uk", NEW):
        await made.say(text)
    await made.tap("Send code")
    await again(made)
    await made.stage.restart(kill=True)
    await again(made)

    assert (1, ({CODE: [1]}, ("live", 1)), 1) == (emails, once, proofs)
    assert 1 == len(made.texts(NEW))
    assert "bind_phone/sms" == await made.place()


async def test_B26_a_webhook_that_is_tried_again_does_nothing_again(town):
    """Attack: the same by webhook, in parallel and a day later; outcome: 200 each time, processed once."""
    secret = "hush-hush-hush"
    made = await town(account=ACCOUNT, settings={"webhook_secret": secret})
    await to_prove(made)
    url = f"http://127.0.0.1:{made.stage.driver.server.port}/telegram/webhook"
    person = {"id": ANN, "is_bot": False, "first_name": "Ann"}
    update = {
        "update_id": 800_000_001,
        "message": {"message_id": 800_001, "date": made.clock.now() // SECOND, "from": person,
                    "chat": {"id": ANN, "type": "private"}, "text": wrong(made.code(EMAIL))},
    }  # fmt: skip

    async def post(session) -> int:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with session.post(url, json=update, headers=headers) as answer:
            return answer.status

    async with aiohttp.ClientSession() as session:
        statuses = await asyncio.gather(*(post(session) for _ in range(20)))
        await made.stage.settle()
        once = await failures(made), (await tries(made))[-1]
        made.clock.advance(DAY)
        statuses.append(await post(session))
        await made.stage.settle()

    assert {200} == set(statuses)
    assert ({CODE: [1]}, ("live", 1)) == once
    assert ({CODE: [1]}, 1) == (await failures(made), len(made.stage.world.inbox.email_to(EMAIL)))
