"""Recoveries that are none, attacked: security.md section 5, group D, D44 to D48 and D50."""

from __future__ import annotations

import pytest
from guesses import EMAIL, WITH_APP, begin
from test_order import OLD, OWNER, packed, untouched
from town import ANN, KWAME

from bot.clock import DAY, SECOND
from bot.domain import totp

LOST = {"email": EMAIL, "phone": OLD, "totp": True}
ONLY_EMAIL = {"email": EMAIL, "phone": OLD, "signed_in": True}
OTHER = "kwame@example.com"
WAITING = {
    "at_verify": "recover_phone/verify", "at_identity": "recover_phone/identity", "at_review": "recover_phone/review",
    "at_again": "recover_phone/again",
}  # fmt: skip
UNSERVED = "+53 5 1234567"
NEIGHBOURS = ["+1 5 1234567", "+7 5 1234567", "+44 5 1234567", "+53 51234567", "0053 51234567"]


async def sessions_of(made) -> set[str]:
    return {row["status"] for row in await made.rows("recoveries")}


async def on(made, person: int = ANN) -> str:
    """Where the buttons of an approved case lead, genuine or forged."""
    await made.forged(await packed(made, "recover_phone/approved", "bind_new", person=person), person)
    return await made.place(person)


async def test_D44_what_was_set_up_within_a_day_shows_nothing(town):
    """Attack: recover by an authenticator and a trading password that were added today; outcome: neither counts."""
    made = await town(account={**LOST, "trading": "seven green bottles", "fresh": True})
    await made.walk("at_verify")
    labels = {label for row in made.screen().buttons for label in row}
    for button in ("totp", "trading", "email", "recovery"):
        await made.forged(await packed(made, "recover_phone/verify", button))

    assert "I can show none of this" in labels
    assert set() == labels & {"Google 2FA", "Trading password", "Email code"}
    assert "recover_phone/verify" == await made.place()
    assert ({"checking"}, True) == (await sessions_of(made), await untouched(made))


async def test_D45_an_approval_is_good_for_its_own_account(town):
    """Attack: the buttons of an approved case in another account's chat; outcome: nothing happens there."""
    made = await town(
        account=LOST, others=[{"email": OTHER, "phone": "+233241234567", "user": KWAME, "signed_in": True}]
    )
    await made.walk("at_approved")
    await begin(made, person=KWAME)
    before = await made.place(KWAME)

    assert before == await on(made, KWAME)
    assert "recover_phone/country" == await on(made)


@pytest.mark.parametrize("again", ["twice", "late"])
async def test_D45_an_approval_is_good_once_and_for_a_day(town, again):
    """Attack: use it twice, or after a day; outcome: refused, and its hold runs."""
    made = await town(account=LOST)
    if again == "late":
        await made.walk("at_approved")
        await made.wait(DAY)
    else:
        values = await made.walk("at_approved", steps=NUMBER)
        await made.say(values["code"])
        assert {"used"} == await sessions_of(made) or {"done"} == await sessions_of(made)
        await made.say("/start")
    place = await on(made)

    assert not place.startswith("recover_phone/c")
    assert (again == "late") == await untouched(made)
    assert (again == "twice") == (not (await made.ask("withdrawal"))["allowed"])


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


@pytest.mark.parametrize("partial", sorted(WAITING))
async def test_D46_only_an_approval_is_an_approval(town, partial):
    """Attack: go on while the check is begun, waits, or has to be done again; outcome: refused, whatever the state."""
    made = await town(account=LOST)
    await made.walk(partial)
    before = await made.place()
    after = await on(made)
    await made.forged(await packed(made, "recover_phone/confirm", "send"))

    assert WAITING[partial] == before == after == await made.place()
    assert await untouched(made)
    assert (partial in ("at_review", "at_again")) == bool(await made.rows("tickets"))


REJECTED = """
- agent: {reply: /reject the face is another one}
- desk: rejected
- bot: recover_phone/ended
- email: recovery_rejected
"""
NOBODY = """
- wait: 30d
- ignore: {keys: [desk/reminder, desk/card, desk/name]}
"""


@pytest.mark.parametrize(("steps", "status"), [(REJECTED, "rejected"), (NOBODY, "review")], ids=["failed", "no answer"])
async def test_D46_a_check_that_failed_or_that_nobody_makes_is_no_approval(town, steps, status):
    """Attack: go on after a rejection, or when no agent ever looks; outcome: refused, and there is a ticket."""
    made = await town(account=LOST)
    await made.walk("at_review", steps=steps)
    after = await on(made)

    assert not after.startswith(("recover_phone/c", "recover_phone/approved"))
    assert {status} == await sessions_of(made)
    assert await untouched(made)
    assert 1 == len(await made.rows("tickets"))


@pytest.mark.parametrize("typed", [UNSERVED, *NEIGHBOURS])
async def test_D47_a_country_without_sms_costs_nothing_whatever_prefix_is_typed(town, typed):
    """Attack: a number of an unserved country, with a neighbour's prefix; outcome: no SMS, whatever it is read as."""
    made = await town(account=OWNER)
    await made.walk("at_change_number")
    await made.say(typed)
    if await made.place() == "change_phone/confirm":
        await made.tap("Send code")

    assert [OLD] == sorted({sms.to for sms in made.stage.world.state.sms})
    assert "change_phone/sms" != await made.place()
    await begin(made)
    assert not await made.rows("holds")


async def test_D47_an_unserved_country_leads_to_google_2fa(town):
    """The honest way: the bot says so, and leads there."""
    made = await town(account={"email": EMAIL, "signed_in": True})
    await made.walk("at_country")
    await made.say("Cuba")

    assert any("Google 2FA" in label for row in made.screen().buttons for label in row)
    assert [] == made.texts()


async def test_D48_without_any_phone_there_is_a_ticket_and_no_agent_sets_a_number_alone(town):
    """Attack: one agent approves twice, or writes a number; outcome: a second one is needed, and the hold follows."""
    made = await town(account=ONLY_EMAIL)
    await made.walk("at_recover_review", "looked", "omar_looked", steps="""
- agent: {say: /phone +447400123456}
- desk: unknown_command
- agent: {reply: /approve}
- desk: half_approved
- agent: {reply: /approve}
- desk: approved_already
""")  # fmt: skip
    alone = await on(made), await sessions_of(made)
    values = await made.walk(
        steps=f"""
- agent: {{reply: /approve, as: 9002}}
- desk: approved
- bot: recover_phone/approved
- sms: {{key: recovery_approved}}
- email: {{key: recovery_approved}}
{NUMBER}"""
    )
    await made.say(values["code"])

    assert ("recover_phone/review", {"review"}) == alone
    assert not (await made.ask("withdrawal"))["allowed"]
    assert {9001, 9002} == {row["agent"] for row in await made.rows("approvals")}


async def test_D48_no_agent_decides_about_their_own_account(town):
    """Attack: an agent recovers the account that they are signed in to; outcome: only others' approvals count."""
    made = await town(account={**LOST, "user": 9001})
    await made.walk("at_review", "looked")
    await made.db(lambda tx: tx.run("UPDATE recoveries SET chat = 9001"))
    await made.walk(
        steps="""
- agent: {reply: /approve}
- desk: own_case
"""
    )

    assert ({"review"}, []) == (await sessions_of(made), await made.rows("approvals"))


async def test_D50_an_old_key_is_never_shown_again_and_codes_before_it_are_void(town):
    """Attack: enrol anew for the old secret, keep the recovery codes; outcome: a new key, and old codes are dead."""
    made = await town(account={**WITH_APP, "codes": True})
    old, codes = made.stage.keys[EMAIL], made.stage.codes[EMAIL]
    values = await made.walk("at_rescan")
    shown = "".join(values["key"].split())
    await made.wait(31 * SECOND)
    await made.say(totp.code_at(shown, totp.step_at(made.clock.now() + SECOND)))
    said = "\n".join(seen.text for seen in made.stage.shown(ANN))

    assert old.replace(" ", "") not in {shown, said.replace(" ", "")}
    assert 0 == sum(row["dead_at"] is None for row in await made.rows("recovery_codes"))
    assert len(codes) == len(await made.rows("recovery_codes"))
