"""Steps out of order, without their proofs, and too late, attacked: security.md section 5, group D, D39 to D43."""

from __future__ import annotations

import pytest
from guesses import EMAIL, NEW, WITH_APP, app_code, begin, failures, fill, form, proved, wrong
from town import ANN

from bot import callback
from bot.clock import MINUTE
from bot.db import conversations
from conversations.flows import BOOK

OLD = "+447400111222"
OWNER = {**WITH_APP, "phone": OLD}
PAIR, COUNTRY = "change_phone/prove_pair", "change_phone/country"


async def packed(made, place: str, button: str, arg: str = "", person: int = ANN) -> str:
    """Callback data as the bot itself would make it for another step of the chat's present turn."""
    turn = (await made.db(lambda tx: conversations.load(tx, made.tools, person))).snapshot.turn
    return callback.pack(place, BOOK.flows[place.partition("/")[0]].version, turn, button, arg)


async def untouched(made) -> bool:
    """Whether the account has its phone, and nothing was sent to the thief's."""
    [row] = [row for row in await made.rows("accounts") if row["id"] == made.account()]
    return row["phone_at"] is not None and not await made.rows("holds") and not made.texts(NEW)


@pytest.mark.parametrize(
    ("place", "button"),
    [
        (COUNTRY, "country"),
        ("change_phone/number", "back"),
        ("change_phone/confirm", "send"),
        ("change_phone/sms", "resend"),
    ],
)
async def test_D39_no_button_leads_past_the_first_check(town, place, button):
    """Attack: forge the buttons of later steps, and type what they ask for; outcome: the check is still there."""
    made = await town(account=OWNER)
    await begin(made, "Account security", "Mobile phone", "Change")
    before = await made.place()
    await made.forged(await packed(made, place, button, "GB"))
    for text in ("uk", NEW, "123456"):
        await made.say(text)

    assert "change_phone/prove" == before == await made.place()
    assert (True, 0) == (await untouched(made), await proved(made))


async def test_D40_a_check_that_was_passed_too_long_ago_has_to_be_passed_again(town):
    """Attack: pass the first check, wait beyond the idle limit, go on; outcome: from the beginning, nothing is sent."""
    made = await town(account=OWNER)
    await made.walk("at_change_number")
    await made.wait(16 * MINUTE)
    later = await made.place()
    await made.say(NEW)
    await made.forged(await packed(made, "change_phone/confirm", "send"))
    await begin(made, "Account security", "Mobile phone", "Change")

    assert "welcome/home" == later
    assert "change_phone/prove" == await made.place()
    assert await untouched(made)


@pytest.mark.parametrize("way", ["SMS to the old phone", "Email code and Google 2FA"])
async def test_D41_a_stolen_chat_passes_no_first_check(town, way):
    """Attack: the owner's own chat, without phone, letters and authenticator; outcome: no way leads on."""
    made = await town(account=OWNER)
    await begin(made, "Account security", "Mobile phone", "Change", way)
    there = await made.place()
    sent = made.code(OLD if way.startswith("SMS") else EMAIL)
    for by in range(1, 4):
        await made.say(f"{wrong(sent, by)} {wrong(app_code(made), by)}" if there == PAIR else wrong(sent, by))

    assert there == await made.place()
    assert (True, 0) == (await untouched(made), await proved(made))


async def test_D42_two_codes_are_two_codes(town):
    """Attack: one of the pair, or one of them wrong; outcome: refused in the same words, and both right ones pass."""
    made = await town(account=OWNER)
    told = []
    await begin(made, "Account security", "Mobile phone", "Change", "Email code and Google 2FA")
    sent = made.code(EMAIL)
    for text in (sent, app_code(made)):
        await made.say(text)
        assert PAIR == await made.place()
    for texts in ((wrong(sent), 0), (sent, 1)):
        await made.say(f"{texts[0]} {wrong(app_code(made)) if texts[1] else app_code(made)}")
        told.append((made.screen().text, made.screen().keys, await made.place()))
    counted = sum(sum(values) for values in (await failures(made)).values())
    before = await proved(made)
    await made.wait(31_000)
    await made.say(f"{sent} {app_code(made, 1)}")

    assert told[0][1:] == told[1][1:] == (told[0][1], PAIR)
    assert told[0][0].replace("4", "3") == told[1][0].replace("4", "3")  # but for the tries that are left
    assert counted >= 2
    assert (0, COUNTRY) == (before, await made.place())


async def test_D43_without_the_password_there_is_no_word_about_a_lost_phone(town):
    """Attack: "Phone unavailable?" before the password; outcome: no such step, and one limit for all of it."""
    made = await town(account={**OWNER, "signed_in": False})
    url = await form(made)
    before = await made.place()
    await made.forged(await packed(made, "signin/sms", "unavailable"))
    await made.forged(await packed(made, "recover_phone/unavailable", "new"))
    pages = [await fill(made, url, email, "wrong horse battery") for email in (EMAIL, "nobody@example.com")]

    assert "signin/form" == before == await made.place()
    assert pages[0][0] == pages[1][0]
    assert pages[0][1].replace(EMAIL, "") == pages[1][1].replace("nobody@example.com", "")
    assert {} != await failures(made)
    assert [] == await made.rows("recoveries")
