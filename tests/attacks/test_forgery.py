"""What a client claims proves nothing, and what changes ends what was under way: security.md section 5, C35 to C38."""

from __future__ import annotations

import base64
import json
import re

import pytest
from guesses import ACCOUNT, COUNTRY, EMAIL, NEW, PHONE, PROVE, begin, form, linked, proved, to_prove, to_sms
from town import ANN, CHLOE, KWAME

from bot import callback
from bot.clock import MINUTE, SECOND
from bot.db import accounts, conversations
from bot.local import API_TOKEN
from bot.sandbox.demo import AGENTS, FORUM

WITH_PHONE = {**ACCOUNT, "phone": PHONE}
MALLORY = 9003


async def phone(made) -> str | None:
    """The phone that is bound to Ann's account."""
    return (await made.db(lambda tx: accounts.get(tx, made.tools, made.account()))).phone


# --- claims --------------------------------------------------------------------------------

CLAIMS = {
    "verified": "true", "totp": "ok", "second": "done", "account": "1", "chat": str(ANN), "state": "signin/done",
    "event": "CodeRight", "kind": "signup", "signed_in": "1",
}  # fmt: skip


async def test_C35_a_form_believes_no_field_that_it_did_not_ask_for(town):
    """Attack: verified=true and the like beside a right and a wrong password; outcome: neither is worth more by it."""
    made = await town(account={"email": EMAIL})
    url, session = await form(made), made.stage.browser("thief")
    async with session.get(url) as answer:
        csrf = re.search(r'name="csrf" value="([^"]+)"', await answer.text())[1]
    places = []
    for password in ("wrong horse battery", "correct horse battery"):
        fields = {"csrf": csrf, "email": EMAIL, "password": password, **CLAIMS}
        async with session.post(f"{url}?verified=true&event=CodeRight", data=fields):
            await made.stage.settle()
        places.append(await made.place())

    assert ["signin/form", "signin/second"] == places
    assert ([], 0) == (await made.rows("sessions"), await proved(made))


FORGED = (
    "{flow}/country|{version}|{turn}|country|GB", "{flow}/number|{version}|{turn}|share|",
    "{flow}/confirm|{version}|{turn}|send|", "{flow}/activate|{version}|{turn}|activate|",
    "{flow}/binding|{version}|{turn}|Done|",
    "{place}|{version}|{turn}|activate|", "{place}|{version}|{turn}|CodeRight|",
    "{place}|{version}|{turn}|resend|verified", "{place}|{version}|{next}|resend|", "{place}|{version}|0|resend|",
    "{place}|{version}|{turn}|resend||verified=true", "verified=true", '{{"verified": true, "user": 7001}}',
    "desk|approve|1", "rate|1|5", "own|reopen|1", "own|answer|1", "", "x" * 64,
)  # fmt: skip


async def test_C35_callback_data_of_ones_own_making_goes_nowhere(town):
    """Attack: buttons of later steps, of other turns, of agents, and claims; outcome: the check goes on waiting."""
    made = await town(account=ACCOUNT)
    await to_prove(made)
    letters = len(made.stage.world.inbox.email_to(EMAIL))
    places = set()
    for data in FORGED:
        live = (await made.db(lambda tx: conversations.load(tx, made.tools, ANN))).snapshot
        turn, later = (callback.pack(PROVE, 1, n, "x").split("|")[2] for n in (live.turn, live.turn + 1))
        fields = {"flow": live.flow, "place": PROVE, "version": live.version, "turn": turn, "next": later}
        await made.forged(data.format(**fields))
        places.add(await made.place())

    assert {PROVE} == places
    assert (letters, 0, None) == (len(made.stage.world.inbox.email_to(EMAIL)), await proved(made), await phone(made))
    await made.say(made.code(EMAIL))
    await made.tap("🇬🇧 United Kingdom +44")
    assert "bind_phone/number" == await made.place()


async def test_C35_a_deep_link_is_a_secret_and_no_address_of_a_flow(town):
    """Attack: links with flows, chats, tokens and claims of others, or used ones; outcome: nobody is signed in."""
    made = await town(account=WITH_PHONE)
    await made.walk("at_change_sms")
    await linked(made, CHLOE)
    _, body = await made.website("POST", f"accounts/{made.account()}/links")
    claim = base64.urlsafe_b64encode(json.dumps({"account": made.account(), "verified": True}).encode()).decode()
    ids = [str(row["id"]) for table in ("codes", "links", "proofs") for row in await made.rows(table)]
    payloads = [
        "change_phone", "change_phone-sms", "change_phone_sms", str(ANN), str(made.account()), "verified", claim[:64],
        "verified-true", body["payload"][:-1], body["payload"][::-1], body["payload"].swapcase(), *ids,
    ]  # fmt: skip
    places = set()
    for payload in payloads:
        await made.stage.pace()
        await made.stage.driver.act("start", {"person": KWAME, "payload": payload})
        await made.stage.settle()
        places.add(await made.place(KWAME))
    chats = [row["chat"] for row in await made.rows("sessions")]
    for person in (KWAME, MALLORY):
        made.stage.world.acts.person(MALLORY, "Mallory")
        await made.stage.driver.act("start", {"person": person, "payload": body["payload"]})
        await made.stage.settle()

    assert {"welcome/start"} == places
    assert ([ANN, CHLOE], [ANN, KWAME, CHLOE]) == (
        sorted(chats),
        sorted(r["chat"] for r in await made.rows("sessions")),
    )
    assert ("change_phone/sms", PHONE, 1) == (await made.place(), await phone(made), await proved(made))


async def test_C35_the_websites_api_takes_no_claims_either(town):
    """Attack: verified=true in the address, and no token; outcome: the hold stands, and nothing is told or linked."""
    made = await town(account=WITH_PHONE)
    await made.walk("at_change_sms")
    await made.say(made.code(NEW))
    account = made.account()
    asked = f"accounts/{account}/operations/withdrawal?verified=true&allowed=true&hold=0"
    status, answer = await made.website("GET", asked)
    strange = [
        (await made.website(method, f"accounts/{account}/{path}?verified=true", token=""))[0]
        for method, path in (("GET", "operations/withdrawal"), ("POST", "links"), ("DELETE", "sessions"))
    ]
    url, written = f"http://127.0.0.1:{made.stage.driver.server.port}/v1/accounts/{account}", []
    for method in ("PUT", "POST", "PATCH"):
        headers = {"Authorization": f"Bearer {API_TOKEN}"}
        claim = {"phone": "+447400654321", "verified": True}
        async with made.stage.browser("website").request(method, f"{url}/phone", json=claim, headers=headers) as gone:
            written.append(gone.status)

    assert (200, False) == (status, answer["allowed"])
    assert [401] * 3 == strange
    assert ([404] * 3, NEW) == (written, await phone(made))
    assert [1, 0] == [len(await made.rows(table)) for table in ("sessions", "links")]


# --- contacts --------------------------------------------------------------------------------

CARDS = {
    "of another user": {"own": False, "phone": NEW, "user_id": KWAME},
    "of no user": {"own": False, "phone": NEW},
    "of user 0": {"own": False, "phone": NEW, "user_id": 0},
    "of the bot": {"own": False, "phone": NEW, "user_id": 1},
    "one's own, forwarded": {"own": True, "forwarded": True},
    "another's, forwarded": {"own": False, "phone": NEW, "user_id": KWAME, "forwarded": True},
}


async def share(made, **card) -> None:
    """Ann sends a contact."""
    await made.stage.pace()
    await made.stage.driver.act("contact", {"person": ANN, **card})
    await made.stage.settle()


@pytest.mark.parametrize("step", ["check", "country", "number", "share", "sms"])
async def test_C36_nobody_elses_contact_is_anything(town, step):
    """Attack: another's card, one of nobody, a forwarded one, at each step; outcome: nothing is read or proved."""
    made = await town(account=ACCOUNT, user={"id": ANN, "phone": NEW})
    await (to_sms(made) if step == "sms" else to_prove(made))
    if step not in ("check", "sms"):
        await made.say(made.code(EMAIL))
    if step in ("number", "share"):
        await made.say("uk")
    if step == "share":
        await made.tap("Share my number")
    place, before = await made.place(), (len(made.texts()), await proved(made), await made.rows("codes"))
    places = []
    for card in CARDS.values():
        await share(made, **card)
        places.append(await made.place())

    assert {"check": PROVE, "country": COUNTRY}.get(step, f"bind_phone/{step}") == place
    assert [place] * len(CARDS) == places
    assert before == (len(made.texts()), await proved(made), await made.rows("codes"))


@pytest.mark.parametrize("age", [0, 11 * MINUTE])
@pytest.mark.parametrize("kind", ["message", "edited_message"])
async def test_C36_ones_own_contact_is_a_number_that_was_typed(town, kind, age):
    """Attack: one's own card, now, late, or by an edit; outcome: at most a number that a code has yet to prove."""
    made = await town(account=ACCOUNT, user={"id": ANN, "phone": NEW})
    await to_prove(made)
    await made.say(made.code(EMAIL))
    await made.say("uk")
    sent, proofs, person = len(made.texts()), await proved(made), {"id": ANN, "is_bot": False, "first_name": "Ann"}
    moment = (made.clock.now() - age) // SECOND
    message = {
        "message_id": 900, "date": moment, "chat": {"id": ANN, "type": "private"}, "from": person,
        "contact": {"phone_number": NEW.lstrip("+"), "first_name": "Ann", "user_id": ANN},
    }  # fmt: skip
    await made.deliver({kind: message | ({"edit_date": moment} if kind == "edited_message" else {})})
    read = kind == "message" and not age

    assert ("bind_phone/confirm" if read else "bind_phone/number") == await made.place()
    assert (sent, proofs, None) == (len(made.texts()), await proved(made), await phone(made))
    if read:
        await made.tap("Send code")
        assert "bind_phone/sms" == await made.place()


# --- other fingers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label", ["Email code", "Send code", "Other number", "Activate", "Send again", "Cancel", "Talk to a person"]
)
async def test_C37_only_the_person_presses_their_buttons(town, label):
    """Attack: another Telegram user presses in the person's chat; outcome: nothing, the person's own works."""
    made = await town(account=ACCOUNT)
    if label == "Email code":
        await begin(made, "Account security", "Mobile phone", "Set")
    else:
        await to_sms(made)
    if label == "Send code":
        await made.tap("Back")
    if label == "Activate":
        await made.say(made.code(NEW))
    if label in ("Send again", "Send code"):
        await made.wait(2 * MINUTE)
    place, rows = await made.place(), await made.rows("codes")
    await made.tap(label, foreign=KWAME)
    untouched = await made.place(), await made.rows("codes"), await phone(made), await made.rows("tickets")
    await made.tap(label)

    assert (place, rows, None, []) == untouched
    assert (place, rows) != (await made.place(), await made.rows("codes"))


async def test_C37_nor_does_whoever_got_into_the_agents_group(town):
    """Attack: a member who is no agent presses the buttons of a ticket; outcome: nothing, an agent's press works."""
    made = await town(account=WITH_PHONE)
    made.stage.world.acts.person(MALLORY, "Mallory")
    made.stage.world.acts.join(MALLORY, FORUM)
    await made.say("/person")
    await made.tap("Something else")
    statuses = []
    for person in (MALLORY, AGENTS[0]):
        await made.tap("Solve", person, chat=FORUM)
        statuses += [row["status"] for row in await made.rows("tickets")]

    assert ["new", "solved"] == statuses


# --- changes under way --------------------------------------------------------------------------------


async def email_changed(made) -> None:
    """Ann's other chat gives the account another address."""
    await begin(made, "Account security", "Email", "Send code", person=KWAME)
    await made.say(made.code(EMAIL), KWAME)
    await made.say("ann@example.net", KWAME)
    await made.say(made.code("ann@example.net"), KWAME)
    assert "bind_email/done" == await made.place(KWAME)


async def password_changed(made) -> None:
    """The exchange's website, where the password was changed, signs every chat out, as its contract says."""
    status, _ = await made.website("DELETE", f"accounts/{made.account()}/sessions")
    assert 200 == status
    await made.say("hello")
    await linked(made, ANN)
    assert "welcome/home" == await made.place()


@pytest.mark.parametrize("at", ["sms", "activate"])
@pytest.mark.parametrize("change", [email_changed, password_changed])
async def test_C38_a_change_of_another_factor_ends_the_phones(town, change, at):
    """Attack: email or password change while a phone waits for its code or tap; outcome: codes and proofs are dead."""
    made = await town(account=ACCOUNT)
    await linked(made, KWAME)
    await to_sms(made)
    code = made.code(NEW)
    if at == "activate":
        await made.say(code)
    await change(made)
    mine = [row["status"] for row in await made.rows("codes") if row["purpose"] == "bind_phone"]
    unused = [row for row in await made.rows("proofs") if row["used_at"] is None]
    if at == "activate" and await made.place() == "bind_phone/activate":
        await made.tap("Activate")
    else:
        await made.say(code)

    assert (["dead"], []) == (mine, unused)
    assert await made.place() in ("bind_phone/sms", "bind_phone/prove", "welcome/home")
    assert None is await phone(made)


@pytest.mark.parametrize("what", ["password_at", "unchanged"])
async def test_C38_a_password_that_was_changed_at_the_exchange_ends_it_too(town, what):
    """Attack: the same where the accounts are the exchange's; outcome: dead once it is heard of."""
    made = await town(account=WITH_PHONE, accounts="http")
    await made.walk("at_change_sms")
    code = made.code(NEW)
    if what == "password_at":
        sql = "UPDATE accounts SET password_at = $1, version = version + 1"
        await made.stage.exchange.reference.db.transact(lambda tx: tx.run(sql, made.clock.now()))
    await linked(made, KWAME)
    await made.say(code)
    await made.wait(MINUTE)

    assert {"password_at": PHONE, "unchanged": NEW}[what] == await phone(made)
    assert {"password_at": [], "unchanged": [1]}[what] == [1 for _ in await made.rows("holds")]


@pytest.mark.parametrize("accounts", ["local", "http"])
async def test_C38_a_recovery_that_is_under_way_is_a_change_too(town, accounts):
    """Attack: the owner changes the password while a thief's recovery is approved; outcome: it is over, and told."""
    made = await town(account={"email": EMAIL, "phone": PHONE, "totp": True}, accounts=accounts)
    await made.walk("at_approved", steps="- tap: Bind my new number\n- bot: recover_phone/country")
    if accounts == "http":
        sql = "UPDATE accounts SET password_at = $1, version = version + 1"
        await made.stage.exchange.reference.db.transact(lambda tx: tx.run(sql, made.clock.now()))
        await made.website("POST", f"accounts/{made.account()}/links")
    else:
        await made.website("DELETE", f"accounts/{made.account()}/sessions")
    await made.stage.settle()
    told = "is closed" in made.screen().text, await made.place()
    await made.say("uk")
    await made.say(NEW)

    assert (True, "recover_phone/ended") == told
    assert ["void"] == [row["status"] for row in await made.rows("recoveries")]
    assert ("recover_phone/ended", [], PHONE) == (await made.place(), made.texts(NEW), await phone(made))
