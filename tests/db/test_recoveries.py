"""Cases of recovery: each step once, from where it may be taken, and what is evidence for it."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import DAY
from bot.db import accounts, pictures, recoveries
from bot.domain import recovery

CHAT, COMPANY = 7001, "Acme Exchange"
AGENTS = frozenset({9001, 9002, 9003})
TWO = frozenset({"email", "totp"})


async def case_of(db, tools, account, chat=CHAT):
    return await db.transact(lambda tx: recoveries.live(tx, tools, chat=chat, account=account))


async def begin(db, tools, account, chat=CHAT):
    return await db.transact(lambda tx: recoveries.begin(tx, tools, chat=chat, account=account, lang="en"))


async def finish(db, tools, account):
    return await db.transact(lambda tx: recoveries.finish(tx, tools, chat=CHAT, account=account))


async def under_review(db, tools, account, factors):
    """A case whose pictures are with the agents, these factors shown."""
    await begin(db, tools, account)
    case = await case_of(db, tools, account)
    await db.transact(lambda tx: recoveries.verified(tx, tools, case, factors, COMPANY))
    case = await case_of(db, tools, account)
    await db.transact(lambda tx: recoveries.submitted(tx, tools, case, 1))
    return await case_of(db, tools, account)


@pytest.fixture
async def reviewed(db, tools, account):
    """Such a case with two factors."""
    return await under_review(db, tools, account, TWO)


def approving(db, tools, case):
    """Lets an agent approve the case; how many more are needed then."""

    async def approve(agent, agents=AGENTS):
        return await db.transact(lambda tx: recoveries.approve(tx, tools, case, agent, agents))

    return approve


async def test_a_case_is_counted_when_it_begins_and_not_when_it_goes_on(db, tools, clock, account):
    """Twenty taps at once begin one; three a day, five in thirty days (security.md, recommended defaults)."""

    async def another():
        case = await case_of(db, tools, account)
        if case is not None:
            await db.transact(lambda tx: recoveries.withdraw(tx, tools, case))
        return await begin(db, tools, account)

    at_once = await asyncio.gather(*(begin(db, tools, account) for _ in range(20)))
    first_day = [await another() for _ in range(3)]
    clock.advance(DAY)
    second_day = [await another() for _ in range(3)]
    clock.advance(29 * DAY)

    assert [0] * 20 == at_once
    assert [0, 0, DAY] == first_day
    assert [0, 0, 29 * DAY] == second_day
    assert 0 == await another()


async def test_each_step_is_taken_once_and_only_from_where_it_may_be(db, tools, account, reviewed):
    """Of twenty that do the same one succeeds, and an older reading of the case does nothing."""

    async def many(job):
        return (await asyncio.gather(*(db.transact(job) for _ in range(20)))).count(True)

    with pytest.raises(LookupError):
        await finish(db, tools, account)
    asked = await many(lambda tx: recoveries.ask_again(tx, tools, reviewed, "front", reason="cut", words=""))
    stale = await many(lambda tx: recoveries.reject(tx, tools, reviewed, reason="doubt", words=""))
    again = await case_of(db, tools, account)
    submitted = await many(lambda tx: recoveries.submitted(tx, tools, again, 1))
    approved_old = await db.transact(lambda tx: recoveries.approve(tx, tools, reviewed, 9001, AGENTS))

    assert (1, 0) == (asked, stale)
    assert ("again", "front", "cut") == (again.status, again.part, again.reason)
    assert (1, -1) == (submitted, approved_old)


@pytest.mark.parametrize(("factors", "needed"), [(TWO, 1), (frozenset({"email"}), 2)])
async def test_as_many_different_agents_approve_as_are_needed(db, tools, account, factors, needed):
    """One agent counts once however often they tap; where only the email was shown a second one is needed (D48)."""
    approve = approving(db, tools, await under_review(db, tools, account, factors))

    first = await asyncio.gather(*(approve(9001) for _ in range(20)))
    half = await case_of(db, tools, account)
    second = await approve(9002)
    whole = await case_of(db, tools, account)

    assert [needed - 1] + [-1] * 19 == sorted(first, reverse=True)
    assert ("approved" if needed == 1 else "review") == half.status
    assert (-1 if needed == 1 else 0) == second
    assert "approved" == whole.status


async def test_whoever_is_no_agent_any_more_has_approved_nothing(db, tools, account):
    """An approval counts while its agent is one: of two that are needed, a removed agent's is none."""
    approve = approving(db, tools, await under_review(db, tools, account, frozenset({"email"})))

    missing = [await approve(9001, AGENTS), await approve(9002, AGENTS - {9001}), await approve(9003, AGENTS - {9001})]

    assert [1, 1, 0] == missing
    assert "approved" == (await case_of(db, tools, account)).status


async def test_an_agent_who_comes_back_has_approved_already(db, tools, account):
    """Their earlier approval counts again, and whoever of the two approves once more completes the case."""
    approve = approving(db, tools, await under_review(db, tools, account, frozenset({"email"})))

    assert [1, 1] == [await approve(9001, AGENTS), await approve(9002, AGENTS - {9001})]
    assert [0, -1] == [await approve(9002, AGENTS), await approve(9001, AGENTS)]
    assert "approved" == (await case_of(db, tools, account)).status


async def test_an_approval_is_good_once_and_for_a_day(db, tools, clock, account, reviewed):
    """A day less a millisecond is in time; of twenty that use it one does (D45)."""
    await db.transact(lambda tx: recoveries.approve(tx, tools, reviewed, 9001, AGENTS))
    clock.advance(DAY - 1)
    used = await asyncio.gather(*(finish(db, tools, account) for _ in range(20)), return_exceptions=True)

    assert [1] == [ticket for ticket in used if not isinstance(ticket, LookupError)]


async def test_an_approval_that_has_run_out_is_worth_nothing(db, tools, clock, account, reviewed):
    """At 24 hours it is over, whether or not anybody has looked; its person hears of it once."""
    await db.transact(lambda tx: recoveries.approve(tx, tools, reviewed, 9001, AGENTS))
    clock.advance(DAY)
    with pytest.raises(LookupError):
        await finish(db, tools, account)
    gone = await case_of(db, tools, account)
    told = await asyncio.gather(*(db.transact(lambda tx: recoveries.take_expired(tx, tools)) for _ in range(20)))

    assert gone is None
    assert [CHAT] == [chat for chats in told for chat in chats]


async def test_one_accounts_case_is_nobody_elses(db, tools, account, reviewed):
    """Neither another account nor another chat has it (D45)."""
    other = await db.transact(lambda tx: accounts.create(tx, tools, email="eve@example.com", password_hash="x"))

    assert await case_of(db, tools, other) is None
    assert await case_of(db, tools, account, chat=7002) is None
    assert reviewed == await case_of(db, tools, account)


async def test_what_is_younger_than_a_day_is_no_evidence(db, tools, clock, account):
    """A new account has none; a day later the address counts, and a trading password set then does not (D44)."""
    fresh = await db.transact(lambda tx: recoveries.evidence(tx, tools, account))
    clock.advance(DAY)
    await db.transact(lambda tx: accounts.set_trading(tx, tools, account, "hash"))
    later = await db.transact(lambda tx: recoveries.evidence(tx, tools, account))
    clock.advance(DAY)

    assert (set(), {"email"}) == (fresh, later)
    assert {"email", "trading"} == await db.transact(lambda tx: recoveries.evidence(tx, tools, account))


async def test_pictures_are_sealed_each_under_its_own_key_and_eight_are_taken(db, tools, account, reviewed):
    """What lies in the database is no picture; the ninth is refused."""
    taken = [
        await db.transact(lambda tx: pictures.add(tx, tools, reviewed.id, "front", b"\xff\xd8 a picture"))
        for _ in range(recovery.MOST_FILES + 1)
    ]
    rows = await db.transact(lambda tx: tx.all("SELECT content, file_key, dead_at FROM pictures"))

    assert [True] * 8 + [False] == taken
    assert all(b"picture" not in bytes(row["content"]) for row in rows)
    assert 8 == len({bytes(row["file_key"]) for row in rows})
    assert 1 == sum(row["dead_at"] is None for row in rows)


async def test_a_picture_is_seen_once_by_the_agent_it_was_given_to(db, tools, clock, account, reviewed):
    """Of twenty that open the address one sees it; a newer address ends an older; ten minutes end it too."""
    await db.transact(lambda tx: pictures.add(tx, tools, reviewed.id, "front", b"a picture"))
    picture = (await db.transact(lambda tx: pictures.parts(tx, reviewed.id)))["front"]

    async def issue():
        return await db.transact(lambda tx: pictures.issue_view(tx, tools, picture, agent=9001, name="Mira"))

    async def find(token):
        return await db.transact(lambda tx: pictures.find_view(tx, tools, token))

    older, token = await issue(), await issue()
    view = await find(token)
    seen = await asyncio.gather(*(db.transact(lambda tx: pictures.open_view(tx, tools, view)) for _ in range(20)))
    late = await issue()
    clock.advance(pictures.VIEW_LIFE)

    assert [b"a picture"] == [content for content in seen if content]
    assert (False, True, False) == ((await find(older)).open, view.open, (await find(token)).open)
    assert not (await find(late)).open
    assert [] == await db.transact(lambda tx: pictures.unseen(tx, reviewed.id, 9001))
    assert ["front"] == await db.transact(lambda tx: pictures.unseen(tx, reviewed.id, 9002))


async def test_no_picture_is_shown_once_the_case_is_decided(db, tools, account, reviewed):
    """An address that was not opened before the decision opens nothing after it."""
    await db.transact(lambda tx: pictures.add(tx, tools, reviewed.id, "front", b"a picture"))
    picture = (await db.transact(lambda tx: pictures.parts(tx, reviewed.id)))["front"]
    token = await db.transact(lambda tx: pictures.issue_view(tx, tools, picture, agent=9001, name="Mira"))
    await db.transact(lambda tx: recoveries.reject(tx, tools, reviewed, reason="doubt", words=""))

    assert not (await db.transact(lambda tx: pictures.find_view(tx, tools, token))).open
