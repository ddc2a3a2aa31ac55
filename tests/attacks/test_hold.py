"""The hold of a day after a change of the phone, attacked: security.md section 5, group E."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time

import pytest
from town import Town

from bot.clock import DAY, HOUR, SECOND
from bot.db import holds
from bot.domain.operations import STOPPED
from bot.scripts.drivers import ActRefused

OLD, NEW, THIRD = "+447400111222", "+447400123456", "+447400654321"
ANN = {"email": "ann@example.com", "phone": OLD, "totp": True, "signed_in": True}
LEAVES = [name for name, stopped in STOPPED.items() if stopped]
STAYS = [name for name, stopped in STOPPED.items() if not stopped]
RECOVERED = """
- tap: Bind my new number
- bot: recover_phone/country
- user: "{number}"
- bot: recover_phone/confirm
- tap: Send code
- bot: recover_phone/sms
- sms: {key: code, save: {code: '\\b\\d{6}\\b'}}
- user: "{code}"
- deletes: "{code}"
- bot: recover_phone/done
"""
"""From an approved recovery to its end."""


async def changed(town, **given) -> Town:
    """A town in which Ann has just changed her phone."""
    made = await town(account=ANN, **given)
    await made.walk("at_change_sms")
    assert all([(await made.ask(name))["allowed"] for name in STOPPED])
    await made.say(made.code(NEW))
    assert "change_phone/done" == await made.place()
    return made


async def recover(made: Town, number: str) -> None:
    """Ann is signed out everywhere, says that her phone is gone, and gets back with another number."""
    await made.website("DELETE", f"accounts/{made.account()}/sessions")
    await made.say("/start")
    await made.walk("at_approved", steps=RECOVERED, number=number)


async def verdicts(made: Town) -> tuple[set[bool], set[bool]]:
    """What is said of everything by which value leaves, and of everything else."""
    return (
        {(await made.ask(name))["allowed"] for name in LEAVES},
        {(await made.ask(name))["allowed"] for name in STAYS},
    )


async def until(made: Town) -> int:
    """When the hold ends, as the exchange is told."""
    found = (await made.ask("withdrawal"))["until"]
    assert found is not None
    return found


async def test_E51_withdrawals_wait_to_the_second(town):
    """Attack: take the money at once or a second too early; outcome: blocked for exactly a day, and nothing else is."""
    made = await changed(town)
    begun = made.clock.now()
    at_once = await verdicts(made)
    made.clock.advance(DAY - SECOND)
    late = await verdicts(made)
    made.clock.advance(SECOND)

    assert ({False}, {True}) == at_once == late
    assert ({True}, {True}) == await verdicts(made)
    assert [begun] == [row["since"] for row in await made.rows("holds")]


async def test_E52_a_second_change_begins_the_day_anew(town):
    """Attack: wait 23 hours, change once more, leave at the old end; outcome: the hold ends a day after the second."""
    made = await changed(town)
    first = await until(made)
    await made.wait(22 * HOUR)
    await made.say("/start")
    await made.tap("Account security")
    await made.tap("Mobile phone")
    await made.tap("Change")
    refused = made.screen().keys, await made.place()
    await recover(made, THIRD)
    second = made.clock.now()
    made.clock.advance(first - second)

    assert refused[1].startswith("protection/")  # a change a day, so that only a recovery is left
    assert ({False}, {True}) == await verdicts(made)
    assert second + DAY == await until(made)


async def test_E53_a_shorter_hold_moves_no_end(town):
    """Attack: let an event with a shorter hold follow the longer one; outcome: the end stays where it was."""
    made = await changed(town, settings={"hold_hours": 72})
    first = await until(made)
    made.stage._settings = made.stage._settings.model_copy(update={"hold_hours": 24})
    await made.stage.restart(kill=False)
    await made.wait(25 * HOUR)
    await recover(made, THIRD)

    assert first == await until(made)


@pytest.mark.parametrize("name", LEAVES)
async def test_E54_what_was_ordered_before_is_asked_about_again(town, name):
    """Attack: order before the change, let it be carried out after; outcome: the answer is the moment's, never kept."""
    made = await town(account=ANN)
    ordered = (await made.ask(name))["allowed"]
    await made.walk("at_change_sms")
    await made.say(made.code(NEW))
    url = f"http://127.0.0.1:{made.stage.driver.server.port}/v1/accounts/{made.account()}/operations/{name}"
    async with made.stage.browser("website").get(url, headers={"Authorization": "Bearer sandbox-website"}) as answer:
        kept = answer.headers["Cache-Control"]

    assert (True, False) == (ordered, (await made.ask(name))["allowed"])
    assert "no-store" == kept


@pytest.mark.parametrize("name", ["api_withdrawal", "subaccount_transfer", "internal", "WITHDRAWAL", "withdrawal%20"])
async def test_E54_no_other_word_opens_another_door(town, name):
    """Attack: ask under a name that the rule does not know (API key, sub-account); outcome: no permission."""
    made = await changed(town)

    status, body = await made.website("GET", f"accounts/{made.account()}/operations/{name}")

    assert (404, False) == (status, "allowed" in body)


async def test_E55_going_back_to_the_old_number_lifts_nothing(town):
    """Attack: change back, so that nothing seems changed; outcome: the hold runs on from the later change."""
    made = await changed(town)
    first = await until(made)
    await made.wait(2 * HOUR)
    await recover(made, OLD)

    assert first < await until(made)
    assert ({False}, {True}) == await verdicts(made)


async def test_E55_removing_the_phone_and_binding_it_anew_lifts_nothing(town):
    """Attack: let the exchange's system drop the number and bind it as a first one; outcome: the hold's end stays."""
    made = await changed(town, accounts="http")
    first, account = await until(made), made.account()
    await made.stage.exchange.reference.db.transact(
        lambda tx: tx.run(
            "UPDATE accounts SET phone = NULL, phone_hash = NULL, phone_at = NULL, version = version + 1"
            " WHERE id = $1", account,
        )
    )  # fmt: skip
    await made.stage.app.accounts.know(account)
    await made.wait(HOUR)
    await made.say("/start")
    await made.walk("at_sms", steps='- user: "{code}"\n- deletes: "{code}"\n- bot: bind_phone/activate')
    await made.tap("Activate")

    assert "bind_phone/done" == await made.place()
    assert first == await until(made)


@pytest.mark.parametrize("word", ["/unhold", "/unlock", "/hold off", "/unfreeze", "/hold 0", "/macro unhold", "/solve"])
async def test_E55_no_agent_can_end_it(town, word):
    """Attack: talk or bribe an agent into ending the hold; outcome: no command of the desk moves its end."""
    made = await changed(town)
    first = await until(made)
    await made.tap("Talk to a person")
    await made.tap("My account")
    thread = await made.stage.thread(7001)
    for agent in (9001, 9002):
        with contextlib.suppress(ActRefused):  # a topic that is closed takes no more
            await made.stage.driver.act(
                "say", {"person": agent, "chat": made.stage.forum, "thread": thread, "text": word}
            )
        await made.stage.settle()

    assert first == await until(made)
    assert [None] == [row["ended_at"] for row in await made.rows("holds")]


async def test_E56_only_the_servers_clock_counts(town, monkeypatch):
    """Attack: date one's messages a week ahead, move to another zone; outcome: neither is looked at."""
    made = await changed(town)
    first = await until(made)
    ahead = (made.clock.now() + 7 * DAY) // SECOND
    person = {"id": 7001, "is_bot": False, "first_name": "Ann", "language_code": "ar"}
    await made.deliver({
        "update_id": 900_000_001,
        "message": {"message_id": 900_001, "date": ahead, "from": person, "text": "/start",
                    "chat": {"id": 7001, "type": "private", "first_name": "Ann"}},
    })  # fmt: skip
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        far = await verdicts(made)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert ({False}, {True}) == far == await verdicts(made)
    assert first == await until(made)
    assert "TZ" not in os.environ or "Pacific/Kiritimati" != os.environ["TZ"]


async def test_E56_a_crash_between_number_and_hold_leaves_neither(town, monkeypatch):
    """Attack: make the bot fail after the number and before the hold; outcome: both are undone, they are one."""
    made = await town(account=ANN)
    await made.walk("at_change_sms")
    code = made.code(NEW)
    before = [row["version"] for row in await made.rows("accounts")]

    async def breaks(*_, **__):
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as broken:
        broken.setattr(holds, "start", breaks)
        await made.say(code)
    after = [row["version"] for row in await made.rows("accounts")]
    held = await made.rows("holds")

    assert (before, []) == (after, held)
    assert (await made.ask("withdrawal"))["allowed"]  # and the number is still the old one


async def test_E57_a_withdrawal_that_races_the_change_is_before_it_or_blocked(town, database):
    """Attack: ask in the very moment of the change; outcome: allowed and noted before the commit, or blocked."""
    made = await town(account=ANN, settings={"database": database})
    await made.walk("at_change_sms")
    racing = [asyncio.create_task(made.ask("withdrawal")) for _ in range(30)]
    await made.say(made.code(NEW))
    raced = await asyncio.gather(*racing)
    after = [await made.ask("withdrawal") for _ in range(5)]

    audit = await made.rows("audit")
    answers = [row for row in audit if row["action"] == "operation answered"]
    change = next(row["seq"] for row in audit if row["action"] == "phone_changed")
    assert {False} == {body["allowed"] for body in after}
    assert len(raced) + len(after) == len(answers)
    assert sum(body["allowed"] for body in raced) == sum('"allowed":true' in row["detail"] for row in answers)
    assert [] == [row for row in answers if row["seq"] > change and '"allowed":true' in row["detail"]]
