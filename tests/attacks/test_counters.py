"""The counters themselves, attacked: security.md section 5, group A, crashes, locks and many accounts."""

from __future__ import annotations

import asyncio

import pytest
from guesses import (
    ACCOUNT,
    APP,
    COUNTRY,
    EMAIL,
    PROVE,
    WITH_APP,
    app_code,
    begin,
    compared,
    failed,
    failures,
    fill,
    form,
    linked,
    proved,
    to_prove,
    tries,
    wrong,
)
from structlog.testing import capture_logs
from town import ANN, CHLOE, KWAME

from bot.accounts.local import LocalAccounts
from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.db import audit, codes, limits
from bot.db.limits import CODE, PASSWORD, TOTP
from conversations.effects import ENROL

PASSWORDS = "correct horse battery"
SIGNED_OUT = {"email": EMAIL}


# --- undone and killed --------------------------------------------------------------------------------------------


async def test_A10_a_guess_counts_although_its_turn_is_undone(town, database, monkeypatch):
    """Attack: make the turn fail right after a wrong guess; outcome: each of its tries counts, for person and code."""
    made = await town(account=ACCOUNT, settings={"database": database})
    await to_prove(made)
    code, write = made.code(EMAIL), audit.write

    async def broken(tx, tools, **rest):
        if rest.get("event") == "CodeWrong":
            raise RuntimeError("no")
        await write(tx, tools, **rest)

    with monkeypatch.context() as breaking, capture_logs():
        breaking.setattr(audit, "write", broken)
        await made.say(wrong(code))
    undone = await failures(made), await tries(made)

    assert ({CODE: [3]}, [("live", 3)]) == undone
    assert "RuntimeError" in [row["error"] for row in await made.rows("inbox") if row["aside_at"]]
    assert "Something went wrong" in "".join(seen.text for seen in made.stage.shown(ANN)[-2:])
    await made.say(code)  # two tries are left, and the right one is taken
    assert COUNTRY == await made.place()


async def test_A10_undone_turns_are_no_way_to_more_than_five_compares(town, monkeypatch):
    """Attack: let every guess fail, and go on; outcome: the code dies as it would have, the tenth count closes."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    code, matches = made.code(EMAIL), codes.matches

    def broken(*given):
        matches(*given)
        raise RuntimeError("no")

    with monkeypatch.context() as breaking, capture_logs():
        breaking.setattr(codes, "matches", broken)
        for by in range(1, 5):
            await made.say(wrong(code, by))
    counted = await failures(made), await tries(made)
    await made.say(code)

    assert ({CODE: [8]}, [("dead", 5)]) == counted
    assert PROVE == await made.place()
    assert 0 == await proved(made)


async def test_A10_a_password_counts_although_its_comparison_fails(town, monkeypatch):
    """Attack: make the comparison of a password raise; outcome: it was counted before, in a commit of its own."""
    made = await town(account=SIGNED_OUT)
    url = await form(made)

    async def broken(*_):
        raise RuntimeError("no")

    with monkeypatch.context() as breaking:
        breaking.setattr(LocalAccounts, "check_password", broken)
        status, _page = await fill(made, url, EMAIL, "wrong horse battery")
    [sent] = await made.rows("forms")

    assert (500, {PASSWORD: [1]}, 1) == (status, await failures(made), sent["tries"])
    await fill(made, url, EMAIL, PASSWORDS)
    assert ("signin/second", {}) == (await made.place(), await failures(made))


async def test_A11_a_kill_between_counting_and_comparing_gives_no_try(town, postgres_url, monkeypatch):
    """Attack: kill the process in the middle of a guess; outcome: after the restart it is counted, once; inside."""
    made = await town(account=ACCOUNT, settings={"database": postgres_url})
    await to_prove(made)
    code, guessed, counted = made.code(EMAIL), codes.guessed, asyncio.Event()

    async def hangs(*args, **rest):
        await guessed(*args, **rest)
        counted.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as hanging:
        hanging.setattr(codes, "guessed", hangs)
        await made.stage.driver.act("say", {"person": ANN, "text": wrong(code)})
        await counted.wait()
        hanging.undo()
        await made.stage.restart(kill=True)
    after = await failures(made), await tries(made)
    seen = compared(monkeypatch)
    for by in range(2, 7):
        await made.say(wrong(code, by))
    await made.say(code)

    assert ({CODE: [1]}, [("live", 1)]) == after
    assert 4 == len(seen)
    assert [("dead", 5)] == await tries(made)
    assert 0 == await proved(made)


async def test_A11_a_kill_while_a_password_is_compared_gives_no_try(town, database, monkeypatch):
    """Attack: the same with a password; outcome: the try was committed before the comparison began."""
    made = await town(account=SIGNED_OUT, settings={"database": database})
    url, comparing, gone = await form(made), asyncio.Event(), asyncio.Event()

    async def hangs(*_):
        comparing.set()
        await gone.wait()
        raise RuntimeError("killed")

    monkeypatch.setattr(LocalAccounts, "check_password", hangs)
    sending = asyncio.create_task(fill(made, url, EMAIL, "wrong horse battery"))
    await comparing.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    monkeypatch.undo()
    await made.stage.restart(kill=True)
    gone.set()
    [sent] = await made.rows("forms")
    before = await failures(made)
    pages = [(await fill(made, url, EMAIL, f"wrong horse {n}"))[1] for n in range(4)]

    assert ({PASSWORD: [1]}, 1) == (before, sent["tries"])
    assert [False, False, False, True] == ["used up" in page for page in pages]
    assert {PASSWORD: [5]} == await failures(made)


# --- locks --------------------------------------------------------------------------------------------------------


async def test_A12_a_pause_that_is_over_is_followed_by_a_longer_one(town):
    """Attack: wait for the pause to end and guess on; outcome: the next failure closes for longer, from the start."""
    made = await town(account=WITH_APP)
    await failed(made, TOTP, f"{made.account()}:{ENROL}", 9)
    lengths = []
    for _ in range(6):
        await to_prove(made, way="Google 2FA")
        assert APP == await made.place()
        await made.say(wrong(app_code(made), 77))
        [lock] = await made.rows("locks")
        lengths.append(lock["until"] - made.clock.now())
        assert "handoff/locked" == await made.place()
        await made.wait(lengths[-1])
        await made.say(app_code(made))  # the old screen takes nothing
        assert ("handoff/locked", 0) == (await made.place(), await proved(made))

    assert [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR] == lengths
    await to_prove(made, way="Google 2FA")
    await made.say(app_code(made))
    assert (COUNTRY, {}) == (await made.place(), await failures(made))


async def test_A12_a_lock_that_is_over_is_followed_by_a_longer_one(town):
    """Attack: sit out the day, when its failures are out of the window; outcome: one failure closes for two, ..."""
    made = await town(account=WITH_APP)
    await failed(made, TOTP, f"{made.account()}:{ENROL}", 19)
    await made.wait(HOUR)
    lengths = []
    for _ in range(5):
        await to_prove(made, way="Google 2FA")
        await made.say(wrong(app_code(made), 77))
        [lock] = await made.rows("locks")
        lengths.append(lock["until"] - made.clock.now())
        made.clock.advance(lengths[-1] - SECOND)
        await to_prove(made, way="Google 2FA")  # the last second is over on the way
    closed = [lock["closed"] for lock in await made.rows("locks")]
    await made.say(app_code(made))

    assert [DAY, 2 * DAY, 4 * DAY, 7 * DAY, 7 * DAY] == lengths
    assert [5] == closed
    assert (COUNTRY, {}) == (await made.place(), await failures(made))  # a success forgives it all


async def test_A13_guessing_at_a_password_locks_nobody_out(town):
    """Attack: twenty wrong passwords for somebody else; outcome: that form closes, all else goes on, they are told."""
    made = await town(account=ACCOUNT)
    await failed(made, PASSWORD, EMAIL, 19)
    await made.wait(HOUR)
    await fill(made, await form(made, KWAME), EMAIL, "wrong horse battery")
    closed = (await fill(made, await form(made, KWAME), EMAIL, PASSWORDS, browser="again"))[1]
    told = [seen.text for seen in made.stage.shown(ANN) if "too many wrong tries" in seen.text]
    letters = [mail.text for mail in made.stage.world.inbox.email_to(EMAIL)]
    mine = [seen.text for seen in made.stage.shown(KWAME)]

    assert "Please try again in about" in closed
    assert (1, 1) == (len(told), sum("too many wrong tries" in letter for letter in letters))
    assert [] == [text for text in mine if EMAIL in text or "codes or passwords" in text]
    assert [] == made.texts()
    await to_prove(made)  # her session goes on
    await made.say(made.code(EMAIL))
    assert COUNTRY == await made.place()
    await linked(made, CHLOE)  # and from the website she signs in anywhere
    assert 2 == len(await made.rows("sessions"))


async def test_A13_guessing_at_a_code_leaves_password_session_and_other_checks(town):
    """Attack: with the password, twenty wrong codes; outcome: that check closes, and only that; the owner is told."""
    made = await town(account=WITH_APP)
    await failed(made, TOTP, f"{made.account()}:signin", 19)
    await made.wait(HOUR)
    for browser in ("thief", "owner"):
        person = KWAME if browser == "thief" else CHLOE
        if person == CHLOE:
            await made.say("/language", CHLOE)
            await made.tap("English", CHLOE)
        await fill(made, await form(made, person), EMAIL, PASSWORDS, browser=browser)
        assert "signin/second" == await made.place(person)  # the password is taken as before
        await made.tap("Google 2FA", person)
        if person == KWAME:
            await made.say(wrong(app_code(made), 77), KWAME)
    letters = [mail.text for mail in made.stage.world.inbox.email_to(EMAIL)]

    assert "handoff/locked" == await made.place(KWAME)
    assert 1 == sum("too many wrong tries" in letter for letter in letters)
    await to_prove(made, way="Google 2FA")
    await made.say(app_code(made))
    assert COUNTRY == await made.place()
    await begin(made, person=CHLOE)
    assert {TOTP: [20]} == await failures(made)


# --- many accounts ------------------------------------------------------------------------------------------------


def alarms(made) -> list[str]:
    return [seen.text for seen in made.stage.shown(made.stage.forum) if "wrong codes and passwords" in seen.text]


async def test_A14_one_guess_at_each_of_a_thousand_accounts_is_heard(town):
    """Attack: stay below every limit by guessing once an account; outcome: the operators hear it, once an hour."""
    made = await town(settings={"events_url": "http://127.0.0.1:9", "events_secret": "s" * 24})

    async def spray(tx):
        for n in range(1_000):
            assert 0 == await limits.begin(tx, made.tools, PASSWORD, f"victim-{n}@example.com")

    await made.wait(MINUTE)
    before = alarms(made), made.tools.metrics.guesses._value.get()
    await made.db(spray)
    await made.wait(2 * MINUTE)
    at_once = len(alarms(made))
    await made.wait(HOUR)

    assert ([], 0) == before
    assert (1, 1) == (at_once, len(alarms(made)))
    assert "1000 wrong codes and passwords" in alarms(made)[0]
    assert ['{"wrong":1000}'] == [
        row["detail"] for row in await made.rows("audit") if row["action"] == "many wrong guesses"
    ]
    assert ["guesses.many"] == [row["keys"] for row in await made.rows("outbox") if row["channel"] == "webhook"]
    assert 0 == made.tools.metrics.guesses._value.get()  # an hour later nobody guesses any more


@pytest.mark.parametrize(("wrongs", "heard"), [(7, 0), (8, 1)])
async def test_A14_guesses_of_every_kind_are_added_up(town, wrongs, heard):
    """Attack: by forms and chats, at this account and that; outcome: all of it counts, what was right does not."""
    emails = [f"victim-{n}@example.com" for n in range(5)]
    made = await town(account=WITH_APP, others=[{"email": email} for email in emails], settings={"guess_alarm": 8})
    url = await form(made, KWAME)
    for email in emails[:4]:
        await fill(made, url, email, "wrong horse battery")
    await fill(made, url, emails[4], PASSWORDS)
    await to_prove(made)
    for by in range(1, 3):
        await made.say(wrong(made.code(EMAIL), by))
    await to_prove(made, way="Google 2FA")
    for by in range(wrongs - 6):
        await made.say(wrong(app_code(made), 70 + by))
    await made.wait(2 * MINUTE)

    assert heard == len(alarms(made))
