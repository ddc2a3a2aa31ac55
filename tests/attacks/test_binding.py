"""A code binds one number to one account for one purpose, attacked: security.md section 5, group C, 27 to 34."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from guesses import ACCOUNT, COUNTRY, EMAIL, NEW, PHONE, PROVE, begin, failures, linked, proved, to_prove, to_sms, tries
from town import ANN, KWAME

from bot.clock import MINUTE
from bot.db import accounts, codes, watch
from bot.db.limits import CODE
from bot.domain.operations import STOPPED
from bot.domain.vault import Vault
from conversations import effects as ef
from conversations import events as ev

OTHER = "+447400654321"
WITH_PHONE = {**ACCOUNT, "phone": PHONE}
HIS = "kwame@example.com"
KWAMES = {"email": HIS, "user": KWAME, "signed_in": True}


async def phone(made, email: str = EMAIL) -> str | None:
    """The phone that is bound to an account."""
    return (await made.db(lambda tx: accounts.get(tx, made.tools, made.account(email)))).phone


async def his_sms(made, number: str = NEW) -> None:
    """Kwame, in his own account, gets as far as the code to a number."""
    await to_prove(made, KWAME)
    await made.say(made.code(HIS), KWAME)
    await made.say(number, KWAME)
    await made.tap("Send code", KWAME)
    assert "bind_phone/sms" == await made.place(KWAME)


# --- a code and the number it went to ----------------------------------------------------------------------------


@pytest.mark.parametrize("back", [["Other number"], ["Back"], ["Back", "Other number"], ["Back", "Back"]])
@pytest.mark.parametrize("flow", ["bind_phone", "change_phone"])
async def test_C27_the_code_of_a_number_proves_no_other_one(town, flow, back):
    """Attack: ask for a code to A, go over to B, enter A's code; outcome: A's code is dead, only B's own binds B."""
    made = await town(account=ACCOUNT if flow == "bind_phone" else WITH_PHONE)
    await (to_sms(made) if flow == "bind_phone" else made.walk("at_change_sms"))
    first = made.code(NEW)
    for label in back:
        await made.tap(label)
    await made.say(OTHER)
    cancelled = (await tries(made))[-1]
    await made.tap("Send code")
    await made.say(first)
    refused = await made.place(), await phone(made), await failures(made)
    await made.say(made.code(OTHER))
    if flow == "bind_phone":
        await made.tap("Activate")

    assert ("dead", 0) == cancelled
    assert (f"{flow}/sms", None if flow == "bind_phone" else PHONE, {CODE: [1]}) == refused
    assert (f"{flow}/done", OTHER) == (await made.place(), await phone(made))


async def test_C27_nor_does_it_where_the_other_number_was_given_in_another_chat(town):
    """Attack: A in one chat, B in another of the same account, then each other's codes; outcome: nothing is bound."""
    made = await town(account=ACCOUNT)
    await linked(made, KWAME)
    await to_sms(made)
    await made.wait(2 * MINUTE)
    await to_sms(made, KWAME, OTHER)
    places = []
    await made.say(made.code(NEW))
    places.append(await made.place())
    await made.say(made.code(OTHER))  # right for the account, but it was asked for in the other chat
    await made.tap("Activate")
    places.append(await made.place())

    assert ["bind_phone/sms", "bind_phone/prove"] == places
    assert None is await phone(made)


# --- two accounts and one number -----------------------------------------------------------------------------------


async def both(town, **given):
    """Ann and Kwame both wait for a code to the same number; their two codes."""
    made = await town(account=ACCOUNT, others=[KWAMES], **given)
    await to_sms(made)
    anns = made.code(NEW)
    await made.wait(2 * MINUTE)
    await his_sms(made)
    return made, anns, made.code(NEW)


async def test_C28_whoever_finishes_first_has_the_number(town):
    """Attack: two accounts prove one number; outcome: the first has it, the other a neutral no and nothing of it."""
    made, anns, his = await both(town)
    await made.say(anns)
    await made.say(his, KWAME)
    await made.tap("Activate", KWAME)
    await made.tap("Activate")

    assert ("bind_phone/number", "bind_phone/done") == (await made.place(), await made.place(KWAME))
    assert (None, NEW) == (await phone(made), await phone(made, HIS))
    assert "This number cannot be used for your account." in made.screen().text
    assert ["used", "used"] == [row["status"] for row in await made.rows("codes") if row["purpose"] == ef.BIND_PHONE]


@pytest.mark.parametrize("safe", ["lock and index", "index alone"])
@pytest.mark.parametrize("has_phone", [False, True])
async def test_C29_two_accounts_that_finish_at_once_over_five_connections(
    dbs, tools, clock, monkeypatch, safe, has_phone
):
    """Attack: both finish in one moment, five times each; outcome: one is bound, by the index if need be; inside."""
    first, *_ = dbs
    if safe == "index alone":
        owner, numbers = accounts.phone_owner, itertools.count(1)

        async def nobody(*_args):
            return None

        monkeypatch.setattr(accounts, "phone_owner", nobody)
        monkeypatch.setattr(Vault, "index_lock", lambda *_: next(numbers))
    people = []
    for n in range(2):
        made = await first.transact(
            lambda tx, n=n: accounts.create(tx, tools, email=f"p{n}@a.example", password_hash="x")
        )
        if has_phone:
            await first.transact(lambda tx, n=n, made=made: accounts.set_phone(tx, tools, made, f"+44740011122{n}"))
        place = {"subject": made, "purpose": ef.BIND_PHONE, "chat": made, "account": made}
        issued = await first.transact(
            lambda tx, place=place: codes.issue(tx, tools, **place, channel="sms", destination=NEW)
        )
        guess = {"subject": made, "purpose": ef.BIND_PHONE, "channel": "sms", "typed": issued.code}
        assert ev.CodeRight() == await first.transact(lambda tx, guess=guess: codes.verify(tx, tools, **guess))
        people.append(made)
        clock.advance(2 * MINUTE)
    write = accounts.replace_phone if has_phone else accounts.set_phone

    def finish(account):
        async def job(tx):
            number = await codes.consume(tx, tools, subject=account, purpose=ef.BIND_PHONE, chat=account)
            return "unproven" if number is None else await write(tx, tools, account, number)

        return job

    jobs = [dbs[n % 5].transact(finish(people[n // 5])) for n in range(10)]
    told = await asyncio.gather(*jobs, return_exceptions=True)
    if safe == "index alone":
        monkeypatch.setattr(accounts, "phone_owner", owner)
    phones = [(await first.transact(lambda tx, one=one: accounts.get(tx, tools, one))).phone for one in people]

    assert (1, 1) == (told.count(""), phones.count(NEW))
    if safe == "lock and index":
        assert ["", "taken", *["unproven"] * 8] == sorted(told)
        assert ["used"] * 2 == [row["status"] for row in await first.transact(lambda tx: watch.rows(tx, "codes"))]


async def test_C29_two_accounts_that_activate_at_once(town, database):
    """Attack: the same from two chats, by many taps; outcome: one account is bound, the other is told a neutral no."""
    made, anns, his = await both(town, settings={"database": database})
    await made.say(anns)
    await made.say(his, KWAME)
    taps = [{"person": person, "label": "Activate"} for person in (ANN, KWAME) * 3]
    await asyncio.gather(*(made.stage.driver.act("tap", tap) for tap in taps))
    await made.stage.settle()

    assert ["bind_phone/done", "bind_phone/number"] == sorted([await made.place(), await made.place(KWAME)])
    assert {None, NEW} == {await phone(made), await phone(made, HIS)}


# --- a code and what it is for -------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [ef.BIND_PHONE, ef.CHANGE_PHONE, ef.ENROL])
async def test_C30_a_code_for_one_purpose_is_none_for_any_other(db, tools, clock, purpose):
    """Attack: a binding's code at every other step there is; outcome: refused, typed or proved; inside."""
    account = await db.transact(lambda tx: accounts.create(tx, tools, email=EMAIL, password_hash="x"))
    told, used = [], []
    others = [other for other in ef.PURPOSES if other != purpose]

    async def typed(as_what, code):
        step = {"subject": account, "purpose": as_what, "channel": "sms", "typed": code}
        return await db.transact(lambda tx: codes.verify(tx, tools, **step))

    async def use(as_what):
        return await db.transact(lambda tx: codes.consume(tx, tools, subject=account, purpose=as_what, chat=ANN))

    async def issued():
        place = {"subject": account, "purpose": purpose, "channel": "sms", "chat": ANN, "account": account}
        return await db.transact(lambda tx: codes.issue(tx, tools, **place, destination=NEW))

    for start in range(0, len(others), 4):  # a code bears five guesses, wherever they are made
        batch, code = others[start : start + 4], (await issued()).code
        told += [await typed(other, code) for other in batch]
        right = await typed(purpose, code)
        used += [await use(other) for other in batch]
        assert (ev.CodeRight(), NEW) == (right, await use(purpose))
        clock.advance(61 * MINUTE)

    assert [ev.CodeElsewhere()] * 14 == told
    assert [None] * 14 == used
    assert set() == set(ef.PURPOSES) & set(STOPPED)  # nothing by which value leaves takes a code of ours


@pytest.mark.parametrize("door", ["change", "recovery", "trading", "email"])
async def test_C30_nor_in_the_chat(town, door):
    """Attack: type the new number's code where another flow of the account waits; outcome: refused, nothing proved."""
    made = await town(account=WITH_PHONE)
    await linked(made, KWAME)
    ways = {
        "change": ("Account security", "Mobile phone", "Change", "SMS to the old phone"),
        "recovery": (
            "Account security", "Mobile phone", "Change", "Phone unavailable?", "I have a new number", "Email code",
        ),
        "trading": ("Account security", "Set up trading password", "Email code"),
        "email": ("Account security", "Email", "Send code"),
    }  # fmt: skip
    await made.walk("at_change_sms")
    await made.wait(2 * MINUTE)
    await begin(made, *ways[door], person=KWAME)
    place, before, code = await made.place(KWAME), await proved(made), made.code(NEW)
    await made.say(code, KWAME)
    after = await made.place(KWAME), await proved(made)
    await made.say(code)

    assert (place, before) == after
    assert "home" not in place
    assert ("change_phone/done", NEW) == (await made.place(), await phone(made))


# --- whose code it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [NEW, OTHER])
async def test_C31_the_code_of_another_account_is_worth_nothing(town, number):
    """Attack: each types what the other got, for one number or for two; outcome: refused, counted, own ones good."""
    made = await town(account=ACCOUNT, others=[KWAMES])
    await to_sms(made)
    anns = made.code(NEW)
    await made.wait(2 * MINUTE)
    await his_sms(made, number)
    his = made.code(number)
    await made.say(his)
    await made.say(anns, KWAME)
    crossed = await made.place(), await made.place(KWAME), await failures(made)
    await made.say(anns)
    await made.say(his, KWAME)

    assert ("bind_phone/sms", "bind_phone/sms", {CODE: [1, 1]}) == crossed
    assert ["bind_phone/activate"] * 2 == [await made.place(), await made.place(KWAME)]


async def test_C31_nor_is_it_at_the_check(town):
    """Attack: the same with the code of the other's email; outcome: refused, and nobody is proved by it."""
    made = await town(account=ACCOUNT, others=[KWAMES])
    await to_prove(made)
    await to_prove(made, KWAME)
    await made.say(made.code(HIS))
    crossed = await made.place(), await proved(made), await failures(made)
    await made.say(made.code(EMAIL))

    assert (PROVE, 0, {CODE: [1]}) == crossed
    assert (COUNTRY, 1) == (await made.place(), await proved(made))


async def test_C32_the_old_numbers_code_and_the_new_ones_are_two_things(town):
    """Attack: the old number's code, used or fresh, for the new one, and the other way; outcome: refused each time."""
    made = await town(account=WITH_PHONE)
    await linked(made, KWAME)
    used = (await made.walk("at_change_country"))["code"]
    await made.say(NEW)
    await made.tap("Send code")
    await made.wait(2 * MINUTE)
    await begin(made, "Account security", "Mobile phone", "Change", "SMS to the old phone", person=KWAME)
    fresh, new = made.code(PHONE), made.code(NEW)
    places = []
    for person, code in ((ANN, used), (ANN, fresh), (KWAME, new)):
        await made.say(code, person)
        places.append(await made.place(person))
    nothing = await phone(made), await proved(made)
    await made.say(fresh, KWAME)
    await made.say(new)

    assert len({used, fresh, new}) == 3
    assert ["change_phone/sms", "change_phone/sms", "change_phone/prove_sms"] == places
    assert (PHONE, 1) == nothing
    assert ("change_phone/country", "change_phone/done") == (await made.place(KWAME), await made.place())


# --- numbers that are bound already -----------------------------------------------------------------------------------


async def test_C33_a_number_of_another_account_looks_free_until_it_is_proved(town):
    """Attack: find out whose a number is; outcome: the same screens, then a neutral no, and its owner is told."""
    shown = []
    for others in ([], [{**KWAMES, "phone": NEW}]):
        made = await town(account=ACCOUNT, others=others)
        await to_prove(made)
        seen = []
        for said in (made.code(EMAIL), "uk", NEW):
            await made.say(said)
            seen.append((made.screen().text, made.screen().buttons))
        await made.tap("Send code")
        sms = made.texts(NEW)[-1].replace(made.code(NEW), "")
        shown.append([*seen, (made.screen().text, made.screen().buttons), sms])
        quiet = len(made.texts(NEW))
        await made.say(made.code(NEW))
        shown[-1].append((made.screen().text, made.screen().buttons))
        await made.tap("Activate")

    assert shown[0] == shown[1]
    assert 1 == quiet  # nobody is told before the number is proved
    assert ("bind_phone/number", None) == (await made.place(), await phone(made))
    assert "This number cannot be used for your account." in made.screen().text
    told = [seen.keys for seen in made.stage.journal if "tried" in " ".join(seen.keys)]
    assert {("notice/phone_tried",), ("sms/phone_tried",), ("email/phone_tried",)} == set(told)
    assert NEW == await phone(made, HIS)


WIDE = "".join(chr(0xFF10 + int(digit)) for digit in "07400111222")
SAME = (
    "07400 111222", "7400111222", "00447400111222", "+44 (0) 7400 111-222", "٠٧٤٠٠١١١٢٢٢", WIDE,
    "tel:+447400111222", "+44 7400 111222 ext. 5", "+4444 7400 111222",
)  # fmt: skip


async def test_C34_ones_own_number_is_no_new_one_however_it_is_written(town):
    """Attack: change to the number that is bound, in many spellings; outcome: refused before an SMS is paid for."""
    made = await town(account=WITH_PHONE, user={"id": ANN, "phone": PHONE})
    await made.walk("at_change_number")
    sent, places = len(made.texts()), []
    for spelling in SAME:
        await made.say(spelling)
        places.append(("bound already" in made.screen().text, await made.place()))
    await made.stage.driver.act("contact", {"person": ANN})
    await made.stage.settle()
    places.append(("bound already" in made.screen().text, await made.place()))
    await made.tap("Other country")
    await made.say(PHONE)
    await made.tap("Send code")
    refused = await made.place(), len(made.texts()) - sent
    await made.say(NEW)
    await made.tap("Send code")

    assert [(True, "change_phone/number")] * 10 == places
    assert ("change_phone/confirm", 0) == refused
    assert ("change_phone/sms", 1) == (await made.place(), len(made.texts()) - sent)
