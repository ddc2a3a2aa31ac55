"""A new authenticator by an old key, and recovery codes of before: security.md section 5, group D, D50."""

from __future__ import annotations

import re

import pytest
from guesses import ACCOUNT, EMAIL, WITH_APP, app_code, begin, linked, proved
from shortcuts import packed, posted, put
from town import ANN, KWAME

from bot.clock import MINUTE, SECOND
from bot.db import recovery_codes, totp
from bot.domain import totp as authenticator
from bot.domain.recovery_codes import written

_KEY = re.compile(r"\b[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}\b")
CODES = {**WITH_APP, "codes": True}


def key(made, person: int = ANN) -> str:
    """The key that the newest screen shows; empty where it shows none."""
    found = _KEY.search(made.screen(person).text)
    return found[0].replace(" ", "") if found else ""


def code_of(made, secret: str) -> str:
    """What an app with this key shows when the next thing is said."""
    return authenticator.code_at(secret, authenticator.step_at(made.clock.now() + SECOND))


async def to_scan(made, person: int = ANN) -> str:
    """To a first key, by the email; that key."""
    await begin(made, "Account security", "Set up Google 2FA", "Email code", person=person)
    await made.say(made.code(EMAIL), person)
    assert "bind_totp/scan" == await made.place(person)
    return key(made, person)


async def to_rescan(made) -> str:
    """To another key, by the present authenticator; that key."""
    await begin(made, "Account security", "Google 2FA", "Replace", "Google 2FA")
    await made.say(app_code(made))
    assert "bind_totp/rescan" == await made.place()
    return key(made)


async def bound(made) -> str | None:
    """The key that is bound; None where there is none. Read where no door leads."""
    row = await made.db(lambda tx: tx.one("SELECT person_key, totp FROM accounts WHERE id = $1", made.account()))
    return totp._open(made.tools, row, made.account(), "totp")


async def alive(made) -> int:
    """How many recovery codes are good."""
    return sum(row["dead_at"] is None and row["used_at"] is None for row in await made.rows("recovery_codes"))


# --- the key ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("away", [["tap New key"], ["tap Cancel", "again"], ["say /start", "again"]])
async def test_D50_a_key_that_was_shown_is_not_shown_again(town, away):
    """Attack: note a key, leave it to be bound by its owner later; outcome: a new one each time, the old is nothing."""
    made = await town(account=ACCOUNT)
    old = await to_scan(made)
    for step in away:
        await made.wait(2 * MINUTE)
        verb, _, label = step.partition(" ")
        await (made.tap(label) if verb == "tap" else made.say(label) if verb == "say" else to_scan(made))
    new = key(made)
    await made.say(code_of(made, old))
    refused = await made.place(), await bound(made)
    await made.say(code_of(made, new))

    assert (True, True) == (bool(old) and bool(new), old != new)
    assert ("bind_totp/scan", None) == refused
    assert ("bind_totp/done", new) == (await made.place(), await bound(made))


@pytest.mark.parametrize("away", ["the code", "Cancel", "New key", "Help", "/start", "nothing"])
async def test_D50_a_key_does_not_stay_in_the_chat(town, away):
    """Attack: scroll up in a chat that was left open; outcome: the picture has gone with its step."""
    made = await town(account=ACCOUNT)
    secret = await to_scan(made)
    picture = made.screen()
    if away in ("Cancel", "New key", "Help"):
        await made.tap(away)
    elif away == "nothing":
        await made.wait(16 * MINUTE)
    else:
        await made.say(code_of(made, secret) if away == "the code" else away)
    left = [seen for seen in made.stage.shown(ANN) if seen.picture or _KEY.search(seen.text)]

    assert (True, secret) == (picture.picture, "".join(_KEY.findall(picture.text)).replace(" ", ""))
    assert [] == [seen for seen in left if seen.message != made.screen().message]
    assert away in ("New key", "Help") or not left


async def test_D50_a_bound_key_is_shown_nowhere(town):
    """Attack: have the bound key shown by help, Back, old buttons or a step that is not one's; outcome: nowhere."""
    made = await town(account=ACCOUNT)
    secret = await to_scan(made)
    await made.say(code_of(made, secret))
    last = made.stage.shown(ANN)[-1].message
    for place, button in (("bind_totp/scan", "new_key"), ("bind_totp/rescan", "new_key"), ("bind_totp/done", "back")):
        await made.forged(await packed(made, place, button))
    for text in ("/help", "/start"):
        await made.say(text)
    for label in ("Account security", "Google 2FA", "Help", "Replace"):
        await made.tap(label)
    for place in ("bind_totp/scan", "bind_totp/rescan"):  # from inside: no table leads there
        await put(made, place)
        for label in {"New key"} & {label for row in made.screen().buttons for label in row}:
            await made.tap(label)
    shown = [seen.text.replace(" ", "") for seen in made.stage.shown(ANN) if seen.message > last]

    assert [] == [text for text in shown if secret in text or _KEY.search(text)]
    assert (secret, None) == (
        await bound(made),
        await made.db(lambda tx: totp.pending_key(tx, made.tools, made.account())),
    )


async def test_D50_the_old_authenticator_is_worth_nothing_after_the_new_one(town):
    """Attack: keep the old app; outcome: its codes and its recovery codes pass no check, the new one's do."""
    made = await town(account=CODES)
    old, codes = made.stage.keys[EMAIL], made.stage.codes[EMAIL]
    new = await to_rescan(made)
    await made.wait(30 * SECOND)
    await made.say(code_of(made, old))
    unmoved = await made.place(), await bound(made)
    await made.say(code_of(made, new))
    done = await made.place(), await bound(made), await alive(made)
    await made.wait(MINUTE)
    await begin(made, "Account security", "Google 2FA", "Replace", "Google 2FA")
    await made.say(code_of(made, old))
    by_app = await made.place()
    await put(made, "bind_totp/replace_recovery")  # where there are no codes there is no button
    await made.say(written(codes[0]))

    assert (True, ("bind_totp/rescan", old), ("bind_totp/done", new, 0)) == (old != new, unmoved, done)
    assert ("bind_totp/replace_totp", "bind_totp/replace_recovery") == (by_app, await made.place())
    await begin(made, "Account security", "Google 2FA", "Replace", "Google 2FA")
    await made.say(code_of(made, new))
    assert "bind_totp/rescan" == await made.place()


async def test_D50_a_key_waits_a_quarter_of_an_hour(town):
    """Attack: find a key that was shown and never bound, type its code later; outcome: it is gone."""
    made = await town(account=ACCOUNT)
    secret = await to_scan(made)
    await made.wait(15 * MINUTE)
    await made.say(code_of(made, secret))
    idle = await made.place()
    await put(made, "bind_totp/scan")
    await made.say(code_of(made, secret))

    assert ("welcome/home", "", None) == (idle, key(made), await bound(made))
    assert "bind_totp/scan" == await made.place()


async def test_D50_one_chat_binds_no_key_that_another_was_shown(town):
    """Attack: leave one's own key waiting in another chat; outcome: the owner sees a new one, the first is nothing."""
    made = await town(account=ACCOUNT)
    await linked(made, KWAME)
    theirs = await to_scan(made, KWAME)
    await made.wait(2 * MINUTE)
    mine = await to_scan(made)
    await made.say(code_of(made, theirs), KWAME)
    unmoved = await made.place(KWAME), await bound(made)
    await made.say(code_of(made, mine))

    assert (True, ("bind_totp/scan", None)) == (theirs != mine, unmoved)
    assert mine == await bound(made)


# --- the recovery codes -------------------------------------------------------------------------------------------


async def test_D50_there_are_no_recovery_codes_without_an_authenticator(town):
    """Attack: ask for recovery codes before there is an authenticator; outcome: no button, no step, no form."""
    made = await town(account=ACCOUNT)
    await begin(made, "Account security")
    for place, button in (
        ("protection/totp", "keep_codes"),
        ("bind_totp/done", "keep_codes"),
        ("bind_totp/codes", "form"),
    ):
        await made.forged(await packed(made, place, button))
    there = await made.place()
    await put(made, "bind_totp/keep_codes")  # from inside
    await made.say("123456")
    asked = await made.place()
    await put(made, "bind_totp/codes")
    await made.tap("New form")
    page = await posted(made, {})

    assert ("protection/overview", "bind_totp/keep_codes") == (there, asked)
    assert "This form is closed" in page
    assert ([], 0) == (await made.rows("recovery_codes"), await proved(made))


async def test_D50_codes_that_were_made_before_it_are_dead_with_it(town):
    """Attack: have codes from before the authenticator; outcome: setting it up kills them; made from inside."""
    made = await town(account=ACCOUNT)
    codes = await made.db(lambda tx: recovery_codes.issue(tx, made.tools, made.account()))
    before = await alive(made)
    secret = await to_scan(made)
    await made.say(code_of(made, secret))
    await put(made, "bind_totp/replace_recovery")
    await made.say(written(codes[0]))

    assert (10, 0) == (before, await alive(made))
    assert "bind_totp/replace_recovery" == await made.place()


async def test_D50_a_form_for_codes_dies_with_the_authenticator_that_opened_it(town):
    """Attack: open the form by the old app, send it in after the new one is bound; outcome: closed, no codes."""
    made = await town(account=WITH_APP)
    await linked(made, KWAME)
    await begin(made, "Account security", "Google 2FA", "Recovery codes", person=KWAME)
    await made.say(app_code(made), KWAME)
    opened, url = await made.place(KWAME), made.screen(KWAME).urls[-1]
    await made.wait(31 * SECOND)
    new = await to_rescan(made)
    await made.say(code_of(made, new))
    page = await posted(made, {}, KWAME, url)

    assert ("bind_totp/codes", "bind_totp/done") == (opened, await made.place())
    assert "This form is closed" in page
    assert [] == await made.rows("recovery_codes")


async def test_D50_new_codes_end_the_ones_before_and_each_is_good_once(town):
    """Attack: keep the first set, or use a code twice; outcome: only the newest set, each once."""
    made = await town(account=CODES)
    first = made.stage.codes[EMAIL]
    await begin(made, "Account security", "Google 2FA", "Recovery codes")
    await made.say(app_code(made))
    page = await posted(made, {})
    codes = re.findall(r"[a-z02-9]{4}(?:-[a-z02-9]{4}){5}", page)
    await begin(made, "Account security", "Google 2FA", "Replace", "Recovery code")
    await made.say(written(first[0]))
    refused = await made.place()
    await made.say(codes[0])
    accepted = await made.place()
    await begin(made, "Account security", "Google 2FA", "Replace", "Recovery code")
    await made.say(codes[0])

    assert (10, 9) == (len(codes), await alive(made))
    assert ("bind_totp/replace_recovery", "bind_totp/rescan") == (refused, accepted)
    assert "bind_totp/replace_recovery" == await made.place()
