"""Steps out of order, without their proofs, and too late, attacked: security.md section 5, group D, D39 and D40."""

from __future__ import annotations

import pytest
from guesses import ACCOUNT, COUNTRY, EMAIL, NEW, app_code, begin, linked, proved, to_prove
from shortcuts import OWNER, act, packed, put, untouched
from town import ANN, KWAME

from bot.clock import MINUTE, SECOND, parse_iso
from bot.db import conversations
from bot.scripts.stage import MORNING
from conversations.flows import BOOK

GUARDED = ("bind_phone", "change_phone", "recover_phone", "bind_email", "bind_totp", "trading_password", "your_data")


# --- D39: in the middle -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flow", GUARDED)
async def test_D39_no_button_of_a_later_step_leads_to_it(town, flow):
    """Attack: forge every button of every step of a flow from its beginning; outcome: stale, and nothing moves."""
    made = await town(account=OWNER)
    await begin(made, "Account security", "Mobile phone")
    places, sent = set(), len(made.stage.world.inbox.email_to(EMAIL))
    for state in BOOK.flows[flow].states:
        for button in {button.id for row in state.buttons for button in row if not button.url} | {"back"}:
            await made.forged(await packed(made, f"{flow}/{state.name}", button, "GB"))
            places.add(await made.place())

    assert {"protection/phone"} == places
    assert (True, 0, sent) == (await untouched(made), await proved(made), len(made.stage.world.inbox.email_to(EMAIL)))
    await made.tap("Change")
    assert "change_phone/prove" == await made.place()


DATA = {"number": NEW, "home": "GB", "region": "GB", "address": "thief@example.com"}
MIDDLES = {
    "bind_phone/country": (ACCOUNT, ["say uk", f"say {NEW}", "tap Send code"], "bind_phone/prove"),
    "bind_phone/number": (ACCOUNT, [f"say {NEW}", "tap Send code"], "bind_phone/prove"),
    "bind_phone/confirm": (ACCOUNT, ["tap Send code"], "bind_phone/prove"),
    "bind_phone/sms": (ACCOUNT, ["say 123456", "tap Send again"], "bind_phone/prove"),
    "bind_phone/activate": (ACCOUNT, ["tap Activate"], "bind_phone/prove"),
    "change_phone/country": (OWNER, ["say uk", f"say {NEW}", "tap Send code"], "change_phone/prove"),
    "change_phone/number": (OWNER, [f"say {NEW}", "tap Send code"], "change_phone/prove"),
    "change_phone/confirm": (OWNER, ["tap Send code"], "change_phone/prove"),
    "change_phone/sms": (OWNER, ["say 123456", "tap Send again"], "change_phone/prove"),
    "recover_phone/country": (OWNER, ["say uk", f"say {NEW}", "tap Send code"], "recover_phone/unavailable"),
    "recover_phone/confirm": (OWNER, ["tap Send code"], "recover_phone/unavailable"),
    "recover_phone/sms": (OWNER, ["say 123456", "tap Send again"], "recover_phone/unavailable"),
    "bind_email/address": (OWNER, ["say thief@example.com"], "bind_email/prove"),
    "bind_email/new": (OWNER, ["say 123456", "tap Send again"], "bind_email/prove"),
    "trading_password/form": (
        OWNER,
        ["tap New form", "fill password=a b c d e f g&again=a b c d e f g&current=seven green bottles"],
        "trading_password/prove",
    ),
    "bind_totp/scan": (ACCOUNT, ["tap New key", "key"], "protection/overview"),
    "bind_totp/rescan": (OWNER, ["tap New key", "key"], "bind_totp/rescan"),
    "bind_totp/codes": (OWNER, ["tap New form", "fill "], "bind_totp/codes"),
    "your_data/form": (OWNER, ["tap New form", "fill "], "your_data/form"),
    "your_data/sure": (OWNER, ["tap Erase my data"], "your_data/prove"),
}
"""Where a thief might stand by some fault of the tables, what they would do there, and where it leads."""


@pytest.mark.parametrize("place", MIDDLES)
async def test_D39_whoever_stands_in_the_middle_gets_no_further(town, place):
    """Attack: be past the first check without it; outcome: nothing is sent or written, the check comes; inside."""
    account, acts, leads = MIDDLES[place]
    made = await town(account=account)
    await begin(made)
    codes = await made.rows("recovery_codes")
    await put(made, place, **DATA)
    await act(made, acts)

    assert leads == await made.place()
    assert (True, codes) == (await untouched(made), await made.rows("recovery_codes"))
    assert [] == made.stage.world.inbox.email_to("thief@example.com")
    assert 0 == (await made.db(lambda tx: conversations.load(tx, made.tools, ANN))).facts.proved


async def test_D39_what_one_chat_has_proved_opens_nothing_in_another(town):
    """Attack: pass the check in one chat, stand in the middle in another; outcome: that one has proved nothing."""
    made = await town(account=ACCOUNT)
    await linked(made, KWAME)
    await to_prove(made)
    await made.say(made.code(EMAIL))
    await put(made, "bind_phone/confirm", KWAME, **DATA)
    await made.tap("Send code", KWAME)

    assert (COUNTRY, "bind_phone/prove") == (await made.place(), await made.place(KWAME))
    assert (1, []) == (await proved(made), made.texts())


# --- D40: too late ------------------------------------------------------------------------------------------------

STEPS = {"country": [], "number": ["uk"], "confirm": ["uk", NEW]}


async def checked(made, flow: str) -> None:
    """Through the first check of a first phone or of another one."""
    if flow == "change_phone":
        await begin(made, "Account security", "Mobile phone", "Change", "Email code and Google 2FA")
        await made.say(f"{made.code(EMAIL)} {app_code(made)}")
    else:
        await to_prove(made)
        await made.say(made.code(EMAIL))
    assert f"{flow}/country" == await made.place()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("flow", ["bind_phone", "change_phone"])
async def test_D40_after_five_idle_minutes_the_check_comes_again(town, flow, step):
    """Attack: pass the check, wait beyond the idle limit, go on; outcome: over, and the first step is the first."""
    made = await town(account=ACCOUNT if flow == "bind_phone" else OWNER)
    await checked(made, flow)
    for text in STEPS[step]:
        await made.say(text)
    await made.wait(5 * MINUTE - SECOND)
    there = await made.place()
    await made.wait(10 * SECOND)  # timers look every five
    over = await made.place()
    forged = "send" if step == "confirm" else "other_country"
    await made.forged(await packed(made, f"{flow}/{step}", forged))
    for text in ("uk", NEW):
        await made.say(text)
    idle = await made.place()
    await begin(made, "Account security", "Mobile phone", "Set" if flow == "bind_phone" else "Change")

    assert (f"{flow}/{step}", "welcome/home", "welcome/home") == (there, over, idle)
    assert f"{flow}/prove" == await made.place()
    assert await untouched(made)


@pytest.mark.parametrize(("minutes", "place"), [(4, COUNTRY), (6, "bind_phone/prove")])
async def test_D40_nor_does_it_wait_at_a_menu(town, minutes, place):
    """Attack: wait where nothing runs out, one step before; outcome: within the idle limit only it need not be done."""
    made = await town(account=ACCOUNT)
    await checked(made, "bind_phone")
    await made.tap("Back")
    assert "protection/phone" == await made.place()
    await made.wait(minutes * MINUTE)
    await made.tap("Set")

    assert place == await made.place()


async def kept_awake(made, flow) -> None:
    """To the confirmation of the number, twelve minutes after the check was passed."""
    await checked(made, flow)
    await made.say("uk")
    for _ in range(3):
        await made.wait(4 * MINUTE)
        await made.say(NEW)


@pytest.mark.parametrize("flow", ["bind_phone", "change_phone"])
async def test_D40_whoever_keeps_it_awake_has_a_quarter_of_an_hour(town, flow):
    """Attack: write something every four minutes; outcome: after 15 minutes no code is sent, the check comes again."""
    made = await town(account=ACCOUNT if flow == "bind_phone" else OWNER)
    await kept_awake(made, flow)
    awake = await made.place()
    await made.wait(3 * MINUTE)
    await made.tap("Send code")

    assert (f"{flow}/confirm", f"{flow}/prove") == (awake, await made.place())
    assert await untouched(made)


@pytest.mark.parametrize("flow", ["bind_phone", "change_phone"])
async def test_D40_a_code_that_comes_after_it_binds_nothing(town, flow):
    """Attack: let the code be sent in time and enter it too late; outcome: it is right, and binds nothing."""
    made = await town(account=ACCOUNT if flow == "bind_phone" else OWNER)
    await kept_awake(made, flow)
    await made.tap("Send code")
    code = made.code(NEW)
    await made.wait(4 * MINUTE)
    await made.say(code)
    if flow == "bind_phone":
        await made.tap("Activate")
    [row] = [row for row in await made.rows("accounts") if row["id"] == made.account()]

    assert f"{flow}/prove" == await made.place()
    assert row["phone_at"] is None or row["phone_at"] < parse_iso(MORNING)
    assert [] == await made.rows("holds")
