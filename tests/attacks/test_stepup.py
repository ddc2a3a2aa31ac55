"""The first checks, and the way in without the phone, attacked: security.md section 5, group D, D41 to D43."""

from __future__ import annotations

import re

import pytest
from guesses import ACCOUNT, EMAIL, WITH_APP, app_code, begin, failed, failures, fill, form, proved, tries, wrong
from shortcuts import OLD, OWNER, act, packed, untouched
from town import ANN, CHLOE

from bot.clock import MINUTE, SECOND
from bot.db import codes, sqlite, totp
from bot.db.limits import CODE, PASSWORD
from bot.domain.recovery_codes import written
from conversations.flows import BOOK

PAIR = "change_phone/prove_pair"
TO_PAIR = ("Account security", "Mobile phone", "Change", "Email code and Google 2FA")
PHONE, APP, RECOVER = ("Mobile phone", "Change"), ("Google 2FA",), ("Phone unavailable?", "I have a new number")
DOORS = {
    (*PHONE, "SMS to the old phone"): "change_phone/prove_sms",
    (*PHONE, "Email code and Google 2FA"): PAIR,
    (*PHONE, *RECOVER, "Email code"): "recover_phone/verify_email",
    (*PHONE, *RECOVER, "Google 2FA"): "recover_phone/verify_totp",
    (*PHONE, *RECOVER, "Recovery code"): "recover_phone/verify_recovery",
    (*PHONE, *RECOVER, "Trading password"): "recover_phone/verify_trading",
    (*APP, "Replace", "Google 2FA"): "bind_totp/replace_totp",
    (*APP, "Replace", "Recovery code"): "bind_totp/replace_recovery",
    (*APP, "Recovery codes"): "bind_totp/keep_codes",
    ("Trading password", "Google 2FA"): "trading_password/prove_totp",
    ("Trading password", "Email code"): "trading_password/prove_email",
    ("Trading password", "SMS code"): "trading_password/prove_sms",
    ("Email", "Send code"): "bind_email/old",
    ("Your data", "Google 2FA"): "your_data/prove_totp",
    ("Your data", "Email code"): "your_data/prove_email",
    ("Your data", "SMS code"): "your_data/prove_sms",
}
"""Every first check that a signed-in chat comes to, by its buttons below *Account security*."""


# --- D41: the chat alone ------------------------------------------------------------------------------------------


def test_D41_every_first_check_is_tried():
    """The table above has every step that reads a proof, but those of a first phone and a first authenticator."""
    needed = {state.reads.purpose for place, state in BOOK.places.items() if place in DOORS.values()} - {""}
    there = {
        place for place, state in BOOK.places.items()
        if state.reads.purpose in needed and not place.startswith(("signin/", "handoff/"))
    }  # fmt: skip

    assert set(DOORS.values()) - {"recover_phone/verify_trading"} == there


async def test_D41_a_stolen_chat_passes_no_first_check(town):
    """Attack: the owner's own signed-in chat, without phone, letters and authenticator; outcome: no door opens."""
    made = await town(account=OWNER, user={"id": ANN, "phone": OLD})
    there, after = [], []
    for labels, place in DOORS.items():
        await begin(made, "Account security", *labels)
        there.append(await made.place())
        guess = wrong(made.code(EMAIL)) if "email" in place or place == PAIR else wrong(app_code(made))
        code = f"{guess} {wrong(app_code(made))}" if place == PAIR else guess
        if "recovery" in place:
            kept = made.stage.codes[EMAIL][0]
            code = written(kept[:-1] + ("3" if kept.endswith("2") else "2"))
        if place == "recover_phone/verify_trading":
            await act(made, ["fill current=eight green bottles"])
        else:
            await made.say(code)
        await made.stage.driver.act("contact", {"person": ANN})  # the very number that is bound
        await made.stage.driver.act("media", {"person": ANN, "kind": "photo"})
        await made.stage.settle()
        after.append(await made.place())
        await made.wait(MINUTE)

    assert list(DOORS.values()) == there == after
    assert (True, 0) == (await untouched(made), await proved(made))
    assert ["checking"] == [row["status"] for row in await made.rows("recoveries")]
    counted = sum(sum(each) for each in (await failures(made)).values())
    assert len(DOORS) == counted  # each of these was a guess


@pytest.mark.parametrize("labels", [("Mobile phone", "Set", "Email code"), ("Set up Google 2FA", "Email code")])
async def test_D41_nor_does_it_where_nothing_is_set_up_yet(town, labels):
    """Attack: add a phone or an authenticator of one's own in a stolen chat; outcome: the email is asked first."""
    made = await town(account=ACCOUNT)
    await begin(made, "Account security", *labels)
    place = await made.place()
    await made.say(wrong(made.code(EMAIL)))
    await made.stage.driver.act("contact", {"person": ANN})
    await made.stage.settle()

    assert place.endswith("/prove_email")
    assert (place, 0, {CODE: [1]}) == (await made.place(), await proved(made), await failures(made))


# --- D42: two codes are two ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["{mail}", "{app}", "{mail} {mail}", "{app} {app}", "{mail}, {mail}, {mail}", "{app}\n"]
)
async def test_D42_one_of_the_two_is_none(town, typed):
    """Attack: the email code alone, the authenticator's alone, one of them twice; outcome: refused; both pass."""
    made = await town(account=OWNER)
    await begin(made, *TO_PAIR)
    mail = made.code(EMAIL)
    await made.say(typed.format(mail=mail, app=app_code(made)))
    refused = await made.place(), await proved(made)
    await made.wait(30 * SECOND)
    await made.say(f"{app_code(made)} {mail}")  # in whichever order

    assert (PAIR, 0) == refused
    assert ("change_phone/country", 2) == (await made.place(), await proved(made))


async def test_D42_which_was_wrong_cannot_be_told(town, monkeypatch):
    """Attack: learn from words or work which code was wrong; outcome: the same of both, whichever it was."""
    done: list[str] = []

    def noted(module, name, says):
        kept = getattr(module, name)

        def call(*args, **more):
            done.append(says(*args))
            return kept(*args, **more)

        monkeypatch.setattr(module, name, call)

    noted(sqlite._Tx, "_execute", lambda _tx, sql, *_: sql)
    noted(codes, "matches", lambda *_: "email compared")
    noted(totp, "step_of", lambda *_: "authenticator compared")
    seen = []
    for first, second in ((0, 1), (1, 0), (1, 1)):
        made = await town(account=OWNER)
        await begin(made, *TO_PAIR)
        mail = made.code(EMAIL)
        pair = f"{wrong(mail, first)} {wrong(app_code(made), second)}"
        done.clear()
        await made.say(pair)
        work = sorted(sql for sql in done if not sql.startswith("SELECT 'conversation' AS kind"))
        audit = [(row["action"], row["outcome"]) for row in await made.rows("audit")]
        shown = made.screen().text, made.screen().buttons
        seen.append((shown, work, audit, await failures(made), await tries(made), await proved(made)))

    assert seen[0] == seen[1] == seen[2]
    assert (2, 2) == (seen[0][1].count("email compared"), seen[0][1].count("authenticator compared"))
    assert ({CODE: [1]}, 0) == (seen[0][3], seen[0][5])


@pytest.mark.parametrize(
    "account", [{**ACCOUNT, "phone": OLD}, {**WITH_APP, "phone": OLD}], ids=["without app", "with"]
)
async def test_D42_the_email_alone_changes_nothing_where_there_is_no_authenticator(town, account):
    """Attack: have no authenticator, so that the email would be enough; outcome: there is no such way at all."""
    made = await town(account=account)
    await begin(made, *TO_PAIR[:3])
    labels = {label for row in made.screen().buttons for label in row}
    await made.forged(await packed(made, "change_phone/prove", "pair"))
    has_app = "totp" in account

    assert has_app == ("Email code and Google 2FA" in labels)
    assert (PAIR if has_app else "change_phone/prove") == await made.place()
    assert has_app == bool(made.stage.world.inbox.email_to(EMAIL))


# --- D43: the way in without the phone --------------------------------------------------------------------------------


async def test_D43_before_the_right_password_there_is_no_such_way(town):
    """Attack: "Phone unavailable?" and all behind it, forged before the password; outcome: no case, nothing sent."""
    made = await town(account={**OWNER, "signed_in": False})
    await form(made)
    sent, places = len(made.stage.world.inbox.email_to(EMAIL)), set()
    wanted = [("signin/second", "sms"), ("signin/second", "email"), ("signin/sms", "unavailable")]
    for state in BOOK.flows["recover_phone"].states:
        buttons = [button.id for row in state.buttons for button in row if not button.url]
        wanted += [(f"recover_phone/{state.name}", button) for button in buttons]
    for place, button in wanted:
        await made.forged(await packed(made, place, button))
        places.add(await made.place())

    assert {"signin/form"} == places
    assert ([], [], True) == (await made.rows("recoveries"), await made.rows("logins"), await untouched(made))
    assert sent == len(made.stage.world.inbox.email_to(EMAIL))


async def test_D43_a_wrong_password_reads_alike_whether_there_is_a_phone_to_be_lost(town):
    """Attack: wrong passwords for accounts with a phone, without, and for nobody; outcome: one page, one chat."""
    made = await town(account={**OWNER, "signed_in": False}, others=[{"email": "bob@example.com"}])
    seen = []
    for email in (EMAIL, "bob@example.com", "nobody@example.com"):
        url = await form(made)
        for _ in range(5):
            status, page = await fill(made, url, email, "wrong horse battery")
        plain = re.sub(r'value="[^"]*"|/f/[\w-]+', "", page)
        seen.append((status, plain, re.sub(r"/f/\S+", "", made.screen().text), made.screen().buttons))

    assert seen[0] == seen[1] == seen[2]
    assert [] == await made.rows("logins")


async def test_D43_there_is_one_limit_for_both(town):
    """Attack: use up the sign-in's guesses, then go on in another chat for the lost phone; outcome: it is closed."""
    made = await town(account={**OWNER, "signed_in": False})
    await failed(made, PASSWORD, EMAIL, 9)
    await fill(made, await form(made), EMAIL, "wrong horse battery")
    await made.say("/language", CHLOE)
    await made.tap("English", CHLOE)
    await fill(made, await form(made, CHLOE), EMAIL, "correct horse battery")
    closed = await made.place(CHLOE), await made.rows("logins"), await failures(made)
    await made.wait(MINUTE)
    await fill(made, await form(made, CHLOE), EMAIL, "correct horse battery")
    await made.tap("SMS verification", CHLOE)
    await made.tap("Phone unavailable?", CHLOE)

    assert ("handoff/locked", [], {PASSWORD: [10]}) == closed
    assert "recover_phone/unavailable" == await made.place(CHLOE)
