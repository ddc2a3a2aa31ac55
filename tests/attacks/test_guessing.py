"""Guessing at codes and passwords, attacked: security.md section 5, group A, as far as one guesser goes."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from guesses import (
    ACCOUNT,
    COUNTRY,
    EMAIL,
    PHONE,
    PROVE,
    compared,
    failed,
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

from bot.accounts.local import LocalAccounts
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.db import accounts, codes, watch
from bot.db.limits import CODE
from bot.domain import codes as policy
from conversations import events as ev
from conversations.effects import BIND_PHONE, ENROL

OWN = {"email": "kwame@example.com", "user": KWAME, "signed_in": True}


# --- one code ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_A01_the_sixth_guess_at_a_code_is_refused_though_it_is_right(town, channel):
    """Attack: five wrong codes, then the right one; outcome: that code is dead, and only a new one proves anything."""
    made = await town(account=ACCOUNT)
    to = EMAIL if channel == "email" else "+447400123456"
    await (to_prove(made) if channel == "email" else to_sms(made))
    place, before, code = await made.place(), await proved(made), made.code(to)
    for by in range(1, 6):
        await made.say(wrong(code, by))
    await made.say(code)

    assert (place, before) == (await made.place(), await proved(made))
    assert ("dead", 5) == (await tries(made))[-1]
    assert {CODE: [6]} == await failures(made)

    await made.wait(2 * MINUTE)
    await made.tap("Send again")
    await made.say(made.code(to))
    assert {"email": COUNTRY, "sms": "bind_phone/activate"}[channel] == await made.place()


async def typed_at_once(dbs, tools, texts):
    """All the texts at the same moment, spread over the connections, at one code; inside, as a chat is one lane."""
    account = await dbs[0].transact(lambda tx: accounts.create(tx, tools, email=EMAIL, password_hash="x"))
    issued = await dbs[0].transact(
        lambda tx: codes.issue(
            tx, tools, subject=account, purpose=BIND_PHONE, channel="sms", chat=ANN, account=account, destination=PHONE
        )
    )

    def typing(text):
        return lambda tx: codes.verify(tx, tools, subject=account, purpose=BIND_PHONE, channel="sms", typed=text)

    jobs = [typing(text) for text in texts(issued.code)]
    told = await asyncio.gather(*(dbs[n % 5].transact(job) for n, job in enumerate(jobs)))
    return told, await dbs[0].transact(typing(issued.code))


async def test_A02_fifty_wrong_codes_at_once_over_five_connections(dbs, tools, monkeypatch):
    """Attack: guess fifty times in one moment; outcome: five are compared, each is counted until all is closed."""
    seen = compared(monkeypatch)
    told, right = await typed_at_once(dbs, tools, lambda code: [wrong(code, by) for by in range(1, 51)])
    [code] = await dbs[0].transact(lambda tx: watch.rows(tx, "codes"))
    [lock] = await dbs[0].transact(lambda tx: watch.rows(tx, "locks"))

    assert [code["id"]] * 5 == seen
    assert ("dead", 5, 10) == (code["status"], code["tries"], lock["failures"])
    assert 5 == sum(isinstance(each, ev.CodeWrong | ev.CodeSpent) for each in told)
    assert 41 == sum(isinstance(each, ev.CodeLocked) for each in told)
    assert ev.CodeLocked(30) == right


async def test_A03_the_right_code_fifty_times_at_once_over_five_connections(dbs, tools):
    """Attack: send the right code fifty times in one moment; outcome: it is accepted once."""
    told, again = await typed_at_once(dbs, tools, lambda code: [code] * 50)
    [code] = await dbs[0].transact(lambda tx: watch.rows(tx, "codes"))

    assert (1, "accepted") == (told.count(ev.CodeRight()), code["status"])
    assert not isinstance(again, ev.CodeRight)


async def crowd(town, database):
    """Three people are signed in to one account and stand where its newest code is asked for."""
    made = await town(account=ACCOUNT, settings={"database": database})
    for person in (KWAME, CHLOE):
        await linked(made, person)
    await made.say("/language", CHLOE)
    await made.tap("English", CHLOE)
    for person in (ANN, KWAME, CHLOE):
        await to_prove(made, person)
        await made.wait(3 * MINUTE)
    assert [PROVE] * 3 == [await made.place(person) for person in (ANN, KWAME, CHLOE)]
    return made, made.code(EMAIL)


async def at_once(made, texts) -> None:
    """Everything is said in the same moment, by the three in turn."""
    said = [{"person": (ANN, KWAME, CHLOE)[n % 3], "text": text} for n, text in enumerate(texts)]
    await asyncio.gather(*(made.stage.driver.act("say", each) for each in said))
    await made.stage.settle()


async def test_A02_fifty_wrong_codes_at_once_from_three_chats(town, database, monkeypatch):
    """Attack: the same through the chats of several people; outcome: five compares, and the check is closed."""
    made, code = await crowd(town, database)
    seen = compared(monkeypatch)
    await at_once(made, [wrong(code, by) for by in range(1, 51)])

    live = (await made.rows("codes"))[-1]
    assert (5, "dead") == (seen.count(live["id"]), live["status"])
    assert max(seen.count(row) for row in seen) <= 5
    assert {CODE: [10]} == await failures(made)
    assert 0 == await proved(made)


async def test_A03_the_right_code_fifty_times_at_once_from_three_chats(town, database):
    """Attack: the same, with the right code; outcome: one proof, in one chat, and the others go on waiting."""
    made, code = await crowd(town, database)
    await at_once(made, [code] * 50)

    [proof] = await made.rows("proofs")
    refused = (PROVE, "handoff/locked")  # as whoever goes on typing what is used up is counted
    on = [person for person in (ANN, KWAME, CHLOE) if await made.place(person) not in refused]
    assert [proof["chat"]] == on
    assert ["accepted"] == [status for status, _ in await tries(made) if status not in ("superseded", "dead")]


# --- many codes -------------------------------------------------------------------------------------------------


async def five_wrong(made) -> None:
    code = made.code(EMAIL)
    for by in range(1, 6):
        await made.say(wrong(code, by))


async def test_A04_new_codes_forgive_nothing(town):
    """Attack: five wrong, a new code, five wrong, ...; outcome: a pause at ten, closed for a day at twenty."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    counts = []
    for _ in range(2):
        await five_wrong(made)
        counts.append(await failures(made))
        await made.wait(3 * MINUTE)
        if await made.place() == PROVE:
            await made.tap("Send again")
    [lock] = await made.rows("locks")
    waited = lock["until"] - max(row["at"] for row in await made.rows("hits") if row["scope"] == CODE)
    await failed(made, CODE, f"{made.account()}:{ENROL}", 9)
    await made.wait(HOUR)
    await to_prove(made)
    await made.say(wrong(made.code(EMAIL)))
    [lock] = await made.rows("locks")

    assert ([{CODE: [5]}, {CODE: [10]}], 30 * SECOND) == (counts, waited)
    assert (20, DAY) == (lock["failures"], lock["until"] - made.clock.now())
    assert "handoff/locked" == await made.place()


async def test_A05_always_the_same_guesses_at_two_hundred_new_codes(town, monkeypatch):
    """Attack: ask for 200 codes and guess 000000 to 000004 at each; outcome: few are sent, and the check closes."""
    drawn = (f"{n:06}" for n in itertools.count(5))
    monkeypatch.setattr(policy, "code", lambda: next(drawn))
    made = await town(account=ACCOUNT)
    await to_prove(made)
    for _ in range(4):
        for guess in range(5):
            await made.say(f"{guess:06}")
        await made.wait(5 * MINUTE)
        await to_prove(made)
        press = {"person": ANN, "label": "Send again"}
        if await made.place() == PROVE:
            await asyncio.gather(*(made.stage.driver.act("tap", press) for _ in range(50)))
            await made.stage.settle()
    sent = len(made.stage.world.inbox.email_to(EMAIL))
    [lock] = await made.rows("locks")

    assert sent <= 5
    assert lock["failures"] >= 10
    assert lock["until"] > 0
    assert 0 == await proved(made)


@pytest.mark.parametrize("way", ["/cancel", "/start", "another chat", "a restart"])
async def test_A06_beginning_again_forgets_no_guess(town, way):
    """Attack: cancel, start anew, another chat, or wait for a restart between guesses; outcome: they add up."""
    made = await town(account=ACCOUNT)
    counts = []
    await linked(made, KWAME)
    for turn in range(4):
        guesser = KWAME if way == "another chat" and turn == 1 else ANN
        await to_prove(made, guesser)
        for by in range(1, 4 if turn < 3 else 2):
            await made.say(wrong(made.code(EMAIL), by), guesser)
        counts.append(await failures(made))
        place = await made.place(guesser)
        await made.wait(6 * MINUTE)
        if way == "a restart":
            await made.stage.restart(kill=turn == 0)
        elif way != "another chat":
            await made.say(way)

    assert [{CODE: [3]}, {CODE: [6]}, {CODE: [9]}, {CODE: [10]}] == counts
    assert "handoff/locked" == place


# --- one account, whoever guesses at it and however it is called ---------------------------------------------------


async def test_A07_two_people_who_take_turns_share_one_counter(town):
    """Attack: two Telegram users guess at one account in turn; outcome: one count, and both are stopped by it."""
    made = await town(account=ACCOUNT)
    await linked(made, KWAME)
    await to_prove(made)
    await made.wait(MINUTE)
    await to_prove(made, KWAME)
    code = made.code(EMAIL)
    counts = []
    for n in range(9):
        await made.say(wrong(code, n + 1), (ANN, KWAME)[n % 2])
        counts.append((await failures(made))[CODE])
    await made.say(wrong(code, 11), KWAME)
    await made.say(code, ANN)

    assert [[n] for n in range(1, 10)] == counts
    assert ["handoff/locked"] * 2 == [await made.place(person) for person in (ANN, KWAME)]
    assert {CODE: [10]} == await failures(made)
    assert 0 == await proved(made)


async def test_A07_two_people_at_one_password_share_one_counter(town):
    """Attack: the same at the sign-in; outcome: the tenth wrong password closes the form of either."""
    made = await town(account={"email": EMAIL})
    urls = [await form(made, person) for person in (ANN, KWAME, ANN, KWAME)[:2]]
    for n in range(8):
        await fill(made, urls[n % 2], EMAIL, f"wrong horse {n}", browser=str(n % 2))
    assert {"password": [8]} == await failures(made)
    for n in (0, 1):
        await fill(made, urls[n], EMAIL, "wrong horse battery", browser=str(n))
    told = [
        (await fill(made, await form(made, person), EMAIL, "correct horse battery", browser=f"new {person}"))[1]
        for person in (ANN, KWAME)
    ]

    assert [True, True] == ["Please try again in about" in page for page in told]
    assert {"password": [10]} == await failures(made)
    assert [] == await made.rows("logins")


SPELLINGS = (
    EMAIL, "ANN@EXAMPLE.COM", "Ann@Example.Com", "  ann@example.com", "ann@example.com \t", "\u2003ann@example.com\n",
    "aNN@example.com", "ann@EXAMPLE.com", " Ann@example.COM ",
)  # fmt: skip
NAMES = ("{phone}", "+44 7400 111222", "07400111222", "tel:{phone}", "{account}", "uid:{account}", " {account} ")


async def test_A08_however_the_account_is_written_it_is_one_counter(town):
    """Attack: the address in capitals, with blanks, in turn; outcome: one count, and every spelling is stopped."""
    made = await town(account={"email": EMAIL})
    url = ""
    for n, spelling in enumerate((*SPELLINGS, EMAIL)):
        url = await form(made) if n % 5 == 0 else url
        await fill(made, url, spelling, "wrong horse battery", browser=str(n // 5))
    counted = await failures(made)
    pages = [
        (await fill(made, await form(made), spelling, "correct horse battery", browser=f"right {n}"))[1]
        for n, spelling in enumerate(SPELLINGS[:5])
    ]

    assert {"password": [10]} == counted == await failures(made)
    assert [True] * 5 == ["Please try again in about" in page for page in pages]


async def test_A08_an_account_has_no_other_name(town, monkeypatch):
    """Attack: name it by phone or by its id; outcome: nothing is compared or counted, the form asks for the address."""
    made = await town(account={"email": EMAIL, "phone": PHONE})
    asked = []
    check = LocalAccounts.check_password

    async def checked(self, email, password):
        asked.append(email)
        return await check(self, email, password)

    monkeypatch.setattr(LocalAccounts, "check_password", checked)
    url = await form(made)
    names = [name.format(phone=PHONE, account=made.account()) for name in NAMES]
    pages = [await fill(made, url, name, "correct horse battery") for name in names]

    assert {422} == {status for status, _ in pages}
    assert all("Please fill in your email address" in page for _, page in pages)
    assert ({}, []) == (await failures(made), asked)
    await fill(made, url, EMAIL, "correct horse battery")
    assert ([EMAIL], "signin/second") == (asked, await made.place())


async def test_A09_signing_in_to_ones_own_account_forgives_no_guess_at_another(town):
    """Attack: a success of one's own between guesses; outcome: it forgives one's own failures and nobody else's."""
    made = await town(account={"email": EMAIL}, others=[{"email": "kwame@example.com"}])
    counts = []
    for turn in range(3):
        url = await form(made, KWAME)
        for n in range(2):
            await fill(made, url, EMAIL, f"wrong horse {n}", browser=str(turn))
        await fill(made, url, "kwame@example.com", "wrong horse", browser=str(turn))
        before = await failures(made)
        await fill(made, url, "kwame@example.com", "correct horse battery", browser=str(turn))
        counts.append((sorted(before["password"]), await failures(made), await made.place(KWAME)))
        await made.say("/cancel", KWAME)

    assert [(sorted([2 * turn, 1]), {"password": [2 * turn]}, "signin/second") for turn in range(1, 4)] == counts


async def test_A09_a_right_code_of_ones_own_forgives_no_guess_at_another(town):
    """Attack: the same with codes in the chat; outcome: the other account's count goes on."""
    made = await town(account=ACCOUNT, others=[{**OWN}])
    await linked(made, CHLOE)
    await made.say("/language", CHLOE)
    await made.tap("English", CHLOE)
    counts = []
    for _ in range(2):
        await to_prove(made, CHLOE)
        for by in range(1, 4):
            await made.say(wrong(made.code(EMAIL), by), CHLOE)
        await to_prove(made, KWAME)
        await made.say(made.code(OWN["email"]), KWAME)
        counts.append((await failures(made), await made.place(KWAME)))
        await made.wait(20 * MINUTE)

    assert [({CODE: [3]}, COUNTRY), ({CODE: [6]}, COUNTRY)] == counts
