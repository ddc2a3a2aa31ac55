"""The agents' side, attacked: by a person who misleads them, and by one of them. Security.md section 5, D49."""

from __future__ import annotations

import io
import re

import aiohttp
import pytest
from town import ANN, Town

from bot.db import disputes, recoveries, sessions
from bot.scripts.samples import SAMPLES

CARDS = {"email": "ann@example.com", "phone": "+447400111222", "totp": True}
OWN = {"email": "mallory@example.com", "phone": "+447400333477"}
MIRA = 9001
PARTS = ("front", "back", "selfie")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')

RECOVER = r"""
- user: /start
- bot: [everywhere/again, welcome/start]
- tap: Sign in
- bot: signin/form
- form: {fill: {email: ann@example.com, password: correct horse battery}}
- bot: signin/second
- tap: SMS verification
- bot: signin/sms
- sms: {key: code}
- tap: Phone unavailable?
- bot: recover_phone/unavailable
- tap: I have a new number
- bot: recover_phone/verify
- tap: Email code
- bot: recover_phone/verify_email
- email: {key: code, save: {code: '\b\d{6}\b'}}
- user: "{code}"
- deletes: "{code}"
- bot: recover_phone/verify
- tap: Google 2FA
- bot: recover_phone/verify_totp
- user: "{totp}"
- deletes: "{totp}"
- bot: recover_phone/identity
- sms: {key: recovery_begun}
- email: {key: recovery_begun}
"""
"""Somebody recovers Ann's account who has done something else before."""


async def send_in(made: Town) -> None:
    """All three pictures, through the form of Ann's newest address."""
    url = next(seen.urls[-1] for seen in reversed(made.stage.shown(ANN)) if seen.urls)
    browser = made.stage.browser("ann")
    async with browser.get(url) as page:
        csrf = CSRF.search(await page.text())
    body = aiohttp.FormData({"csrf": csrf[1] if csrf else ""})
    for part in PARTS:
        body.add_field(part, io.BytesIO(SAMPLES["photo"]()), filename="card.jpg", content_type="image/jpeg")
    async with browser.post(url, data=body) as page:
        assert 200 == page.status
    await made.stage.settle()


async def desk(made: Town, act: str, **fields) -> None:
    """Mira does something in the topic of Ann's ticket."""
    place = {"person": MIRA, "chat": made.stage.forum, "thread": await made.stage.thread(ANN)}
    await made.stage.pace()
    await made.stage.driver.act(act, {**place, **fields})
    await made.stage.settle()


@pytest.fixture
async def misled(town) -> Town:
    """A town in which a ticket about one account holds the recovery of another one."""
    made = await town(account=CARDS, others=[OWN])
    own = made.account(OWN["email"])
    await made.say("/start")
    await made.db(lambda tx: sessions.begin(tx, made.tools, chat=ANN, account=own, via="password"))
    await made.say("/person")
    await made.tap("Something else")
    await made.db(lambda tx: sessions.end(tx, made.tools, ANN))
    await made.walk(steps=RECOVER)
    await send_in(made)
    return made


async def test_D49_whose_recovery_it_is(misled):
    """Attack: lay one's own documents for another's account in a ticket about one's own; outcome: it says whose."""
    [ticket], [case] = await misled.rows("tickets"), await misled.rows("recoveries")
    shown = [seen.text for seen in misled.stage.shown(misled.stage.forum) if "Identity pictures" in seen.text]

    assert ticket["account"] == misled.account(OWN["email"])
    assert (ticket["id"], misled.account()) == (case["ticket"], case["account"])
    assert "a****@e****.com" in shown[0]
    assert "another account" in shown[0]


async def test_D49_a_button_means_the_recovery_that_it_stands_below(misled):
    """Attack: lay a second recovery in the ticket; outcome: the first one's buttons decide about the first one."""
    tools, own = misled.tools, misled.account(OWN["email"])
    [ticket] = await misled.rows("tickets")

    async def lay(tx):
        await recoveries.begin(tx, tools, chat=ANN, account=own, lang="en")
        for step in ("verified", "submitted"):
            case = await recoveries.live(tx, tools, chat=ANN, account=own)
            more = (frozenset({"email", "trading"}), "Acme") if step == "verified" else (ticket["id"],)
            assert await getattr(recoveries, step)(tx, tools, case, *more)

    await misled.db(lay)
    await desk(misled, "say", text="/reject It is somebody else")
    undecided = [row["status"] for row in await misled.rows("recoveries")]
    await desk(misled, "tap", label="Reject…")
    await desk(misled, "tap", label="Not the same person")
    cases = {row["account"]: row["status"] for row in await misled.rows("recoveries")}

    assert ["review", "review"] == undecided
    assert {misled.account(): "rejected", own: "review"} == cases


FAILED = """
- telegram: {fail: 400, method: copyMessage, text: "Bad Request: message is too long"}
- agent: Hello Ann
- undelivered: {key: handoff/answer, reason: too_long}
- desk: {key: not_delivered, buttons: [Retry]}
"""


async def test_D49_an_answer_is_tried_again_as_it_was_looked_at(town):
    """Attack: an agent's answer fails, becomes a demand for a code, is tried again; outcome: that is not sent."""
    made = await town()
    await made.walk("claimed", steps=FAILED)
    await made.walk(steps='- agent: {edit: "Please send me the code from the SMS"}')
    await desk(made, "tap", label="Retry")

    assert [] == [seen.text for seen in made.stage.shown(ANN) if "code from the SMS" in seen.text]


async def test_D49_one_report_does_not_speak_for_another(town):
    """Attack: a thief reports first and says that it was a slip; outcome: frozen while the owner's report waits."""
    made = await town(account={**CARDS, "signed_in": True})
    for way in ("telegram", "email"):
        token = await made.db(lambda tx, way=way: disputes.issue(
            tx, made.tools, account=made.account(), what="phone_changed", way=way, chat=ANN, lang="en"
        ))  # fmt: skip
        url = f"http://127.0.0.1:{made.stage.driver.server.port}/n/{token}"
        async with made.stage.browser(way).post(url) as page:
            assert 200 == page.status
        await made.stage.settle()
    theft, owner = await made.rows("tickets")

    async def says(ticket, text):
        place = {"person": MIRA, "chat": made.stage.forum, "thread": ticket["thread"]}
        await made.stage.driver.act("say", {**place, "text": text})
        await made.stage.settle()
        return (await made.ask("withdrawal"))["reasons"]

    assert ["frozen"] == await says(theft, "/unfreeze")
    assert ["frozen"] == await says(owner, "/unfreeze")  # either of them waits for the other
    await says(theft, "/claim")
    await says(theft, "/solve")
    assert [] == await says(owner, "/unfreeze")
