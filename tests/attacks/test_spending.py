"""The money that text messages cost, attacked: security.md section 5, F59."""

from __future__ import annotations

import asyncio
import sys
import types
from dataclasses import fields

import pytest
from town import ANN, CHLOE, KWAME, Town

from bot.clock import HOUR, MINUTE
from bot.courier.base import Sms

PEOPLE = {ANN: "ann@example.com", KWAME: "kwame@example.com", CHLOE: "chloe@example.com"}
OWNED = "+447400999888"
STOPPED = "I can send no SMS at the moment."


@pytest.fixture
def pumpers(town):
    """A town in which three people are signed in to accounts of their own, each without a phone."""

    async def build(**settings) -> Town:
        first, *rest = PEOPLE.items()
        return await town(
            user={"lang": "en"},
            account={"email": first[1], "signed_in": True},
            others=[
                *({"email": email, "user": person, "signed_in": True} for person, email in rest),
                {"email": "owner@example.com", "phone": OWNED},
            ],
            settings=settings,
        )

    return build


async def at_number(made: Town, person: int) -> None:
    """Somebody proves their email and stands where a number is asked for; the chat of Chloé is French."""
    await made.say("/language", person)
    await made.tap("English", person)
    await made.say("/start", person)
    for label in ("Account security", "Mobile phone", "Set"):
        await made.tap(label, person)
    if await made.place(person) == "bind_phone/prove":
        await made.tap("Email code", person)
        await made.say(made.code(PEOPLE[person]), person)
    await made.say("uk", person)
    assert "bind_phone/number" == await made.place(person)


async def want(made: Town, number: str, person: int = ANN) -> str:
    """Somebody asks for a code to a number, by whichever way back there is; what the bot says last."""
    place = await made.place(person)
    if place == "bind_phone/sms":
        await made.tap("Other number", person)
    elif place == "bind_phone/confirm":
        await made.tap("Back", person)
    await made.say(number, person)
    if await made.place(person) == "bind_phone/confirm":
        await made.tap("Send code", person)
    return made.screen(person).text


async def test_F59_sequential_numbers(pumpers):
    """Attack: ring up neighbour after neighbour; outcome: five an hour for each account, whatever the number."""
    made = await pumpers()
    for person in PEOPLE:
        await at_number(made, person)
        for n in range(9):
            told = await want(made, f"+4474001{person}{n}", person)
            assert (n >= 5) == ("I cannot send another code yet." in told)

    assert 15 == len(made.texts())


async def test_F59_neighbours_that_nobody_enters(pumpers):
    """Attack: pump one prefix slowly, entering nothing; outcome: it is blocked after twenty, and agents hear it."""
    made = await pumpers()
    for hour in range(3):
        for person in PEOPLE:
            await at_number(made, person)
            for n in range(5):
                last = await want(made, f"+44740012{person % 10}{hour}{n:02}", person)
        await made.wait(HOUR)
    sent = len(made.texts())
    audit = [row for row in await made.rows("audit") if row["action"] == "sms stopped"]

    assert 20 <= sent <= 20 + len(PEOPLE)  # one that is still on its way to each of them is not judged
    assert STOPPED in last
    assert ['{"region":"GB","why":"prefix"}'] == [row["detail"] for row in audit]
    assert 1 == sum("pumping" in seen.text for seen in made.stage.shown(made.stage.forum))


PAID_TO_NOBODY = (
    "+870773123456", "+881612345678", "+882161234567", "+8835100123456", "+97912345678", "+80012345678",
    "+80812345678", "+878101234567890", "+888123456789", "+19002345678", "+18002345678", "+447012345678",
    "+449012345678", "+448451234567", "+447640123456", "+445512345678", "+442079460958", "+8501921234567",
)  # fmt: skip


async def test_F59_numbers_that_cost_the_most(pumpers):
    """Attack: satellites, premium, personal, pager, shared cost; outcome: refused when typed, nothing is counted."""
    made = await pumpers()
    await at_number(made, ANN)
    for number in PAID_TO_NOBODY:
        await want(made, number)
        await made.stage.driver.act("contact", {"person": ANN, "phone": number})
        await made.stage.settle()
        assert ("bind_phone/unserved" if number.startswith("+850") else "bind_phone/number") == await made.place()

    assert [] == made.texts()
    assert [] == await made.rows("sms_days")


@pytest.mark.parametrize("number", ["+881612345678", "+97912345678", "+447012345678"])
async def test_F59_a_number_that_was_bound_before_it_cost_the_most(town, number):
    """Attack: have such a number on file already and ask for a code to it; outcome: no SMS, and other ways are open."""
    made = await town(account={"email": "ann@example.com", "phone": number, "totp": True, "signed_in": True})
    await made.say("/start")
    for label in ("Account security", "Mobile phone", "Change", "SMS to the old phone"):
        await made.tap(label)

    assert "change_phone/prove" == await made.place()
    assert "I cannot send an SMS to this number." in made.screen().text
    assert [] == made.texts()


async def test_F59_many_countries(pumpers):
    """Attack: one number in each of many countries; outcome: the account's five, then not one more for that hour."""
    made = await pumpers()
    await at_number(made, ANN)
    numbers = ("+4915112345678", "+33612345678", "+34612345678", "+48512345678", "+393123456789", "+31612345678")
    told = [await want(made, number) for number in numbers]

    assert 5 == len(made.texts())
    assert "I cannot send another code yet." in told[-1]


async def test_F59_one_country_has_an_end(pumpers):
    """Attack: stay below every personal limit, with many accounts; outcome: the country's day is full."""
    made = await pumpers(sms_country_count=4)
    for person in PEOPLE:
        await at_number(made, person)
        for n in range(3):
            last = await want(made, f"+447{person % 10}00123{n}00", person)

    assert 4 == len(made.texts())
    assert STOPPED in last


async def test_F59_a_storm_of_resends(pumpers):
    """Attack: press Send again fifty times at once, and again after every pause; outcome: three in ten minutes."""
    made = await pumpers()
    await at_number(made, ANN)
    await want(made, "+447400123456")
    counts = []
    for minutes in (0, 1, 2, 5):
        await made.wait(minutes * MINUTE)
        press = {"person": ANN, "label": "Send again"}
        await asyncio.gather(*(made.stage.driver.act("tap", press) for _ in range(50)))
        await made.stage.settle()
        counts.append(len(made.texts("+447400123456")))

    assert [1, 2, 3, 3] == counts


async def test_F59_the_days_money(pumpers):
    """Attack: burn money with many accounts at once; outcome: the cap holds, everybody is told, the desk hears once."""
    made = await pumpers(sms_costs="0.10; GB 0.25", sms_day_cost="1.10")
    for person in PEOPLE:
        await at_number(made, person)
        for n in range(3):
            last = await want(made, f"+447{person % 10}00123{n}00", person)
    [total] = [row for row in await made.rows("sms_days") if not row["region"]]
    told = [seen.text for seen in made.stage.shown(made.stage.forum) if "PHONEDESK_SMS_DAY_COST" in seen.text]

    assert (4, 10_000, 4) == (len(made.texts()), total["spent"], total["sent"])
    assert STOPPED in last
    assert 1 == len(told)
    assert "desk" not in made.screen(CHLOE).text


async def test_F59_a_refusal_tells_nothing_of_the_number(pumpers):
    """Attack: learn whose number is known from what is said; outcome: a bound and a free number read the same."""
    made = await pumpers(sms_day_cost="0.20")
    await at_number(made, ANN)
    heard = [[await want(made, number)] for number in (OWNED, "+447400999777")]
    for texts, number in zip(heard, (OWNED, "+447400999777"), strict=True):
        texts.append(await want(made, number))  # too soon
    made.clock.advance(3 * MINUTE)
    for texts, number in zip(heard, (OWNED, "+447400999777"), strict=True):
        texts.append(await want(made, number))  # the money is gone

    known, free = ([text.replace("****88", "##").replace("****77", "##") for text in texts] for texts in heard)
    same = [
        one.replace("7400 999888", "#") == other.replace("7400 999777", "#")
        for one, other in zip(known, free, strict=True)
    ]
    assert [True, True, True] == same
    assert STOPPED in known[2]


async def test_F59_there_is_no_voice(pumpers):
    """Attack: ask for a call, which costs by the minute; outcome: there is a number and a text, and no other kind."""
    made = await pumpers()
    await at_number(made, ANN)
    await want(made, "+447400123456")
    labels = {label for seen in made.stage.shown(ANN) for row in seen.buttons for label in row}

    assert ["id", "to", "text"] == [field.name for field in fields(Sms)]
    assert set() == {label for label in labels if "call" in label.lower() or "voice" in label.lower()}
    assert {"sms", "email"} >= {row["channel"] for row in await made.rows("codes")}


@pytest.mark.parametrize(("hours", "sent"), [(1, 0), (None, 0), (100, 1)])
async def test_F59_a_sim_that_was_just_moved_gets_no_code(town, monkeypatch, hours, sent):
    """Attack: move the SIM, then change the phone by a code to it; outcome: no code leaves, another way is offered."""
    module = types.ModuleType("moved_sims")
    module.age = lambda _number: hours
    monkeypatch.setitem(sys.modules, "moved_sims", module)
    account = {"email": "ann@example.com", "phone": "+447400111222", "totp": True, "signed_in": True}
    made = await town(account=account, settings={"sim_check": "moved_sims:age"})
    await made.say("/start")
    for label in ("Account security", "Mobile phone", "Change", "SMS to the old phone"):
        await made.tap(label)

    assert sent == len(made.texts("+447400111222"))
    assert (sent == 0) == ("could not be delivered" in made.screen().text)
    assert "Back" in [label for row in made.screen().buttons for label in row]
