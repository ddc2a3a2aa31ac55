"""What text messages may cost holds exactly, however many ask at once, over several connections to both databases."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.db import codes, limits, spending, watch
from bot.db.codes import Issued, Refusal
from bot.db.spending import Stop
from bot.domain import limits as policy
from bot.domain.spending import UNIT, Allowance, billed, parse_costs
from conversations import events as ev
from conversations.effects import BIND_PHONE, CHANGE, SIGNIN

CHEAP = Allowance(price=UNIT // 10)


def issuing(tools, number, who, *, purpose=BIND_PHONE, allowance=CHEAP):
    """A job: somebody else every time, so that only what is asked about limits them."""
    return lambda tx: codes.issue(
        tx, tools, subject=who, purpose=purpose, channel="sms", chat=who, account=who, destination=number,
        allowance=allowance,
    )  # fmt: skip


async def at_once(dbs, jobs):
    """All jobs at the same time, spread over the connections."""
    return await asyncio.gather(*(dbs[n % len(dbs)].transact(job) for n, job in enumerate(jobs)))


def sent(results) -> int:
    return sum(isinstance(result, Issued) for result in results)


# --- bursts -------------------------------------------------------------------------------------------------------


async def test_fifty_resends_at_once_are_one(dbs, tools, clock):
    """Fifty ask for a code to one number in the same moment: one goes out, and one more after each pause."""
    bursts = []
    for pause in (60 * SECOND, 120 * SECOND, 10 * MINUTE):
        bursts.append(sent(await at_once(dbs, [issuing(tools, "+447400123456", 7) for _ in range(50)])))
        clock.advance(pause)

    assert [1, 1, 1] == bursts


async def test_one_number_gets_three_in_ten_minutes_from_whomever(dbs, tools):
    """Fifty accounts and people, three purposes: the number is what counts (security.md, SMS fraud controls)."""
    jobs = [issuing(tools, "+447400123456", n, purpose=(BIND_PHONE, CHANGE, SIGNIN)[n % 3]) for n in range(50)]
    jobs += [issuing(tools, "+447400123456", n, purpose=f"other {n}") for n in range(50, 60)]

    assert 3 == sent(await at_once(dbs, jobs))


async def test_fifty_neighbours_at_once_are_twenty(dbs, tools):
    """Sequential numbers of fifty accounts: the prefix bears twenty an hour."""
    results = await at_once(dbs, [issuing(tools, f"+44740012{n:04}", n) for n in range(50)])

    assert 20 == sent(results)
    assert {"limit"} == {result.reason for result in results if isinstance(result, Refusal)}


@pytest.mark.parametrize(
    ("allowance", "most", "why"),
    [
        (Allowance(price=UNIT // 10, cap=7 * UNIT // 10), 7, "money"),
        (Allowance(price=UNIT // 10, cap=8 * UNIT // 10 - 1), 7, "money"),
        (Allowance(price=1, prices={"GB": 3 * UNIT}, cap=10 * UNIT), 3, "money"),
        (Allowance(per_day=9), 9, "day"),
        (Allowance(per_country=11), 11, "country"),
    ],
)
async def test_a_day_bears_exactly_what_it_bears(dbs, tools, allowance, most, why):
    """Fifty at once, no two of them neighbours: exactly as many go out, and the operators are told once."""
    jobs = [issuing(tools, f"+4474{n:02}123456", n, allowance=allowance) for n in range(50)]
    results = await at_once(dbs, jobs)
    stops = [result.stop for result in results if isinstance(result, Refusal)]
    rows = {
        row["region"]: (row["sent"], row["spent"])
        for row in await dbs[0].transact(lambda tx: watch.rows(tx, "sms_days"))
    }

    assert most == sent(results) == rows[""][0] == rows["GB"][0]
    assert most * allowance.cost("GB") == rows[""][1] == rows["GB"][1]
    assert {why} == {stop.why for stop in stops}
    assert 1 == sum(stop.tell for stop in stops)


async def test_a_refusal_counts_nothing_and_the_next_day_is_new(db, tools, clock):
    """Who was refused for the day's money has used up none of their own limits, and is served tomorrow."""
    poor = Allowance(price=UNIT, cap=UNIT)
    await db.transact(issuing(tools, "+447400123456", 1, allowance=poor))
    hits = len(await db.transact(lambda tx: watch.rows(tx, "hits")))
    refused = [await db.transact(issuing(tools, "+447500123456", 2, allowance=poor)) for _ in range(9)]
    after = len(await db.transact(lambda tx: watch.rows(tx, "hits")))
    clock.advance(DAY)

    assert {"stopped"} == {refusal.reason for refusal in refused}
    assert hits == after
    assert isinstance(await db.transact(issuing(tools, "+447500123456", 2, allowance=poor)), Issued)


async def test_other_countries_go_on_when_one_is_full(db, tools):
    """What was counted for all before the country was found full is taken back."""
    one = Allowance(per_country=1)
    await db.transact(issuing(tools, "+447400123456", 1, allowance=one))
    full = await db.transact(issuing(tools, "+447500123456", 2, allowance=one))
    other = await db.transact(issuing(tools, "+4915112345678", 3, allowance=one))
    rows = {row["region"]: row["sent"] for row in await db.transact(lambda tx: watch.rows(tx, "sms_days"))}

    assert Stop("country", "GB", tell=True) == full.stop
    assert isinstance(other, Issued)
    assert {"": 2, "GB": 1, "DE": 1} == rows


async def test_a_notice_costs_too_and_a_number_gets_six_an_hour(dbs, tools):
    """Texts that only say what happened: six of fifty at once, in the same account of the day."""
    results = await at_once(dbs, [lambda tx: spending.letter(tx, tools, CHEAP, "+447400123456") for _ in range(50)])

    assert 6 == results.count(None)
    assert {"often"} == {stop.why for stop in results if stop}
    [total] = [
        row for row in await dbs[0].transact(lambda tx: spending.of_day(tx, spending.today(tools))) if not row.region
    ]
    assert (6, 6 * CHEAP.price) == (total.sent, total.spent)


# --- the share of codes that are entered ----------------------------------------------------------------------------


async def pump(db, tools, clock, *, entered, count=20):
    """So many codes to neighbours, of which so many are entered, and time until none of them is on its way."""
    for n in range(count):
        number = f"+44740012{n:04}"
        issued = await db.transact(issuing(tools, number, n))
        if n < entered:
            right = await db.transact(
                lambda tx, n=n, code=issued.code: codes.verify(
                    tx, tools, subject=n, purpose=BIND_PHONE, channel="sms", typed=code
                )
            )
            assert ev.CodeRight() == right
    clock.advance(HOUR)


@pytest.mark.parametrize(("entered", "blocked"), [(0, True), (7, True), (8, False), (20, False)])
async def test_a_prefix_whose_codes_nobody_enters_is_blocked(db, tools, clock, entered, blocked):
    """Of twenty codes 35 % or fewer were entered: nothing more goes there, and the operators are told once."""
    await pump(db, tools, clock, entered=entered)
    results = [await db.transact(issuing(tools, f"+4474001209{n}", 100 + n)) for n in range(10, 13)]

    assert (0 if blocked else 3) == sent(results)
    if blocked:
        assert [Stop("prefix", "GB", tell=True), Stop("prefix"), Stop("prefix")] == [result.stop for result in results]


async def test_a_block_lasts_twelve_hours_and_what_was_before_it_is_forgotten(db, tools, clock):
    """A second early it holds; afterwards twenty new codes are judged, not those of before; neighbours only."""
    await pump(db, tools, clock, entered=0)
    await db.transact(issuing(tools, "+447400129999", 100))
    other = await db.transact(issuing(tools, "+447400139999", 101))
    clock.advance(policy.PREFIX_BLOCK - 1)
    early = await db.transact(issuing(tools, "+447400129999", 102))
    clock.advance(1)
    anew = [await db.transact(issuing(tools, f"+4474001280{n:02}", 200 + n)) for n in range(20)]
    clock.advance(HOUR)
    again = await db.transact(issuing(tools, "+447400129998", 300))

    assert isinstance(other, Issued)
    assert "stopped" == early.reason
    assert 20 == sent(anew)
    assert Stop("prefix", "GB", tell=True) == again.stop
    assert 1 == await db.transact(lambda tx: limits.blocks(tx, tools, limits.PREFIX))


async def test_codes_on_their_way_are_not_judged(db, tools, clock):
    """What was sent a moment ago may still be entered: the twentieth code counts once its ten minutes are over."""
    await pump(db, tools, clock, entered=0, count=19)
    await db.transact(issuing(tools, "+447400120500", 500))
    results = [await db.transact(issuing(tools, f"+44740012060{n}", 600 + n)) for n in range(2)]
    clock.advance(10 * MINUTE)
    late = await db.transact(issuing(tools, "+447400120700", 700))

    assert 2 == sent(results)
    assert "prefix" == late.stop.why


async def test_twenty_at_once_block_a_prefix_once(dbs, tools, clock):
    """Of twenty that ask at the moment of judgement none is sent, and one tells the operators."""
    await pump(dbs[0], tools, clock, entered=0)
    results = await at_once(dbs, [issuing(tools, f"+44740012{n:04}", n) for n in range(1000, 1020)])

    assert 0 == sent(results)
    assert 1 == sum(result.stop.tell for result in results)


# --- where nothing is ever paid to ------------------------------------------------------------------------------------

UNPAID = (
    "+870773123456", "+881612345678", "+882161234567", "+8835100123456", "+878101234567890", "+888123456789",
    "+97912345678", "+80012345678", "+80812345678",  # of no country
    "+447012345678", "+449012345678", "+448001111111", "+448451234567", "+447640123456", "+445512345678",  # GB
    "+19002345678", "+18002345678", "+4990012345678", "+493212345678", "+442079460958",
    "+850192123456", "+5351234567",  # not served
)  # fmt: skip


@pytest.mark.parametrize("number", UNPAID)
async def test_nothing_is_ever_paid_to(db, tools, number):
    """Satellite, premium, shared-cost, toll-free, personal, pager, UAN and fixed lines, though bound long ago."""
    issued = await db.transact(issuing(tools, number, 1))
    told = await db.transact(lambda tx: spending.letter(tx, tools, CHEAP, number))

    assert "" == billed(number)
    assert ("number", Stop("number"), Stop("number")) == (issued.reason, issued.stop, told)
    assert [] == await db.transact(lambda tx: watch.rows(tx, "codes"))
    assert [] == await db.transact(lambda tx: watch.rows(tx, "sms_days"))


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+447400123456", "GB"),
        ("+447911123456", "GG"),
        ("+77011234567", "KZ"),
        ("+12015550123", "US"),
        ("+590690001234", "GP"),
    ],
)
def test_the_country_that_is_billed_is_that_of_the_number(number, region):
    """A neighbour's range is billed as the neighbour's; where one of those who share it is served, it is paid."""
    assert region == billed(number)


# --- prices -------------------------------------------------------------------------------------------------------


def test_prices_are_read_to_the_ten_thousandth():
    """The usual one, and those of countries."""
    assert (75, {"GB": 400, "DE": 1000}) == parse_costs("0.0075; GB 0.04, DE 0.1")
    assert (0, {}) == parse_costs("0")


@pytest.mark.parametrize(
    "text", ["", "free", "0.1; gb 0.2", "0.1; GB", "0.1; GB 1, GB 2", "-1", "0.00001", "1e3", "0.1; GBR 1"]
)
def test_prices_that_cannot_be_read_are_named(text):
    """The sentence ends with how to write them."""
    with pytest.raises(ValueError, match=r"write prices like: 0\.10; GB 0\.04"):
        parse_costs(text)
