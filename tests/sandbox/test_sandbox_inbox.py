from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import GATEWAY_TOKEN, Fault, NoAnswer

if TYPE_CHECKING:
    from sandbox_play import Play

SMS = {"id": "a1", "to": "+4915112345678", "text": "Code 123456"}
EMAIL = {"id": "a1", "to": "Ann@example.org", "subject": "Hello", "text": "Hi", "html": "<p>Hi</p>"}


async def test_an_sms_is_taken_once(play: Play) -> None:
    """A repeated id is answered the same, stored once and counted."""
    first = await play.world.sms(GATEWAY_TOKEN, SMS)
    second = await play.world.sms(GATEWAY_TOKEN, SMS)
    [sms] = play.world.inbox.sms_to("+4915112345678")

    assert (first.status, first.body) == (202, {"id": "a1", "status": "accepted"})
    assert first == second
    assert (sms.text, sms.repeats) == ("Code 123456", 1)
    assert play.world.inbox.sms_to("+49") == []


async def test_an_email_is_taken_whatever_the_case_of_its_address(play: Play) -> None:
    """An SMS and an email may have the same id; addresses compare without case."""
    await play.world.sms(GATEWAY_TOKEN, SMS)
    answer = await play.world.email(GATEWAY_TOKEN, EMAIL)
    [mail] = play.world.inbox.email_to("ann@EXAMPLE.org")

    assert answer.status == 202
    assert (mail.subject, mail.html) == ("Hello", "<p>Hi</p>")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (None, "the body must be a JSON object"),
        ({**SMS, "x": "y"}, 'unknown field "x"'),
        ({**SMS, "text": 5}, '"text" must be a text'),
        ({"id": "a", "to": "+4915112345678"}, '"text" is missing'),
        ({**SMS, "to": "015112345678"}, '"to" must be a phone number in E.164'),
    ],
)
async def test_a_wrong_body_is_refused(play: Play, body: Any, problem: str) -> None:
    """422 with what is wrong, nothing stored."""
    answer = await play.world.sms(GATEWAY_TOKEN, body)

    assert (422, {"error": problem}) == (answer.status, answer.body)
    assert play.world.inbox.sms_to("") == []


async def test_a_wrong_token_is_refused(play: Play) -> None:
    """401 before anything else."""
    assert (await play.world.sms("wrong", SMS)).status == 401
    assert (await play.world.email("", EMAIL)).status == 401


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("rejected", 422), ("error", 500)])
async def test_a_gateway_can_fail(play: Play, kind: Any, status: int) -> None:
    """A refused message is not stored; the fault may be for one number only."""
    play.world.faults.add(Fault("sms", kind, to="+4915112345678"))
    other = await play.world.sms(GATEWAY_TOKEN, {**SMS, "id": "a2", "to": "+33612345678"})

    assert other.status == 202
    assert (await play.world.sms(GATEWAY_TOKEN, SMS)).status == status
    assert play.world.inbox.sms_to("+4915112345678") == []
    assert (await play.world.sms(GATEWAY_TOKEN, SMS)).status == 202


async def test_a_gateway_can_be_slow_or_silent(play: Play) -> None:
    """Slow accepts after the delay; silent has stored or has not."""
    play.world.faults.add(Fault("email", "slow", delay_ms=60_000))
    call = asyncio.ensure_future(play.world.email(GATEWAY_TOKEN, EMAIL))
    await asyncio.sleep(0)
    assert play.world.inbox.email_to("") == []
    play.clock.advance(60_000)
    assert (await call).status == 202

    for kind, count in (("timeout_before", 0), ("timeout_after", 1)):
        play.world.faults.add(Fault("sms", kind))  # type: ignore[arg-type]  # each is a kind
        with pytest.raises(NoAnswer):
            await play.world.sms(GATEWAY_TOKEN, SMS)
        assert len(play.world.inbox.sms_to("")) == count
