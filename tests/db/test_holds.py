"""Holds, freezes and answers to notices: what is written once, and what nothing can move."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, HOUR
from bot.db import disputes, freezes, holds
from bot.domain import operations

CHAT = 7001


async def begin(db, tools, account, length=DAY):
    return await db.transact(
        lambda tx: holds.start(tx, tools, account=account, chat=CHAT, lang="en", cause="phone_changed", length=length)
    )


async def test_a_hold_lasts_to_the_millisecond(db, tools, clock, account):
    """A day less a millisecond is held, a day is free (security.md, E51)."""
    await begin(db, tools, account)
    clock.advance(DAY - 1)
    late = await db.transact(lambda tx: holds.until(tx, tools, account))
    clock.advance(1)

    assert clock.now() == late
    assert await db.transact(lambda tx: holds.until(tx, tools, account)) is None


async def test_a_second_change_prolongs_the_hold_and_nothing_shortens_it(db, tools, clock, account):
    """23 hours later it begins anew; a shorter one does not move its end (E52, E53)."""
    first = await begin(db, tools, account)
    clock.advance(23 * HOUR)
    second = await begin(db, tools, account)
    shorter = await begin(db, tools, account, length=6 * HOUR)

    assert first.until + 23 * HOUR == second.until == shorter.until
    assert first.since == second.since == shorter.since


async def test_the_end_of_a_hold_is_handed_out_once(db, tools, clock, account):
    """Of twenty that look at once one gets it; a hold that begins again ends again."""
    await begin(db, tools, account)
    early = await db.transact(lambda tx: holds.take_ended(tx, tools))
    clock.advance(DAY)
    found = await asyncio.gather(*(db.transact(lambda tx: holds.take_ended(tx, tools)) for _ in range(20)))
    await begin(db, tools, account)
    clock.advance(DAY)

    assert [] == early
    assert [account] == [hold.account for holds_ in found for hold in holds_]
    assert 1 == len(await db.transact(lambda tx: holds.take_ended(tx, tools)))


async def test_a_freeze_begins_once_and_is_lifted_once(db, tools, account):
    """Twenty reports at once make one freeze; of twenty agents one lifts it; and it can begin again."""

    async def many(job):
        return (await asyncio.gather(*(db.transact(job) for _ in range(20)))).count(True)

    async def freeze(tx):
        return await freezes.freeze(tx, tools, account=account, cause="phone_changed")

    async def lift(tx):
        return await freezes.lift(tx, tools, account=account, by="agent:1")

    assert (1, 1, 1) == (await many(freeze), await many(lift), await many(freeze))
    assert await db.transact(lambda tx: freezes.since(tx, account)) is not None


async def test_a_notice_is_answered_once_within_thirty_days(db, tools, clock, account):
    """Twenty answers at once: one; a late one: none; and an unknown address is nobody's."""

    async def issue(tx):
        return await disputes.issue(tx, tools, account=account, what="phone_changed", way="sms", chat=0, lang="en")

    token, late = await db.transact(issue), await db.transact(issue)
    found = await db.transact(lambda tx: disputes.find(tx, tools, token))
    used = await asyncio.gather(*(db.transact(lambda tx: disputes.use(tx, tools, found.id)) for _ in range(20)))
    clock.advance(30 * DAY)
    stale = await db.transact(lambda tx: disputes.find(tx, tools, late))

    assert (1, True, False) == (used.count(True), found.open, stale.open)
    assert not await db.transact(lambda tx: disputes.use(tx, tools, stale.id))
    assert await db.transact(lambda tx: disputes.find(tx, tools, "x")) is None


@given(
    operation=st.sampled_from(sorted(operations.STOPPED)),
    hold=st.none() | st.integers(min_value=1),
    frozen=st.booleans(),
)
def test_value_leaves_only_without_hold_and_freeze(operation, hold, frozen):
    """Withdrawing, selling and transferring need both to be away; buying, trading and depositing need nothing."""
    verdict = operations.judge(operation, hold_until=hold, frozen=frozen)
    stopped = operation in ("withdrawal", "p2p_sell", "transfer")

    assert (not stopped or (hold is None and not frozen)) == verdict.allowed
    assert (bool(verdict.reasons)) != verdict.allowed


def test_an_unknown_operation_is_never_allowed():
    """Nothing that nobody has thought of passes."""
    with pytest.raises(KeyError):
        operations.judge("airdrop", hold_until=None, frozen=False)
