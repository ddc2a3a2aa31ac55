"""Recoveries that are none, attacked: security.md section 5, group D, D44 to D46."""

from __future__ import annotations

from typing import get_args

import pytest
from guesses import EMAIL, NEW, app_code, begin, linked
from shortcuts import OLD, OWNER, packed, put, untouched
from town import ANN, KWAME

from bot.clock import DAY, MINUTE
from bot.db import accounts
from bot.db.recoveries import evidence
from bot.domain.factors import ENOUGH
from bot.domain.recovery import Status
from conversations.effects import RECOVER

LOST = {"email": EMAIL, "phone": OLD, "totp": True}
OTHER, OTHERS = "kwame@example.com", "+447400333444"
THIRD = "+447400654321"
TO_VERIFY = ("Account security", "Mobile phone", "Change", "Phone unavailable?", "I have a new number")
VERIFY = "recover_phone/verify"
NUMBER = r"""
- tap: Bind my new number
- bot: recover_phone/country
- user: uk
- bot: recover_phone/number
- user: 07400 123456
- bot: recover_phone/confirm
- tap: Send code
- bot: recover_phone/sms
- sms: {key: code, to: "+447400123456", save: {code: '\b\d{6}\b'}}
"""
"""From an approval to the code that proves the new number."""


async def phone(made, email: str = EMAIL) -> str | None:
    """The phone that is bound to an account."""
    return (await made.db(lambda tx: accounts.get(tx, made.tools, made.account(email)))).phone


async def cases(made) -> list[str]:
    """How the recoveries stand."""
    return [row["status"] for row in await made.rows("recoveries")]


def labels(made) -> set[str]:
    """The buttons that Ann sees."""
    return {label for row in made.screen().buttons for label in row}


async def no_further(made, person: int = ANN) -> str:
    """Stand before another number, without having walked there, and ask for a code to it; where that leads; inside."""
    await put(made, "recover_phone/confirm", person, number=THIRD, home="GB")
    await made.tap("Send code", person)
    return await made.place(person)


NOBODYS = "recover_phone/confirm"
"""Where that leads once the chat has no account any more: no code is sent, and it can be tried again."""


# --- D44: what is new is no evidence ----------------------------------------------------------------------------------

ADDED = {
    "Email code": ("email", "UPDATE accounts SET email_at = $1"),
    "Google 2FA": ("totp", "UPDATE accounts SET totp_at = $1"),
    "Recovery code": ("recovery", "UPDATE recovery_codes SET made_at = $1"),
    "Trading password": ("trading", "UPDATE accounts SET trading_at = $1"),
}
"""By its button: each factor that can be shown, and how it comes to be of another moment."""


@pytest.mark.parametrize("label", ADDED)
async def test_D44_what_was_added_within_a_day_is_neither_offered_nor_taken(town, label):
    """Attack: recover by an address, authenticator, codes or password of today; outcome: after 24 hours, not before."""
    made = await town(account=OWNER)
    factor, added = ADDED[label]
    await made.db(lambda tx: tx.run(added, made.clock.now() - DAY + MINUTE))
    await begin(made, *TO_VERIFY)
    young = labels(made)
    await made.forged(await packed(made, VERIFY, factor))
    forged = await made.place()
    await made.wait(MINUTE)
    await begin(made, *TO_VERIFY)

    assert set(ADDED) - {label} == young & set(ADDED)
    assert (VERIFY, set(ADDED)) == (forged, labels(made) & set(ADDED))


@pytest.mark.parametrize("label", ["Email code", "Google 2FA"])
async def test_D44_what_was_shown_and_is_new_since_counts_no_longer(town, label):
    """Attack: show it while it is old, and let it be another one before the second; outcome: one is not enough."""
    made = await town(account={**OWNER, "trading": None})
    await begin(made, *TO_VERIFY, "Email code")
    await made.say(made.code(EMAIL))
    if label == "Email code":
        await made.db(lambda tx: tx.run(ADDED[label][1], made.clock.now()))
    await made.tap("Google 2FA")
    if label == "Google 2FA":
        await made.db(lambda tx: tx.run(ADDED[label][1], made.clock.now()))
    await made.say(app_code(made))

    assert (VERIFY, ["checking"]) == (await made.place(), await cases(made))
    assert ("recover_phone/unavailable", OLD) == (await no_further(made), await phone(made))


async def test_D44_a_number_is_no_evidence_at_all(town):
    """Attack: show the phone, which may be of today; outcome: no number counts for a recovery, however old it is."""
    made = await town(account=OWNER)
    await begin(made, *TO_VERIFY)
    await made.forged(await packed(made, VERIFY, "sms"))

    assert {factor for _, (factor, _) in ADDED.items()} == set().union(*ENOUGH[RECOVER])
    assert "sms" not in await made.db(lambda tx: evidence(tx, made.tools, made.account()))
    assert (VERIFY, []) == (await made.place(), made.texts(OLD))
    assert not [label for label in labels(made) if "SMS" in label]


async def test_D44_whoever_has_only_what_is_new_needs_a_person(town):
    """Attack: take over everything today and recover by it; outcome: nothing can be shown, an urgent ticket is left."""
    made = await town(account={**LOST, "trading": "seven green bottles", "fresh": True})
    await made.walk("at_verify")
    shown = labels(made) & set(ADDED)
    for factor, _ in ADDED.values():
        await made.forged(await packed(made, VERIFY, factor))
    there = await made.place()
    await made.tap("I can show none of this")

    assert (set(), VERIFY) == (shown, there)
    assert ["urgent"] == [row["priority"] for row in await made.rows("tickets")]
    assert ["checking"] == await cases(made)


# --- D45: an approval is one account's, once, for a day -------------------------------------------------------------


async def test_D45_an_approval_for_one_account_is_none_for_another(town):
    """Attack: approved for A, sign in to B, go on with A's code; outcome: B is nothing of it, A is as it was."""
    made = await town(account=LOST, others=[{"email": OTHER, "phone": OTHERS}])
    await made.walk("at_approved", steps=NUMBER)
    code = made.code(NEW)
    await linked(made, ANN, OTHER)
    left = await made.place()
    await put(made, "recover_phone/sms", number=NEW, home="GB")
    await made.say(code)
    typed = await made.place()
    further = await no_further(made)
    await begin(made, *TO_VERIFY)

    assert ("welcome/home", "recover_phone/sms", "recover_phone/unavailable") == (left, typed, further)
    assert (VERIFY, ["approved", "checking"]) == (await made.place(), await cases(made))
    assert (OLD, OTHERS, []) == (await phone(made), await phone(made, OTHER), await made.rows("holds"))
    assert [] == made.texts(THIRD)


async def test_D45_nor_is_it_for_another_chat_of_the_same_account(town):
    """Attack: go on from another chat that is signed in to the account; outcome: that one has a case of its own."""
    made = await town(account=LOST)
    await made.walk("at_approved", steps=NUMBER)
    await linked(made, KWAME)
    await put(made, "recover_phone/sms", KWAME, number=NEW, home="GB")
    await made.say(made.code(NEW), KWAME)
    further = await no_further(made, KWAME)
    await begin(made, *TO_VERIFY, person=KWAME)
    theirs = await made.place(KWAME)
    await made.wait(2 * MINUTE)
    await made.tap("Send again")  # the code before is used up by whoever typed it
    await made.say(made.code(NEW))

    assert (VERIFY, "recover_phone/unavailable") == (theirs, further)
    assert ("recover_phone/done", NEW, []) == (await made.place(), await phone(made), made.texts(THIRD))


async def test_D45_it_is_good_once(town):
    """Attack: bind a second number with it; outcome: it is used, and the hold of the first one runs."""
    made = await town(account=LOST)
    await made.walk("at_approved", steps=NUMBER)
    code = made.code(NEW)
    await made.say(code)
    done = await made.place(), await made.ask("withdrawal")
    await made.forged(await packed(made, "recover_phone/approved", "bind_new"))
    forged = await made.place()
    await put(made, "recover_phone/sms", number=THIRD, home="GB")
    await made.say(code)
    further = await no_further(made)

    assert ("recover_phone/done", False) == (done[0], done[1]["allowed"])
    assert ("recover_phone/done", "recover_phone/unavailable") == (forged, further)
    assert (["done"], NEW, []) == (await cases(made), await phone(made), made.texts(THIRD))
    assert done[1] == await made.ask("withdrawal")


@pytest.mark.parametrize(("after", "good"), [(DAY - 2 * MINUTE, True), (DAY, False)])
async def test_D45_it_is_good_for_a_day(town, after, good):
    """Attack: use it when the day is over; outcome: it is over, and said so; a minute earlier it binds."""
    made = await town(account=LOST)
    await made.walk("at_approved")
    await made.wait(after)
    there = await made.place()
    further = await no_further(made)
    if good:
        await made.say(made.code(THIRD))

    assert ("recover_phone/approved" if good else "recover_phone/ended") == there
    assert ("recover_phone/sms" if good else NOBODYS) == further
    assert (THIRD if good else OLD, ["done" if good else "expired"]) == (await phone(made), await cases(made))


async def test_D45_a_code_that_was_sent_in_time_comes_too_late(town):
    """Attack: have the code sent within the day and enter it after; outcome: refused, the number stays."""
    made = await town(account=LOST)
    await made.walk("at_approved")
    await made.wait(DAY - 2 * MINUTE)
    await made.walk(steps=NUMBER)
    await made.wait(3 * MINUTE)
    await made.say(made.code(NEW))

    assert ("recover_phone/ended", OLD, []) == (await made.place(), await phone(made), await made.rows("holds"))


# --- D46: an identity that was not found good -----------------------------------------------------------------------

OTHERWISE = [status for status in get_args(Status) if status != "approved"]


async def test_D46_no_other_standing_is_an_approval(town):
    """Attack: be at the last step while the case stands in any other way; outcome: nothing is bound or sent; inside."""
    made = await town(account=LOST)
    await made.walk("at_approved", steps=NUMBER)
    code, alive = made.code(NEW), "UPDATE codes SET status = 'live', tries = 0 WHERE purpose = 'recover_phone'"

    async def stands(status: str):
        await made.db(lambda tx: tx.run("UPDATE recoveries SET status = $1", status))
        await made.db(lambda tx: tx.run(alive))
        await put(made, "recover_phone/sms", number=NEW, home="GB")
        await made.say(code)
        return await made.place(), await phone(made)

    seen = {status: (await stands(status), await no_further(made)) for status in OTHERWISE}

    assert 9 == len(OTHERWISE)
    refused = ("recover_phone/unavailable", OLD), "recover_phone/unavailable"
    assert dict.fromkeys(OTHERWISE, refused) == seen
    assert ([], []) == (made.texts(THIRD), await made.rows("holds"))
    assert ("recover_phone/done", NEW) == await stands("approved")


@pytest.mark.parametrize(
    ("partial", "place", "tickets"),
    [
        ("at_verify", VERIFY, 0), ("at_identity", "recover_phone/identity", 0),
        ("at_review", "recover_phone/review", 1), ("at_again", "recover_phone/again", 1),
    ],
)  # fmt: skip
async def test_D46_whatever_is_pending_leads_no_further(town, partial, place, tickets):
    """Attack: forge the buttons of an approval while pictures are missing or nobody has looked; outcome: it waits."""
    made = await town(account=LOST)
    await made.walk(partial)
    for later, button in (
        ("approved", "bind_new"),
        ("number", "other_country"),
        ("confirm", "send"),
        ("sms", "resend"),
    ):
        await made.forged(await packed(made, f"recover_phone/{later}", button))
    there = await made.place()

    assert (place, tickets) == (there, len(await made.rows("tickets")))
    assert (True, "recover_phone/unavailable") == (await untouched(made), await no_further(made))


REJECTED = """
- agent: {reply: /reject the face is another one}
- desk: rejected
- bot: recover_phone/ended
- email: recovery_rejected
"""


@pytest.mark.parametrize(
    ("partial", "steps", "days", "stands", "place", "tickets", "further"),
    [
        ("at_review", REJECTED, 0, "rejected", "recover_phone/ended", 1, "recover_phone/unavailable"),
        ("at_review", "", 30, "review", "recover_phone/review", 1, "recover_phone/unavailable"),
        ("at_identity", "", 8, "expired", "recover_phone/ended", 0, NOBODYS),
    ],
    ids=["failed", "nobody looks", "timeout"],
)
async def test_D46_failed_unanswered_or_out_of_time_is_no_approval(
    town, partial, steps, days, stands, place, tickets, further
):
    """Attack: wait, or take a no for a yes; outcome: a no, a wait without end, or over; and a person is one tap off."""
    made = await town(account=LOST)
    await made.walk(partial, steps=steps)
    await made.wait(days * DAY)

    assert (place, [stands], tickets) == (await made.place(), await cases(made), len(await made.rows("tickets")))
    assert "Talk to a person" in labels(made)
    assert further == await no_further(made)
    assert (OLD, []) == (await phone(made), made.texts(THIRD))


@pytest.mark.parametrize("down", ["no group", "Telegram refuses"])
async def test_D46_while_nobody_can_be_asked_nobody_is_found_good(town, down):
    """Attack: recover while the agents cannot be reached; outcome: the ticket is there and waits, the case does too."""
    made = await town(account=LOST, agents_group=down != "no group")
    await made.walk("at_identity")
    if down != "no group":
        await made.stage.driver.fault({"kind": "error", "method": "createForumTopic", "code": 403, "times": 99})
    await made.walk(steps="- form: {files: {front: photo, back: photo, selfie: photo}}\n- bot: recover_phone/review")
    await made.wait(3 * DAY)

    assert ("recover_phone/review", ["review"]) == (await made.place(), await cases(made))
    assert [("recovery", "new")] == [(row["reason"], row["status"]) for row in await made.rows("tickets")]
    assert ("recover_phone/unavailable", OLD) == (await no_further(made), await phone(made))
