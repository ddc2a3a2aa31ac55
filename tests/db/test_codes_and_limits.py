"""One-time codes and the limiter: counted first, compared second, consumed once, on both databases."""

from __future__ import annotations

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.db import codes, limits, watch
from bot.domain import limits as policy
from conversations import events as ev
from conversations.effects import BIND_PHONE, ENROL, SIGNIN

PHONE = "+447400123456"
CHAT = 7001


def issuing(tools, account, *, purpose=BIND_PHONE, to=PHONE, channel="sms", chat=CHAT):
    return lambda tx: codes.issue(
        tx, tools, subject=account, purpose=purpose, channel=channel, chat=chat, account=account, destination=to
    )


def verifying(tools, account, typed, *, purpose=BIND_PHONE, channel="sms"):
    return lambda tx: codes.verify(tx, tools, subject=account, purpose=purpose, channel=channel, typed=typed)


def wrong(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 10**6:06}"


# --- codes ----------------------------------------------------------------------------------------------------


async def test_a_code_is_good_once_for_its_own_purpose_number_and_chat(db, tools, account):
    """It is accepted once, used once, in the chat that proved it, and it tells exactly the number it went to."""
    issued = await db.transact(issuing(tools, account))

    first, second = [await db.transact(verifying(tools, account, issued.code)) for _ in range(2)]
    elsewhere = await db.transact(
        lambda tx: codes.consume(tx, tools, subject=account, purpose=BIND_PHONE, chat=CHAT + 1)
    )
    used = [
        await db.transact(lambda tx: codes.consume(tx, tools, subject=account, purpose=BIND_PHONE, chat=CHAT))
        for _ in range(2)
    ]

    assert (ev.CodeRight(), ev.CodeExpired()) == (first, second)
    assert elsewhere is None
    assert [PHONE, None] == used


async def test_what_is_wrong_with_a_code_is_told_apart(db, tools, clock, account):
    """An older code, one of another step, an expired one and what is no code at all each have an answer."""
    first = await db.transact(issuing(tools, account))
    clock.advance(2 * MINUTE)
    await db.transact(issuing(tools, account))
    other = await db.transact(issuing(tools, account, purpose=ENROL, to="ann@example.com", channel="email"))

    told = [await db.transact(verifying(tools, account, typed)) for typed in (first.code, other.code, "hello")]
    clock.advance(10 * MINUTE)
    late = await db.transact(verifying(tools, account, first.code))

    assert [ev.CodeSuperseded(), ev.CodeElsewhere()] == told[:2]
    assert isinstance(told[2], ev.CodeMalformed)
    assert ev.CodeExpired() == late


async def test_a_new_code_forgives_nothing(db, tools, clock, account):
    """Failures are counted across codes: ten lock for half a minute, however many new codes were sent."""
    for _ in range(2):
        issued = await db.transact(issuing(tools, account))
        for by in range(1, 6):
            last = await db.transact(verifying(tools, account, wrong(issued.code, by)))
        clock.advance(5 * MINUTE)

    assert ev.CodeLocked(30) == last


async def test_a_code_is_never_stored_and_a_number_never_in_clear(db, tools, account):
    """Whoever reads every row learns neither."""
    issued = await db.transact(issuing(tools, account))
    rows = await db.transact(lambda tx: tx.all("SELECT * FROM codes"))
    raw = b" ".join(
        bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for r in rows for v in dict(r).values()
    )

    assert issued.code.encode() not in raw
    assert PHONE.encode() not in raw
    assert PHONE[1:].encode() not in raw


# --- limits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "length", "most"),
    [
        (policy.SENDS_PER_DESTINATION, HOUR, 5),
        (policy.SENDS_PER_DESTINATION, DAY, 10),
        (policy.SENDS_PER_ACCOUNT, HOUR, 5),
        (policy.SENDS_PER_ACCOUNT, DAY, 10),
        (policy.SENDS_PER_PERSON, HOUR, 5),
        (policy.SMS_PER_PREFIX, HOUR, 20),
        (policy.FORM_TRIES_PER_PERSON, HOUR, 20),
    ],
)
async def test_a_window_holds_no_more_than_its_limit(db, tools, clock, limit, length, most):
    """Asking every ten seconds, no window of the length ever holds more than the limit (security.md, defaults)."""
    passed: list[int] = []
    step = max(10 * SECOND, length // 300)
    for _ in range(2 * length // step):
        if not await db.transact(lambda tx: limits.allow(tx, tools, limit, "k")):
            passed.append(clock.now())
        clock.advance(step)

    busiest = max(sum(start <= at < start + length for at in passed) for start in passed)
    assert busiest <= most
    assert passed


async def test_pauses_between_sends_grow(db, tools, clock):
    """60 s, 120 s, then 300 s between sends to one place."""
    waits = []
    for _ in range(4):
        assert 0 == await db.transact(lambda tx: limits.allow(tx, tools, policy.SENDS_PER_DESTINATION, "k"))
        wait = await db.transact(lambda tx: limits.allow(tx, tools, policy.SENDS_PER_DESTINATION, "k"))
        waits.append(wait)
        clock.advance(wait)

    assert [60 * SECOND, 120 * SECOND] == waits[:2]
    assert all(wait >= 300 * SECOND for wait in waits[2:])


async def test_all_or_nothing_is_counted(db, tools):
    """When one of several limits forbids, none of them counts."""
    once = policy.Limit("once", ((HOUR, 1),))
    often = policy.Limit("often", ((HOUR, 9),))
    await db.transact(lambda tx: limits.allow(tx, tools, once, "k"))

    wait = await db.transact(lambda tx: limits.allow_all(tx, tools, ((once, "k"), (often, "k"))))

    assert HOUR == wait
    assert ["once"] == [row["scope"] for row in await db.transact(lambda tx: watch.rows(tx, "hits"))]


async def test_guesses_are_counted_first_and_waits_grow_to_a_day_and_then_to_a_human(db, tools, clock):
    """Ten failures cost 30 s, twenty a day, a hundred without a success only a human ends."""
    waits = []
    while True:
        wait = await db.transact(lambda tx: limits.begin(tx, tools, limits.CODE, "k"))
        if wait == limits.HUMAN:
            break
        assert wait == 0
        waits.append(await db.transact(lambda tx: limits.waiting(tx, tools, limits.CODE, "k")))
        clock.advance(max(waits[-1], 0))

    assert [0] * 9 == waits[:9]
    assert [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] == waits[9:14]
    assert DAY == waits[19]
    assert 100 == len(waits)


async def test_a_success_forgives_and_an_undone_guess_is_counted_again(db, tools):
    """What a failed turn had counted stands, or nobody would ever be locked."""
    counted: limits.Counted = []

    async def undone(tx):
        await limits.begin(tx, tools, limits.CODE, "k", counted)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own
        await db.transact(undone)
    assert [] == await db.transact(lambda tx: watch.rows(tx, "locks"))
    await db.transact(lambda tx: limits.recount(tx, tools, counted))
    assert [1] == [row["failures"] for row in await db.transact(lambda tx: watch.rows(tx, "locks"))]

    await db.transact(lambda tx: limits.succeed(tx, tools, limits.CODE, "k"))

    assert [] == await db.transact(lambda tx: watch.rows(tx, "locks"))


# --- between chats and purposes --------------------------------------------------------------------------------


async def test_a_signin_code_does_not_bind_and_a_bind_code_does_not_sign_in(db, tools, account):
    """A code for one purpose is worth nothing for another, whatever the number it went to."""
    issued = await db.transact(issuing(tools, account, purpose=SIGNIN))

    told = await db.transact(verifying(tools, account, issued.code, purpose=BIND_PHONE))

    assert ev.CodeElsewhere() == told
    assert (
        await db.transact(lambda tx: codes.consume(tx, tools, subject=account, purpose=BIND_PHONE, chat=CHAT)) is None
    )


async def test_codes_are_revoked_by_purpose_and_by_chat(db, tools, account):
    """What is dropped in one chat does not touch what another one waits for."""
    here, there = 7_000_000_001, 7_000_000_002
    await db.transact(issuing(tools, account, purpose=ENROL, to="a@b.de", channel="email", chat=here))
    await db.transact(issuing(tools, account, purpose=SIGNIN, to="c@d.de", channel="email", chat=there))

    async def live(**wanted):
        await db.transact(lambda tx: codes.revoke(tx, subject=account, **wanted))
        return [r["purpose"] for r in await db.transact(lambda tx: watch.rows(tx, "codes")) if r["status"] == "live"]

    assert [ENROL, SIGNIN] == await live(purpose=BIND_PHONE)
    assert [ENROL, SIGNIN] == await live(purpose=ENROL, chat=there)
    assert [SIGNIN] == await live(chat=here)
    assert [] == await live()
